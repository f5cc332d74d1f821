// Finds promises that fail and that nobody looks at: QuickJS does not report them. Run before anything else.
(function () {
"use strict";
const Native = Promise, then = Native.prototype.then, known = new WeakMap(), all = [];
const apply = Reflect.apply, define = Object.defineProperty;
function watch(value) {
  if (!(value instanceof Native) || known.has(value)) return value;
  const one = {failed: false, error: undefined, isSeen: false}, own = value.constructor;
  known.set(value, one);
  all.push(one);
  define(value, "constructor", {configurable: true, value: Native});  // what `then` makes is none of the script's
  apply(then, value, [undefined, function (error) { one.failed = true; one.error = error; }]);
  // awaiting a promise, and `then`, ask it for its constructor: by that one knows that somebody looks
  define(value, "constructor", {configurable: true, get: function () { one.isSeen = true; return own; }});
  return value;
}
define(Native.prototype, "then", {configurable: true, writable: true, value: function (done, failed) {
  return watch(apply(then, this, [done, failed]));
}});
const Watched = new Proxy(Native, {construct: function (target, given, made) {
  return watch(Reflect.construct(target, given, made === Watched ? target : made));
}});
for (const name of ["all", "allSettled", "any", "race", "reject", "try"]) {
  const plain = Native[name];
  if (plain) define(Native, name, {configurable: true, writable: true, value: function () {
    return watch(apply(plain, this === Watched ? Native : this, arguments));
  }});
}
define(globalThis, "Promise", {configurable: true, writable: true, value: Watched});
define(globalThis, "__watch", {value: watch});
define(globalThis, "__lost", {value: function () {
  const one = all.find(function (one) { return one.failed && !one.isSeen; });
  if (one === undefined) return "";
  const error = one.error;
  return error instanceof Error ? `${error.name}: ${error.message}\n${error.stack}` : String(error);
}});
})()
