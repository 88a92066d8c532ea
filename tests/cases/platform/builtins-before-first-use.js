// expect value: thrower(5) [ 'http://a/?b=c', 3, 'function', 'YQ==', true ]
// The platform's scripts are evaluated after a program broke everything that they could use.
const { defineProperty, getPrototypeOf } = Object;
const { ownKeys } = Reflect;
const all = [Object, Array, Function, String, Number, Boolean, Symbol, Map, Set, WeakMap, WeakSet, Promise, RegExp, Error, TypeError, RangeError, Date, BigInt, ArrayBuffer, DataView, Uint8Array, getPrototypeOf(Uint8Array), JSON, Math, Reflect, Proxy, FinalizationRegistry, WeakRef];
const iterators = [getPrototypeOf([][Symbol.iterator]()), getPrototypeOf(new Map()[Symbol.iterator]()), getPrototypeOf(new Set()[Symbol.iterator]()), getPrototypeOf(""[Symbol.iterator]())];
const targets = [];
for (let i = 0; i < all.length; i++) { targets[targets.length] = all[i]; if (all[i].prototype) targets[targets.length] = all[i].prototype; }
for (let i = 0; i < iterators.length; i++) targets[targets.length] = iterators[i];
const thrower = () => { throw "poison"; };
for (let i = 0; i < targets.length; i++) {
  const keys = ownKeys(targets[i]);
  for (let j = 0; j < keys.length; j++) {
    if (keys[j] === "prototype" || keys[j] === "length" || keys[j] === "name") continue;
    try { defineProperty(targets[i], keys[j], { __proto__: null, value: thrower, configurable: true, writable: true }); } catch {}
  }
}
const url = new URL("http://a?b=c").href;
const bytes = new TextEncoder().encode("abc");
const stream = new ReadableStream();
[url, bytes.length, typeof Blob, btoa("a"), stream.locked === false]
