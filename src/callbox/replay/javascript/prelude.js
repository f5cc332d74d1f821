// The names that JetBrains' scripts find: `client`, `request`, `response`, `$random`, `jsonPath`. One function, called
// before a script in an engine that has nothing else: no files, no network, no clock but the date. It is given the
// request and the response as JSON; `__say()`, the only other name it leaves, returns the script's results as JSON.
// A script may declare these names anew, as in JetBrains' modules.
(function (told) {
"use strict";
const stringify = JSON.stringify, state = {
  tests: [], logs: [], globals: {}, removed: [], headers: {}, variables: {}, exited: false,
  sawStatus: false, checked: false, pauseMs: 0
};
const tests = [], timers = new Map();
let timer = 0, begun = 0, isTelling = false;
const known = told.globals, names = told.request.names, EXIT = {toString: function () { return "exit"; }};
function give(name, value) {
  Object.defineProperty(globalThis, name, {value: value, writable: true, configurable: true});
}
// A name that is not there is an error and not `undefined`: a check of it would pass whatever the response is.
// So is a name that is set: the request would be sent without it, and the response would stay as it is.
const asked = ["toJSON", "then"], Wrapped = Proxy;
function strict(name, object) {
  const added = new Set();
  function refuse(own, key) {
    const instead = /^request/.test(name) ? ": call request.variables.set('x', ..), and write {{x}} in the request"
      : name === "client.global" ? ": call client.global.set('" + String(key) + "', ..)" : "";
    throw new TypeError("'" + name + "." + String(key) + "' cannot be changed" + instead);
  }
  return new Wrapped(object, {
    get: function (own, key) {
      if (typeof key === "symbol" || key in own || asked.indexOf(key) >= 0) return own[key];
      const others = Object.keys(own).sort().join(", ");
      throw new TypeError("'" + name + "." + key + "' is not there" + (others ? "; there are " + others : ""));
    },
    set: function (own, key, value) {
      if (name !== "client" || (key in own && !added.has(key))) refuse(own, key);
      added.add(key);  // a script may keep names of its own
      own[key] = value;
      return true;
    },
    defineProperty: refuse, deleteProperty: refuse
  });
}
function text(value) {
  const before = isTelling;
  isTelling = true;  // what is only told is not looked at
  try { return said(value); } finally { isTelling = before; }
}
function said(value) {
  if (typeof value === "string") return value;
  if (value instanceof Error) return String(value.message || value);
  if (value !== null && typeof value === "object" && Object.hasOwn(value, "toString")) return String(value);
  try { const json = stringify(value); return json === undefined ? String(value) : json; }
  catch (error) { return String(value); }
}
function isNothing(value) { return value === undefined || typeof value === "function"; }
function plain(value) { return typeof value === "number" && !isFinite(value) ? String(value) : value; }
function failure(error) {
  return error && error.message !== undefined ? String(error.message) : text(error);
}
function fail(one, error) {
  one.ok = false;
  one.message = failure(error);
  one.stack = (error instanceof Error ? String(error.stack) : "") + one.place;
  if (error === EXIT) { state.exited = true; state.tests.splice(state.tests.indexOf(one), 1); }
}
function isUnfinished(result) {
  if (typeof result === "function") return true;
  return result !== null && typeof result === "object" && typeof result.next === "function"
    && (typeof result[Symbol.iterator] === "function" || typeof result[Symbol.asyncIterator] === "function");
}
function judge(one, body) {
  one.ok = true;
  try {
    const result = body();
    if (isUnfinished(result)) throw new Error("nothing of it was run: give a function that is no generator");
    if (result === null || typeof result !== "object" || typeof result.then !== "function") return;
    fail(one, "it did not finish");
    result.then(function () { one.ok = true; }, function (error) { fail(one, error); });
  } catch (error) {
    fail(one, error);
  }
}

const clientMembers = {
  test: strict("client.test", function (name, body) {
    const one = {name: String(name), ok: false, message: "it did not run", stack: "", place: new Error().stack};
    state.checked = true;
    state.tests[state.tests.length] = one;  // no method of arrays: a script may have put its own there
    tests[tests.length] = function () { judge(one, body); };
  }),
  assert: strict("client.assert", function (holds, message) {
    state.checked = true;
    if (!holds) throw new Error(message === undefined ? "the assertion does not hold" : text(message));
  }),
  log: function () { state.logs.push(Array.prototype.map.call(arguments, text).join(" ")); },
  exit: function () { state.exited = true; throw EXIT; },
  global: strict("client.global", {
    set: function (name, value) {
      if (isNothing(value)) return client.global.clear(name);  // what uses it is told, and not sent an empty text
      state.globals[name] = plain(value);
      known[name] = value;
      state.removed = state.removed.filter(function (one) { return one !== String(name); });
    },
    get: function (name) { return Object.hasOwn(known, name) ? known[name] : null; },
    isEmpty: function () { return Object.keys(known).length === 0; },
    clear: function (name) { delete known[name]; delete state.globals[name]; state.removed.push(String(name)); },
    clearAll: function () {
      for (const name of Object.keys(known)) client.global.clear(name);
    },
    headers: strict("client.global.headers", {
      set: function (name, value) {
        client.global.headers.clear(name);
        if (value !== null && value !== undefined) state.headers[name] = text(value);
      },
      clear: function (name) {
        for (const own of Object.keys(state.headers))
          if (own.toLowerCase() === String(name).toLowerCase()) delete state.headers[own];
      },
      clearAll: function () { state.headers = {}; }
    })
  })
};
const client = strict("client", clientMembers);
const variables = {  // as newer scripts say it
  global: client.global,
  environment: strict("client.variables.environment", {get: environmentValue}),
  file: strict("client.variables.file", {
    get: function (name) { return Object.hasOwn(names, name) && names[name][0] === 1 ? fill(names[name][1]) : null; }
  })
};
Object.assign(state.headers, told.headers);
Object.assign(state.variables, told.request.variables);
give("client", client);
give("console", {log: client.log, info: client.log, warn: client.log, error: client.log, debug: client.log});

// Texts are filled when they are asked for, with the variables as they are then; values are put in as they are.
function value(one, isJson) {
  if (one === null) return isJson ? "null" : "";
  return typeof one === "string" ? one.toWellFormed() : stringify(one);
}
function encoded(one) {
  return encodeURIComponent(one.toWellFormed()).replace(/[!'()*]/g, function (mark) {
    return "%" + mark.charCodeAt(0).toString(16).toUpperCase();
  });
}
function formed(one) {
  return one.replace(/%(?![0-9A-Fa-f]{2})/g, "%25").toWellFormed()
    .replace(/[^A-Za-z0-9\/?:@!$&'()*+,;=~\-._%\[\]]/gu, encodeURIComponent);
}
function fill(pieces, isJson, trail) {
  let made = "";
  for (let at = 0; at < pieces.length; at++)
    made += typeof pieces[at] === "string" ? pieces[at] : filled(pieces[at], isJson, trail || []);
  return made;
}
function filled(hole, isJson, trail) {
  if (hole.error !== undefined) throw new Error(hole.error);
  let found = lookUp(hole.name, isJson, trail);
  if (found === undefined) found = isJson && hole.json !== undefined ? hole.json : hole.value;
  if (found === null) return hole.raw;
  return hole.encoded ? encoded(found) : found;
}
function environmentValue(name) {
  const own = told.request.environment;
  return Object.hasOwn(own, name) ? fill(own[name]) : null;
}
const MEMBER = /\.([^.[\]]+)|\[(\d+)\]|\['([^']*)'\]|\["([^"]*)"\]/y;
function member(name, isJson) {  // `o.name`, `o.list[0]` of an object that a script has set
  const end = name.search(/[.[]/), head = name.slice(0, end);
  if (end < 1) return undefined;
  let found = Object.hasOwn(state.variables, head) ? state.variables[head]
    : Object.hasOwn(known, head) ? known[head] : undefined;
  try {
    if (typeof found === "string") found = JSON.parse(found);
  } catch (error) { return undefined; }
  for (MEMBER.lastIndex = end; MEMBER.lastIndex < name.length;) {
    const part = MEMBER.exec(name);
    const key = part ? part.slice(1).find(function (one) { return one !== undefined; }) : "";
    if (!part || found === null || typeof found !== "object" || !Object.hasOwn(found, key)) return undefined;
    found = found[key];
  }
  return value(found, isJson);
}
function lookUp(name, isJson, trail) {
  const own = Object.hasOwn(names, name) && trail.indexOf(name) < 0 ? names[name] : [9];
  if (own[0] === 0) return fill(own[1], isJson, trail.concat(name));
  if (Object.hasOwn(state.variables, name)) return value(state.variables[name], isJson);
  if (own[0] === 1) return fill(own[1], isJson, trail.concat(name));
  if (Object.hasOwn(known, name)) return value(known[name], isJson);
  if (own[0] === 2) return fill(own[1], isJson, trail.concat(name));
  return member(name, isJson);
}
function body(told) {
  if (told.pieces) return told.isForm ? formed(fill(told.pieces)) : fill(told.pieces, told.isJson);
  const query = fill(told.query), variables = fill(told.variables, true).trim();
  const found = /^[ \t]*(?:query|mutation|subscription)\s+([A-Za-z_]\w*)/m.exec(query);
  const name = told.operation || (found ? found[1] : "");
  return '{"query": ' + stringify(query) + (name ? ', "operationName": ' + stringify(name) : "") +
    (variables ? ', "variables": ' + variables : "") + "}";
}
function both(name, raw, substituted) {
  return strict(name, Object.assign(function () { return substituted(); }, {  // older scripts call it: request.url()
    getRaw: function () { return raw; },
    tryGetSubstituted: substituted,
    toString: substituted,
    toJSON: substituted
  }));
}
function header(pair) {
  function substituted() { return fill(pair[2]).trim(); }
  return strict("header", {
    name: pair[0],
    getRawValue: function () { return pair[1]; },
    tryGetSubstitutedValue: substituted,
    value: substituted,
    toString: substituted
  });
}
function headers() {
  const own = told.request.headers.slice();
  if (told.request.isSent) return own;
  for (const name of Object.keys(state.headers))
    if (!named(own, name).length) own.push([name, state.headers[name], [state.headers[name]]]);
  return own;
}
function named(pairs, name) {
  return pairs.filter(function (pair) { return pair[0].toLowerCase() === String(name).toLowerCase(); });
}
give("request", (function (told) {
  return strict("request", {
    method: told.method,
    url: both("request.url", told.url.raw, function () { return fill(told.url.pieces).trim(); }),
    body: both("request.body", told.body.raw, function () { return body(told.body); }),
    headers: strict("request.headers", {
      all: function () { return headers().map(header); },
      findByName: function (name) {
        const pairs = named(headers(), name);
        return pairs.length ? header(pairs[0]) : null;
      }
    }),
    environment: strict("request.environment", {get: environmentValue}),
    variables: strict("request.variables", {
      get: function (name) {
        if (Object.hasOwn(state.variables, name)) return state.variables[name];
        return Object.hasOwn(names, name) && names[name][0] < 2 ? fill(names[name][1]) : null;
      },
      set: function (name, value) {
        if (isNothing(value)) delete state.variables[name];
        else state.variables[name] = plain(value);
      },
      isEmpty: function () { return Object.keys(state.variables).length === 0; },
      clear: function (name) { delete state.variables[name]; },
      clearAll: function () { state.variables = {}; }
    }),
    iteration: function () { return told.iteration; }
  });
})(told.request));
clientMembers.variables = strict("client.variables", Object.assign({request: request.variables}, variables));

give("response", told.response && (function (told) {
  function values(name) { return named(told.headers, name).map(function (pair) { return pair[1]; }); }
  let body = told.body;
  if (told.isJson) { try { body = JSON.parse(told.body); } catch (error) { body = told.body; } }
  return strict("response", {
    get status() { if (!isTelling) state.sawStatus = true; return told.status; },
    body: body,
    headers: strict("response.headers", {
      valueOf: function (name) { const found = values(name); return found.length ? found[0] : null; },
      valuesOf: values,
      all: function () { return told.headers.map(function (pair) { return {name: pair[0], value: pair[1]}; }); }
    }),
    contentType: strict("response.contentType", {mimeType: told.mimeType, charset: told.charset})
  });
})(told.response) || undefined);

// A stream is text here, once it has ended; JetBrains gives its parts one by one.
function parts(whole) {
  if (!told.response || !/event-stream/.test(told.response.mimeType)) return whole.split(/\r\n|\n|\r/);
  return whole.split(/(?:\r\n|\n|\r){2}/).map(function (event) {
    const lines = event.split(/\r\n|\n|\r/).filter(function (line) { return /^data(?::|$)/.test(line); });
    return lines.map(function (line) { return line.replace(/^data:? ?/, ""); }).join("\n");
  });
}
function each(subscriber, finish) {
  let isOver = false;
  for (const part of parts(String(this))) {
    if (isOver) break;
    if (part === "") continue;
    let value = part;
    try { value = JSON.parse(part); } catch (error) { value = part; }
    subscriber(value, function () { isOver = true; });
  }
  if (finish) finish();
}
for (const name of ["onEachLine", "onEachMessage"])
  Object.defineProperty(String.prototype, name, {value: each, writable: true, configurable: true});

for (const name of ["getElementsByTagName", "getElementById", "documentElement", "firstChild", "childNodes"])
  Object.defineProperty(String.prototype, name, {
    get: function () { throw new TypeError("'" + name + "' is not there: XML is a text here"); }, configurable: true
  });

let seed = told.seed >>> 0;
Math.random = function () {
  seed = (seed + 0x6D2B79F5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
};
const $random = (function () {
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
  return strict("$random", {
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
  });
})();
give("$random", $random);
give("$env", told.env);

give("sleep", function (milliseconds) {
  state.pauseMs += Math.max(Number(milliseconds) || 0, 0);
  if (state.pauseMs > 2592000000) { state.pauseMs = 0; throw new RangeError("sleep of more than 30 days"); }
});
give("xpath", function () { throw new Error("'xpath' is not there"); });

// time is not waited for: what is due first is done first
function put(again) {
  return function (work, delay) {
    const given = Array.prototype.slice.call(arguments, 2), every = Math.max(Number(delay) || 0, 1);
    const due = now + every, own = function () { work.apply(undefined, given); };
    timers.set(++timer, {due: due, every: again ? every : 0, work: own});
    return timer;
  };
}
function drop(id) { timers.delete(id); }
give("setTimeout", put(false));
give("setInterval", put(true));
give("clearTimeout", drop);
give("clearInterval", drop);
let now = 0;
function rest() {
  if (begun < tests.length) { tests[begun++](); return true; }
  let next = 0;
  for (const [id, one] of timers) if (!next || one.due < timers.get(next).due) next = id;
  if (!next) return false;
  const one = timers.get(next);
  now = one.due;
  if (one.every) one.due += one.every; else timers.delete(next);
  one.work();
  return true;
}
Object.defineProperty(globalThis, "__rest", {value: rest});
Object.defineProperty(globalThis, "__say", {value: function () { return stringify(state); }});
})
