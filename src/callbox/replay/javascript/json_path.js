// `jsonPath(document, path)` of JetBrains' scripts.
(function () {
"use strict";
const word = "'(?:[^'\\\\]|\\\\.)*'|\"(?:[^\"\\\\]|\\\\.)*\"";
const one = "(?:-?\\d+|" + word + ")";
const STEPS = new RegExp(
  "\\.\\.\\s*([\\w$-]+|\\*|(?=\\[))|\\.\\s*([\\w$-]+|\\*)" +
  "|\\[\\s*(-?\\d*)\\s*:\\s*(-?\\d*)\\s*(?::\\s*(-?\\d*)\\s*)?\\]" +
  "|\\[\\s*(\\*|" + one + "(?:\\s*,\\s*" + one + ")*)\\s*\\]" +
  "|\\[\\?\\(?\\s*@\\.?([\\w.$-]*)\\s*(==|!=|<=|>=|<|>)?\\s*(" + word + "|[^)\\]\\s]*)\\s*\\)?\\]", "y");
const ONE = new RegExp(one, "g");
const compare = {
  "==": function (a, b) { return a === b; }, "!=": function (a, b) { return a !== b; },
  "<": function (a, b) { return a < b; }, ">": function (a, b) { return a > b; },
  "<=": function (a, b) { return a <= b; }, ">=": function (a, b) { return a >= b; }
};
function children(node) { return node !== null && typeof node === "object" ? Object.values(node) : []; }
function under(node) { return [node].concat(children(node).flatMap(under)); }
function member(nodes, name) {
  if (name === "*") return nodes.flatMap(children);
  return nodes
    .filter(function (node) { return node !== null && typeof node === "object" && Object.hasOwn(node, name); })
    .map(function (node) { return node[name]; });
}
function value(text) {
  if (!/^'/.test(text)) { try { return JSON.parse(text); } catch (error) { return text; } }
  return text.slice(1, -1).replace(/\\(.)/g, "$1");
}
function item(nodes, text) {
  if (/^['"]/.test(text)) return member(nodes, value(text));
  return nodes.filter(Array.isArray).map(function (list) { return list.at(Number(text)); })
    .filter(function (found) { return found !== undefined; });
}
function slice(list, from, to, by) {
  const step = by ? Number(by) : 1, size = list.length, found = [];
  if (step === 0) return found;
  function within(text, open) {
    if (!text) return open;
    const at = Number(text) < 0 ? Number(text) + size : Number(text);
    return step > 0 ? Math.min(Math.max(at, 0), size) : Math.min(Math.max(at, -1), size - 1);
  }
  const end = within(to, step > 0 ? size : -1);
  for (let at = within(from, step > 0 ? 0 : size - 1); step > 0 ? at < end : at > end; at += step) found.push(list[at]);
  return found;
}
function holds(node, names, operator, expected) {
  let inner = [node];
  if (names) for (const name of names.split(".")) inner = member(inner, name);
  return inner.length > 0 && (!operator || compare[operator](inner[0], value(expected)));
}

function jsonPath(document, path) {
  let found = [document], isMany = false;
  const text = String(path).replace(/^\s*\$/, "");
  STEPS.lastIndex = 0;
  while (STEPS.lastIndex < text.length) {
    const at = STEPS.lastIndex, step = STEPS.exec(text);
    if (step === null) throw new Error("jsonPath cannot read '" + text.slice(at) + "' of '" + path + "'");
    if (step[1] !== undefined) {
      isMany = true;
      found = found.flatMap(under);
      if (step[1]) found = member(found, step[1]);
    } else if (step[2] !== undefined) {
      isMany = isMany || step[2] === "*";
      found = member(found, step[2]);
    } else if (step[3] !== undefined) {
      isMany = true;
      found = found.filter(Array.isArray).flatMap(function (list) { return slice(list, step[3], step[4], step[5]); });
    } else if (step[6] !== undefined) {
      const items = step[6] === "*" ? [] : step[6].match(ONE);
      isMany = isMany || items.length !== 1;
      found = items.length ? items.flatMap(function (one) { return item(found, one); }) : found.flatMap(children);
    } else {
      isMany = true;
      found = found.flatMap(children).filter(function (node) { return holds(node, step[7], step[8], step[9]); });
    }
  }
  return isMany ? found : found.length ? found[0] : null;
}
Object.defineProperty(globalThis, "jsonPath", {value: jsonPath, writable: true, configurable: true});
})();
