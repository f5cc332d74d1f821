// `__module` and `__define`: the functions that `as_module` and `as_script` of modules.py write calls of.
(function () {
"use strict";
const made = [], loaded = [], define = Object.defineProperty;
function load(number, names) {
  if (!loaded[number]) {
    const module = loaded[number] = {};
    made[number][1](
      function (given) {
        for (const name of Object.keys(given)) define(module, name, {get: given[name], enumerable: true});
      },
      function (other) {
        for (const name of Object.keys(other))
          if (name !== "default" && !(name in module)) define(module, name, {get: () => other[name], enumerable: true});
      }
    );
  }
  for (const name of names)
    if (!(name in loaded[number])) throw new SyntaxError(`'${name}' is not exported by ${made[number][0]}`);
  return loaded[number];
}
define(globalThis, "__module", {value: load});
define(globalThis, "__define", {value: function (number, path, work) { made[number] = [path, work]; }});
})();
