"""JavaScript that tries not to end, by the place where the engine or callbox calls it."""

from __future__ import annotations

import json
from collections.abc import Mapping

from callbox.replay.javascript.quickjs_engine import read_script_library

HOSTILE_SCRIPTS: Mapping[str, str] = {
    "loop": "while (1);",
    "loop that catches": "for (;;) { try { while (1); } catch (e) {} finally { continue } }",
    "recursion": "function f() { f() } f()",
    "recursion that catches": "function f() { try { f() } finally { f() } } f()",
    "eval": "eval('while (1);')",
    "function constructor": "new Function('while (1);')()",
    "generator": "[...(function* () { while (1) yield 1 })()]",
    "iterator": "new Map({[Symbol.iterator]() { return {next() { return {done: false, value: [1, 1]} }} }})",
    "destructuring": "const [a, ...b] = {[Symbol.iterator]() { return {next() { return {} }} }}",
    "thrown toString": "throw {toString() { while (1); }}",
    "thrown valueOf": "throw {toString: null, valueOf() { while (1); }}",
    "thrown toPrimitive": "throw {[Symbol.toPrimitive]() { while (1); }}",
    "thrown message": "throw {get message() { while (1); }, toString() { return this.message }}",
    "thrown stack": "throw {toString: () => 'a', get stack() { while (1); }}",
    "thrown stack text": "throw {toString: () => 'a', stack: {toString() { while (1); }}}",
    "thrown proxy": "throw new Proxy({}, {get() { while (1); }})",
    "thrown error with a stack": "throw Object.defineProperty(new Error(), 'stack', {get() { while (1); }})",
    "thrown huge text": "throw 'x'.repeat(1e8)",
    "Error.prototype.toString": "Error.prototype.toString = () => { while (1); }; throw new Error()",
    "Error.prototype.name": "Object.defineProperty(Error.prototype, 'name', {get() { while (1); }}); throw new Error()",
    "error of the engine": "InternalError.prototype.toString = () => { while (1); }; while (1);",
    "stack overflow": "RangeError.prototype.toString = () => { while (1); }; (function f() { f() })()",
    "out of memory": "InternalError.prototype.toString = () => { while (1); }; for (let a = 'a';;) a += a + a",
    "prepareStackTrace": "Error.prepareStackTrace = () => { while (1); }; throw new Error()",
    "promise job": "Promise.resolve().then(() => { while (1); })",
    "promise jobs": "for (let i = 0; i < 5; i++) Promise.resolve().then(() => { while (1); })",
    "promise jobs without end": "(function f() { Promise.resolve().then(f) })()",
    "thenable": "Promise.resolve({then() { while (1); }})",
    "thenable getter": "Promise.resolve({get then() { while (1); }})",
    "Promise.prototype.then": "Promise.prototype.then = () => { while (1); }; Promise.all([Promise.resolve(1)])",
    "constructor of a promise": "const p = Promise.resolve(); p.constructor = {get [Symbol.species]() { while (1); }};"
    "p.then(() => 1)",
    "rejected toString": "Promise.reject({toString() { while (1); }})",
    "rejected error": "Promise.reject(Object.defineProperty(new Error(), 'message', {get() { while (1); }}))",
    "async function": "(async () => { await 1; while (1); })()",
    "asynchronous generator": "(async () => { for await (const a of (async function* () { while (1) yield 1 })()); })()",
    "timer": "setTimeout(() => { while (1); }, 1)",
    "interval": "setInterval(() => 1, 1)",
    "timer again": "(function f() { setTimeout(f, 1) })()",
    "test": "client.test('a', () => { while (1); })",
    "name of a test": "client.test({toString() { while (1); }}, () => 1)",
    "test that throws": "client.test('a', () => { throw {toString() { while (1); }, get stack() { while (1); }} })",
    "test that throws a getter": "client.test('a', () => { throw {get message() { while (1); }} })",
    "test with a thenable": "client.test('a', () => ({then() { while (1); }}))",
    "message of an assertion": "client.assert(false, {toString() { while (1); }})",
    "log": "client.log({toString() { while (1); }})",
    "log toJSON": "client.log({toJSON() { while (1); }})",
    "log proxy": "client.log(new Proxy({}, {ownKeys() { while (1); }}))",
    "logs without end": "for (;;) client.log('x'.repeat(1e6))",
    "global name": "client.global.set({toString() { while (1); }}, 1)",
    "global toJSON": "client.global.set('a', {toJSON() { while (1); }})",
    "global getter": "client.global.set('a', {get b() { while (1); }})",
    "global proxy": "client.global.set('a', new Proxy([], {get() { while (1); }}))",
    "global of doubled lists": "let a = []; for (let i = 0; i < 40; i++) a = [a, a]; client.global.set('a', a)",
    "global of empty lists": "client.global.set('a', Array(2e7).fill([]))",
    "many globals": "for (let i = 0;; i++) client.global.set('k' + i, i)",
    "header": "client.global.headers.set('A', {toString() { while (1); }})",
    "toJSON of all objects": "Object.defineProperty(Object.prototype, 'toJSON', {get() { while (1); }})",
    "then of all objects": "Object.defineProperty(Object.prototype, 'then', {get() { while (1); }}); Promise.resolve({})",
    "setter of all lists": "Object.defineProperty(Array.prototype, 0, {set() { while (1); }}); client.test('a', () => 1)",
    "methods of the prelude": "JSON.stringify = Array.prototype.map = String.prototype.toWellFormed = () => { while (1); };"
    "client.log(1, 2)",
    "prototype of the global object": "Object.setPrototypeOf(globalThis, new Proxy({}, {get() { while (1); },"
    "has() { while (1); }})); nope",
    "value of the script": "({toJSON() { while (1); }, get json() { while (1); }, get then() { while (1); }})",
    "large integer as the value": "10n ** 1000000n",
    "JSON of a getter": "JSON.stringify({get a() { while (1); }})",
    "JSON of doubled lists": "let a = []; for (let i = 0; i < 40; i++) a = [a, a]; JSON.stringify(a)",
    "deep JSON": "JSON.parse('['.repeat(1e7))",
    "deep value": "let a = {}; for (let i = 0; i < 1e6; i++) a = {a}; client.global.set('a', a)",
    "deep text": "let a = ''; for (let i = 0; i < 1e6; i++) a = 'x' + a + 'y'; client.log(a.length)",
    "pattern": "/(a+)+$/.test('a'.repeat(40) + 'b')",
    "pattern that replaces": "'a'.repeat(50).replace(/(?<=(a+)+)b|(a|a)*c/g, '')",
    "text without end": "for (let a = 'a';;) a += a",
    "list without end": "for (let a = [];;) a.push(a)",
    "large buffers": "for (let a = [];;) a.push(new ArrayBuffer(1e7))",
    "large text": "'x'.repeat(2 ** 30)",
    "joined text": "new Array(4e9).join('x')",
    "long list-like": "Array.prototype.indexOf.call({length: 2 ** 53 - 1}, 1)",
    "filled list-like": "Array.prototype.fill.call({length: 2 ** 53 - 1}, 1)",
    "list from a length": "Array.from({length: 2 ** 32})",
    "comparator": "[3, 2, 1].sort(() => { while (1); })",
    "large sort": "Array.from({length: 3e6}, (_, i) => String(i * 7919 % 3000017)).sort()",
    "large integer": "String(9n ** 3000000n)",
    "URI": "decodeURIComponent('%41'.repeat(1e7))",
    "normalization": "'\\u0344'.repeat(5e6).normalize('NFKC')",
    "finalizer": "new FinalizationRegistry(() => { while (1); }).register({}, 1)",
    "wait": "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1e9)",
    "sleep": "sleep({valueOf() { while (1); }})",
    "long sleep": "sleep(1e9)",
    "module": "import('data:text/javascript,while (1);')",
    "digest": "crypto.sha512().updateWithText('x'.repeat(1e7)).digest()",
    "all at once": "for (let i = 0; i < 5; i++) Promise.resolve().then(() => { while (1); });"
    "setTimeout(() => { while (1); }, 1); setInterval(() => { while (1); }, 1);"
    "Promise.reject({toString() { while (1); }}); client.test('a', () => { while (1); });"
    "throw {toString() { while (1); }, get message() { while (1); }, get stack() { while (1); }}",
}


def prelude() -> str:
    """The code that runs before a script, for a request without variables."""
    library = read_script_library()
    request = {"method": "GET", "url": {"raw": "/", "pieces": ["/"]}, "headers": [], "body": {"raw": "", "pieces": []}}
    request |= {"names": {}, "environment": {}, "isSent": False, "variables": {}, "iteration": 0}
    document = {"request": request, "response": None, "globals": {}, "headers": {}, "env": {}, "seed": 1}
    return f"{library.digests}{library.json_path}{library.prelude}(JSON.parse({json.dumps(json.dumps(document))}));"
