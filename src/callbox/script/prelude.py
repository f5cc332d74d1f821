"""The JavaScript that JetBrains' scripts find around them: `client`, `request`, `response`, `$random`, `jsonPath`.

One text, run before a script in an engine that has nothing else: no files, no network, no clock but the date. What
it is told comes in as JSON under `__told`; what it has to say goes out as JSON from `__say()`.
"""

PRELUDE = r"""
"use strict";
var __state = {tests: [], logs: [], globals: {}, cleared: false, removed: [], variables: {}, exited: false};
var __known = __told.globals;

function __text(value) {
  if (typeof value === "string") return value;
  if (value === undefined) return "undefined";
  if (value instanceof Error) return String(value.message || value);
  try { const text = JSON.stringify(value); return text === undefined ? String(value) : text; }
  catch (error) { return String(value); }
}
function __plain(value) {
  return value === undefined || typeof value === "function" ? null : value;
}
function __failure(error) {
  return error && error.message !== undefined ? String(error.message) : __text(error);
}
var __EXIT = {toString: function () { return "exit"; }};

var client = {
  test: function (name, body) {
    try { body(); __state.tests.push({name: String(name), ok: true, message: ""}); }
    catch (error) {
      if (error === __EXIT) throw error;
      __state.tests.push({name: String(name), ok: false, message: __failure(error)});
    }
  },
  assert: function (holds, message) {
    if (!holds) throw new Error(message === undefined ? "the assertion does not hold" : __text(message));
  },
  log: function () { __state.logs.push(Array.prototype.map.call(arguments, __text).join(" ")); },
  exit: function () { __state.exited = true; throw __EXIT; },
  global: {
    set: function (name, value) {
      __state.globals[name] = __plain(value);
      __known[name] = value;
      __state.removed = __state.removed.filter(function (one) { return one !== name; });
    },
    get: function (name) { return Object.hasOwn(__known, name) ? __known[name] : null; },
    isEmpty: function () { return Object.keys(__known).length === 0; },
    clear: function (name) { delete __known[name]; delete __state.globals[name]; __state.removed.push(name); },
    clearAll: function () {
      for (const name of Object.keys(__known)) client.global.clear(name);
    }
  }
};
var console = {log: client.log, info: client.log, warn: client.log, error: client.log, debug: client.log};

function __body(raw, substituted) {
  return {
    getRaw: function () { return raw; },
    tryGetSubstituted: function () { return substituted; },
    toString: function () { return substituted; }
  };
}
var request = (function (told) {
  function header(pair) {
    return {
      name: pair[0],
      getRawValue: function () { return pair[1]; },
      tryGetSubstitutedValue: function () { return pair[2]; },
      value: function () { return pair[2]; },
      toString: function () { return pair[2]; }
    };
  }
  function same(name) {
    return told.headers.filter(function (pair) { return pair[0].toLowerCase() === String(name).toLowerCase(); });
  }
  const found = {
    method: told.method,
    url: __body(told.url[0], told.url[1]),
    body: __body(told.body[0], told.body[1]),
    headers: {
      all: function () { return told.headers.map(header); },
      findByName: function (name) { const pairs = same(name); return pairs.length ? header(pairs[0]) : null; }
    },
    environment: {
      get: function (name) { return Object.hasOwn(told.environment, name) ? told.environment[name] : null; }
    },
    variables: {
      get: function (name) {
        if (Object.hasOwn(__state.variables, name)) return __state.variables[name];
        return Object.hasOwn(told.variables, name) ? told.variables[name] : null;
      },
      set: function (name, value) { __state.variables[name] = __plain(value); },
      clear: function (name) { delete __state.variables[name]; },
      clearAll: function () { __state.variables = {}; }
    },
    iteration: function () { return told.iteration; }
  };
  return found;
})(__told.request);

var response = __told.response && (function (told) {
  function values(name) {
    return told.headers
      .filter(function (pair) { return pair[0].toLowerCase() === String(name).toLowerCase(); })
      .map(function (pair) { return pair[1]; });
  }
  let body = told.body;
  if (told.isJson) { try { body = JSON.parse(told.body); } catch (error) { body = told.body; } }
  return {
    status: told.status,
    body: body,
    headers: {
      valueOf: function (name) { const found = values(name); return found.length ? found[0] : null; },
      valuesOf: values,
      all: function () { return told.headers.map(function (pair) { return {name: pair[0], value: pair[1]}; }); }
    },
    contentType: {mimeType: told.mimeType, charset: told.charset}
  };
})(__told.response);

var __seed = __told.seed >>> 0;
Math.random = function () {
  __seed = (__seed + 0x6D2B79F5) | 0;
  let mixed = Math.imul(__seed ^ (__seed >>> 15), 1 | __seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
};
var $random = (function () {
  const letters = "abcdefghijklmnopqrstuvwxyz", digits = "0123456789";
  function below(low, high) {
    if (high === undefined) { high = low === undefined ? 1000 : low; low = 0; }
    return [low, high];
  }
  function text(alphabet) {
    return function (length) {
      let made = "";
      for (let at = 0; at < (length === undefined ? 10 : length); at++)
        made += alphabet[Math.floor(Math.random() * alphabet.length)];
      return made;
    };
  }
  const hex = text(digits + "abcdef");
  return {
    integer: function (low, high) {
      const b = below(low, high);
      return b[0] + Math.floor(Math.random() * (b[1] - b[0]));
    },
    float: function (low, high) { const b = below(low, high); return b[0] + Math.random() * (b[1] - b[0]); },
    alphabetic: text(letters + letters.toUpperCase()),
    alphanumeric: text(letters + letters.toUpperCase() + digits),
    hexadecimal: hex,
    get email() { return text(letters)(8) + "@example.com"; },
    get uuid() {
      return [hex(8), hex(4), "4" + hex(3), "89ab"[Math.floor(Math.random() * 4)] + hex(3), hex(12)].join("-");
    }
  };
})();
var $env = __told.env;

function jsonPath(document, path) {
  const word = "'(?:[^'\\\\]|\\\\.)*'|\"(?:[^\"\\\\]|\\\\.)*\"";
  const steps = new RegExp(
    "\\.\\.\\s*([\\w$-]+|\\*)|\\.\\s*([\\w$-]+|\\*)|\\[\\s*(-?\\d+|\\*|" + word + ")\\s*\\]" +
    "|\\[\\?\\(?\\s*@\\.?([\\w.$-]*)\\s*(==|!=|<=|>=|<|>)?\\s*(" + word + "|[^)\\]\\s]*)\\s*\\)?\\]", "y");
  let found = [document], isMany = false;
  const text = String(path).replace(/^\s*\$/, "");
  function children(node) { return node !== null && typeof node === "object" ? Object.values(node) : []; }
  function under(node, all) { all.push(node); children(node).forEach(function (one) { under(one, all); }); return all; }
  function member(nodes, name) {
    if (name === "*") { isMany = true; return nodes.flatMap(children); }
    return nodes
      .filter(function (node) { return node !== null && typeof node === "object" && Object.hasOwn(node, name); })
      .map(function (node) { return node[name]; });
  }
  function value(word) { try { return JSON.parse(word.replace(/^'(.*)'$/, '"$1"')); } catch (error) { return word; } }
  const compare = {
    "==": function (a, b) { return a === b; }, "!=": function (a, b) { return a !== b; },
    "<": function (a, b) { return a < b; }, ">": function (a, b) { return a > b; },
    "<=": function (a, b) { return a <= b; }, ">=": function (a, b) { return a >= b; }
  };
  while (steps.lastIndex < text.length) {
    const at = steps.lastIndex, step = steps.exec(text);
    if (step === null) throw new Error("jsonPath cannot read '" + text.slice(at) + "' of '" + path + "'");
    if (step[1] !== undefined) {
      isMany = true;
      found = member(found.flatMap(function (node) { return under(node, []); }), step[1]);
    }
    else if (step[2] !== undefined) found = member(found, step[2]);
    else if (step[3] !== undefined) {
      const word = step[3];
      if (word === "*" || /^['"]/.test(word)) found = member(found, word === "*" ? word : value(word));
      else found = found.filter(Array.isArray).map(function (list) { return list.at(Number(word)); })
        .filter(function (one) { return one !== undefined; });
    } else {
      isMany = true;
      found = found.flatMap(children).filter(function (node) {
        let inner = [node];
        if (step[4]) for (const name of step[4].split(".")) inner = member(inner, name);
        if (!step[5]) return inner.length > 0;
        return inner.length > 0 && compare[step[5]](inner[0], value(step[6]));
      });
    }
  }
  return isMany ? found : found.length ? found[0] : null;
}
function __say() { return JSON.stringify(__state); }
"""
