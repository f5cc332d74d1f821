// `crypto` of JetBrains' scripts: hashes and HMAC of text, hexadecimal and Base64.
// The constants of FIPS 180-4 are roots of primes, and are worked out as such.
(function () {
"use strict";
const ALL = (1n << 64n) - 1n, primes = [];
for (let n = 2; primes.length < 80; n++) if (primes.every(function (p) { return n % p; })) primes.push(n);
function root(n, power) {  // Newton's way, downwards
  let x = 1n << 72n;
  for (;;) {
    const next = ((power - 1n) * x + n / x ** (power - 1n)) / power;
    if (next >= x) return x;
    x = next;
  }
}
const K = primes.map(function (p) { return root(BigInt(p) << 192n, 3n) & ALL; });
const H = primes.slice(0, 16).map(function (p) { return root(BigInt(p) << 128n, 2n) & ALL; });
const high = function (n) { return Number(n >> 32n) | 0; };
const K32 = K.map(high);
const S5 = Array.from({length: 64}, function (_, i) { return Math.abs(Math.sin(i + 1)) * 2 ** 32 | 0; });
function left(x, by) { return (x << by) | (x >>> (32 - by)); }
function right(x, by) { return left(x, 32 - by); }

function padded(bytes, block, isLittle) {
  const made = bytes.concat(0x80), size = block / 8;
  while (made.length % block !== block - size) made.push(0);
  const bits = BigInt(bytes.length) * 8n;
  for (let i = 0; i < size; i++) made.push(Number((bits >> BigInt(8 * (isLittle ? i : size - 1 - i))) & 255n));
  return made;
}
function word(bytes, at) { return bytes[at] << 24 | bytes[at + 1] << 16 | bytes[at + 2] << 8 | bytes[at + 3]; }
function split(w) { return [w >>> 24, w >>> 16 & 255, w >>> 8 & 255, w & 255]; }
function out32(words) { return words.flatMap(split); }
function turned(words) { return words.flatMap(function (w) { return split(w).reverse(); }); }
function added(h, more) { return h.map(function (x, i) { return (x + more[i]) | 0; }); }

function md5(bytes) {
  const data = padded(bytes, 64, true), by = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
  let h = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476];
  for (let at = 0; at < data.length; at += 64) {
    let [a, b, c, d] = h;
    for (let i = 0; i < 64; i++) {
      const round = i >> 4;
      const f = [b & c | ~b & d, d & b | ~d & c, b ^ c ^ d, c ^ (b | ~d)][round];
      const g = at + 4 * ([i, 5 * i + 1, 3 * i + 5, 7 * i][round] % 16);
      const m = data[g] | data[g + 1] << 8 | data[g + 2] << 16 | data[g + 3] << 24;
      [a, d, c, b] = [d, c, b, (b + left((a + f + S5[i] + m) | 0, by[4 * round + i % 4])) | 0];
    }
    h = added(h, [a, b, c, d]);
  }
  return turned(h);
}
function sha1(bytes) {
  const data = padded(bytes, 64), k = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc | 0, 0xca62c1d6 | 0];
  let h = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476, 0xc3d2e1f0 | 0];
  for (let at = 0; at < data.length; at += 64) {
    const w = [];
    let [a, b, c, d, e] = h;
    for (let i = 0; i < 80; i++) {
      w[i] = i < 16 ? word(data, at + 4 * i) : left(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
      const round = Math.floor(i / 20), f = [b & c | ~b & d, b ^ c ^ d, b & c | b & d | c & d, b ^ c ^ d][round];
      [e, d, c, b, a] = [d, c, left(b, 30), a, (left(a, 5) + f + e + k[round] + w[i]) | 0];
    }
    h = added(h, [a, b, c, d, e]);
  }
  return out32(h);
}
function sha256(bytes) {
  const data = padded(bytes, 64);
  let h = H.slice(0, 8).map(high);
  for (let at = 0; at < data.length; at += 64) {
    const w = [];
    let v = h;
    for (let i = 0; i < 64; i++) {
      const x = w[i - 15], y = w[i - 2];
      w[i] = i < 16 ? word(data, at + 4 * i)
        : (w[i - 16] + (right(x, 7) ^ right(x, 18) ^ x >>> 3) + w[i - 7]
           + (right(y, 17) ^ right(y, 19) ^ y >>> 10)) | 0;
      const [a, b, c, d, e, f, g, z] = v;
      const t = z + (right(e, 6) ^ right(e, 11) ^ right(e, 25)) + (e & f ^ ~e & g) + K32[i] + w[i];
      const u = (right(a, 2) ^ right(a, 13) ^ right(a, 22)) + (a & b ^ a & c ^ b & c);
      v = [(t + u) | 0, a, b, c, (d + t) | 0, e, f, g];
    }
    h = added(h, v);
  }
  return out32(h);
}
function right64(x, by) { return (x >> by | x << (64n - by)) & ALL; }
function sha64(start, size) {
  return function (bytes) {
    const data = padded(bytes, 128);
    let h = start;
    for (let at = 0; at < data.length; at += 128) {
      const w = [];
      let v = h;
      for (let i = 0; i < 80; i++) {
        const x = w[i - 15], y = w[i - 2], o = at + 8 * i;
        w[i] = i < 16 ? BigInt(word(data, o) >>> 0) << 32n | BigInt(word(data, o + 4) >>> 0)
          : (w[i - 16] + (right64(x, 1n) ^ right64(x, 8n) ^ x >> 7n) + w[i - 7]
             + (right64(y, 19n) ^ right64(y, 61n) ^ y >> 6n)) & ALL;
        const [a, b, c, d, e, f, g, z] = v;
        const t = z + (right64(e, 14n) ^ right64(e, 18n) ^ right64(e, 41n)) + (e & f ^ (ALL ^ e) & g) + K[i] + w[i];
        const u = (right64(a, 28n) ^ right64(a, 34n) ^ right64(a, 39n)) + (a & b ^ a & c ^ b & c);
        v = [(t + u) & ALL, a, b, c, (d + t) & ALL, e, f, g];
      }
      h = h.map(function (x, i) { return (x + v[i]) & ALL; });
    }
    return h.flatMap(function (x) { return out32([high(x), Number(x & 0xffffffffn) | 0]); }).slice(0, size);
  };
}
const HASHES = {
  md5: [md5, 64], sha1: [sha1, 64], sha256: [sha256, 64],
  sha384: [sha64(H.slice(8), 48), 128], sha512: [sha64(H.slice(0, 8), 64), 128]
};

