// What programs see in the global object beside V8's own, and what the engine keeps for itself, made once, when the startup
// snapshot is built.
import { primordials } from "ext:core/mod.js";
import { op_define_lazily } from "ext:core/ops";
import { console, consoleMethods } from "ext:jsrun/console.js";
import { getCrypto, globals, loadGlobal, resetTimeOrigin, streams } from "ext:jsrun/platform.js";
import * as timers from "ext:jsrun/timers.js";
import { describePlatformObject, findGetter } from "ext:jsrun/views.js";

const { ObjectDefineProperty, ObjectGetOwnPropertyDescriptor } = primordials;

/** As browsers have it: writable, configurable, not enumerable. */
function defineGlobal(name, value) {
  ObjectDefineProperty(globalThis, name, {
    __proto__: null,
    value,
    writable: true,
    enumerable: false,
    configurable: true,
  });
}

defineGlobal("clearInterval", timers.clearInterval);
defineGlobal("clearTimeout", timers.clearTimeout);
defineGlobal("console", console);
defineGlobal("queueMicrotask", timers.queueMicrotask);
defineGlobal("setInterval", timers.setInterval);
defineGlobal("setTimeout", timers.setTimeout);

// To programs these look the same; V8 asks for their values when they are first read.
for (const name in globals) {
  op_define_lazily(name);
}

// Methods and accessors of literals have the names that the standard gives them, and are no constructors.
const accessors = {
  get crypto() {
    return getCrypto();
  },
  set crypto(value) {
    defineGlobal("crypto", value);
  },
};

ObjectDefineProperty(globalThis, "crypto", {
  __proto__: null,
  ...ObjectGetOwnPropertyDescriptor(accessors, "crypto"),
  enumerable: false,
  configurable: true,
});

/** Has everything loaded, for runtimes that are copied with it. */
function loadWebGlobals() {
  for (const name in globals) {
    globalThis[name];
  }
}

/** Leaves what a host gets that asks for the least. */
function removeWebGlobals() {
  for (const name in globals) {
    if (name !== "ReadableStream") {
      delete globalThis[name];
    }
  }
  delete globalThis.crypto;
}

// In the order of `flags`, whose own getter asks the object for each of them and so runs the program's code.
const flags = [
  ["d", "hasIndices"],
  ["g", "global"],
  ["i", "ignoreCase"],
  ["m", "multiline"],
  ["s", "dotAll"],
  ["u", "unicode"],
  ["v", "unicodeSets"],
  ["y", "sticky"],
].map(([letter, name]) => ({ letter, get: findGetter(RegExp.prototype, name) }));

function regexpFlags(regexp) {
  let letters = "";
  for (let i = 0; i < flags.length; ++i) {
    if (flags[i].get(regexp)) {
      letters += flags[i].letter;
    }
  }
  return letters;
}

/**
 * The elements of an array of numbers. Of another array what it begins with: how many numbers, these, and the element after
 * them. No element is to be read again: there may be a getter behind it.
 */
function packNumbers(array) {
  const length = array.length;
  let packed;
  for (let i = 0; i < length; ++i) {
    const element = array[i];
    if (typeof element !== "number") {
      return [i, packed, element];
    }
    if (packed === undefined) {
      try {
        packed = new primordials.Float64Array(length);
      } catch {
        // There is no room for another buffer.
        return [i, packed, element];
      }
    }
    packed[i] = element;
  }
  return packed;
}

const unboxers = [
  primordials.NumberPrototypeValueOf,
  primordials.StringPrototypeValueOf,
  primordials.BooleanPrototypeValueOf,
  primordials.BigIntPrototypeValueOf,
  primordials.SymbolPrototypeValueOf,
];

/** The primitive that an object boxes; each function refuses what it does not know. */
function unbox(object) {
  for (let i = 0; i < unboxers.length; ++i) {
    try {
      return unboxers[i](object);
    } catch {
      // The next one may know it.
    }
  }
  return object;
}

/**
 * The prototypes that nearly all objects inherit from, each with the keys that it has before any program and its own prototype:
 * `[prototype, keys, its prototype, …]`.
 */
const sharedPrototypes = [];
for (const prototype of [Object.prototype, Array.prototype, Function.prototype]) {
  sharedPrototypes.push(prototype, primordials.ReflectOwnKeys(prototype), primordials.ObjectGetPrototypeOf(prototype));
}

/**
 * Which properties the platform's scripts, and V8 for them, read of what a program may have changed, and what they are before
 * any program: `[object, key, descriptor, …]`.
 */
const sharedProperties = [];
const typedArray = primordials.ObjectGetPrototypeOf(Uint8Array);
for (const [object, keys] of [
  [Array, [Symbol.species]],
  [Array.prototype, ["constructor", Symbol.iterator]],
  [primordials.ObjectGetPrototypeOf([][Symbol.iterator]()), ["next"]],
  [Function.prototype.call, ["name", "length"]],
  [Function.prototype, [Symbol.hasInstance]],
  [Promise, [Symbol.species]],
  [Promise.prototype, ["constructor", "then"]],
  [RegExp, [Symbol.species]],
  [RegExp.prototype, ["constructor", "exec", "flags", Symbol.match, Symbol.matchAll, Symbol.replace, Symbol.split]],
  [typedArray, ["name", Symbol.species]],
  ...[
    BigInt64Array,
    BigUint64Array,
    DataView,
    Float32Array,
    Float64Array,
    Int16Array,
    Int32Array,
    Int8Array,
    Uint16Array,
    Uint32Array,
    Uint8Array,
    Uint8ClampedArray,
  ].map((constructor) => [constructor, ["name"]]),
]) {
  for (const key of keys) {
    sharedProperties.push(object, key, primordials.ReflectGetOwnPropertyDescriptor(object, key));
  }
}

/** The engine takes this property when it makes a runtime, and removes it. */
globalThis.__jsrun = {
  __proto__: null,
  clearTimers: timers.clearTimers,
  clearTimersOf: timers.clearTimersOf,
  consoleMethods,
  describePlatformObject,
  doNothing: () => {},
  isExtensible: primordials.ReflectIsExtensible,
  loadGlobal,
  loadWebGlobals,
  newBytes: (length) => new primordials.Uint8Array(length),
  packNumbers,
  regexpFlags,
  removeWebGlobals,
  resetTimeOrigin,
  sharedProperties,
  sharedPrototypes,
  streams,
  unbox,
};