function fromText(text, encoding) {
  const name = String(encoding === undefined ? "UTF8" : encoding).toUpperCase().replace(/[-_]/g, "");
  if (name !== "UTF8" && name !== "ASCII" && name !== "USASCII" && name !== "ISO88591" && name !== "LATIN1")
    throw new Error("crypto cannot write '" + encoding + "'");
  const plain = name === "UTF8" ? unescape(encodeURIComponent(String(text).toWellFormed())) : String(text);
  return Array.from(plain, function (c) { return c.charCodeAt(0) & 255; });
}
function fromHex(text) {
  if (!/^(?:[0-9a-f]{2})*$/i.test(text)) throw new Error("crypto was given what is not hexadecimal");
  return (String(text).match(/../g) || []).map(function (pair) { return parseInt(pair, 16); });
}
function fromBase64(text) {
  return Array.from(atob(String(text).replace(/-/g, "+").replace(/_/g, "/")), function (c) { return c.charCodeAt(0); });
}
function written(bytes) {
  return {
    toHex: function () { return bytes.map(function (b) { return b.toString(16).padStart(2, "0"); }).join(""); },
    toBase64: function (isSafe) {
      const text = btoa(String.fromCharCode.apply(null, bytes));
      return isSafe ? text.replace(/\+/g, "-").replace(/\//g, "_") : text;
    }
  };
}
function maker(name, isKeyed) {
  const [hash, block] = HASHES[name];
  return function () {
    let data = [], secret = isKeyed ? null : [];
    const made = {};
    function taking(read, keep) { return function (text, how) { keep(read(text, how)); return made; }; }
    function more(bytes) { data = data.concat(bytes); }
    function key(bytes) { secret = bytes; }
    for (const [ending, read] of [["Text", fromText], ["Hex", fromHex], ["Base64", fromBase64]]) {
      made["updateWith" + ending] = taking(read, more);
      if (isKeyed) made["with" + ending + "Secret"] = taking(read, key);
    }
    made.digest = function () {
      if (!isKeyed) return written(hash(data));
      if (secret === null) throw new Error("crypto.hmac wants a secret first: withTextSecret(..)");
      const whole = (secret.length > block ? hash(secret) : secret).concat(new Array(block).fill(0)).slice(0, block);
      function mixed(by) { return whole.map(function (b) { return b ^ by; }); }
      return written(hash(mixed(0x5c).concat(hash(mixed(0x36).concat(data)))));
    };
    return made;
  };
}
function closed(prefix, object) {
  return new Proxy(object, {get: function (own, name) {
    if (name in own || typeof name === "symbol" || name === "toJSON" || name === "then") return own[name];
    throw new Error("'" + prefix + name + "' is not there");
  }});
}
const plain = {}, keyed = {};
for (const name of Object.keys(HASHES)) { plain[name] = maker(name, false); keyed[name] = maker(name, true); }
plain.hmac = closed("crypto.hmac.", keyed);
Object.defineProperty(globalThis, "crypto", {value: closed("crypto.", plain), writable: true, configurable: true});
})();
