// The web platform that programs see, made once, when the startup snapshot is built.
import { core, primordials } from "ext:core/mod.js";
import { op_set_captured_bootstrap, op_uncaught } from "ext:core/ops";
import { console, consoleMethods } from "ext:jsrun/console.js";
import { hostStreams } from "ext:jsrun/host_streams.js";
import * as timers from "ext:jsrun/timers.js";

const { ObjectDefineProperty, ObjectPrototypeIsPrototypeOf } = primordials;

// deno_web's scripts find their core here. Theirs would take an error apart to report it, which runs the program's
// getters, and then end the run in a way of its own.
op_set_captured_bootstrap({
  ...globalThis.__bootstrap,
  core: {
    __proto__: core,
    createSystemTimer: timers.createSignalTimer,
    destructureError: () => ({ exceptionMessage: "", frames: [] }),
    reportUnhandledException: (error) => op_uncaught(error),
  },
});

const base64 = core.loadExtScript("ext:deno_web/05_base64.js");
const compression = core.loadExtScript("ext:deno_web/14_compression.js");
const crypto = core.loadExtScript("ext:deno_crypto/00_crypto.js");
const domException = core.loadExtScript("ext:deno_web/01_dom_exception.js");
const abort = core.loadExtScript("ext:deno_web/03_abort_signal.js");
const encoding = core.loadExtScript("ext:deno_web/08_text_encoding.js");
const event = core.loadExtScript("ext:deno_web/02_event.js");
const file = core.loadExtScript("ext:deno_web/09_file.js");
const fileReader = core.loadExtScript("ext:deno_web/10_filereader.js");
const messagePort = core.loadExtScript("ext:deno_web/13_message_port.js");
const performance = core.loadExtScript("ext:deno_web/15_performance.js");
const streams = core.loadExtScript("ext:deno_web/06_streams.js");
const url = core.loadExtScript("ext:deno_web/00_url.js");
const urlPattern = core.loadExtScript("ext:deno_web/01_urlpattern.js");
const webidl = core.loadExtScript("ext:deno_webidl/00_webidl.js");

const { Event, EventTarget } = event;
// Where deno_web reports what listeners throw, as an event first. The global object is no event target here.
event.saveGlobalThisReference(new EventTarget());
core.setReportExceptionCallback(op_uncaught);

/** Every name, as browsers have it: writable, configurable, not enumerable. */
const globals = {
  __proto__: null,
  AbortController: abort.AbortController,
  AbortSignal: abort.AbortSignal,
  atob: base64.atob,
  Blob: file.Blob,
  btoa: base64.btoa,
  ByteLengthQueuingStrategy: streams.ByteLengthQueuingStrategy,
  clearInterval: timers.clearInterval,
  clearTimeout: timers.clearTimeout,
  CloseEvent: event.CloseEvent,
  CompressionStream: compression.CompressionStream,
  console,
  CountQueuingStrategy: streams.CountQueuingStrategy,
  Crypto: crypto.Crypto,
  CryptoKey: crypto.CryptoKey,
  CustomEvent: event.CustomEvent,
  DecompressionStream: compression.DecompressionStream,
  DOMException: domException.DOMException,
  ErrorEvent: event.ErrorEvent,
  Event,
  EventTarget,
  File: file.File,
  FileReader: fileReader.FileReader,
  MessageChannel: messagePort.MessageChannel,
  MessageEvent: event.MessageEvent,
  MessagePort: messagePort.MessagePort,
  Performance: performance.Performance,
  performance: performance.performance,
  PerformanceEntry: performance.PerformanceEntry,
  PerformanceMark: performance.PerformanceMark,
  PerformanceMeasure: performance.PerformanceMeasure,
  ProgressEvent: event.ProgressEvent,
  PromiseRejectionEvent: event.PromiseRejectionEvent,
  ReadableByteStreamController: streams.ReadableByteStreamController,
  ReadableStream: streams.ReadableStream,
  ReadableStreamBYOBReader: streams.ReadableStreamBYOBReader,
  ReadableStreamBYOBRequest: streams.ReadableStreamBYOBRequest,
  ReadableStreamDefaultController: streams.ReadableStreamDefaultController,
  ReadableStreamDefaultReader: streams.ReadableStreamDefaultReader,
  reportError: event.reportError,
  queueMicrotask: globalThis.queueMicrotask,
  setInterval: timers.setInterval,
  setTimeout: timers.setTimeout,
  structuredClone: messagePort.structuredClone,
  SubtleCrypto: crypto.SubtleCrypto,
  TextDecoder: encoding.TextDecoder,
  TextDecoderStream: encoding.TextDecoderStream,
  TextEncoder: encoding.TextEncoder,
  TextEncoderStream: encoding.TextEncoderStream,
  TransformStream: streams.TransformStream,
  TransformStreamDefaultController: streams.TransformStreamDefaultController,
  URL: url.URL,
  URLPattern: urlPattern.URLPattern,
  URLSearchParams: url.URLSearchParams,
  WritableStream: streams.WritableStream,
  WritableStreamDefaultController: streams.WritableStreamDefaultController,
  WritableStreamDefaultWriter: streams.WritableStreamDefaultWriter,
};

for (const name in globals) {
  defineGlobal(name, globals[name]);
}

function defineGlobal(name, value) {
  ObjectDefineProperty(globalThis, name, {
    __proto__: null,
    value,
    writable: true,
    enumerable: false,
    configurable: true,
  });
}

// These classes carry doors for their own use, which no browser has. The engine keeps what it needs of them.
const { create: createCrypto, registerSymbols } = crypto.Crypto;
const { create: createSubtleCrypto } = crypto.SubtleCrypto;
const { fromCloneData } = crypto.CryptoKey;
for (const constructor of [crypto.Crypto, crypto.CryptoKey, crypto.SubtleCrypto]) {
  for (const name of ["create", "exportNodeMaterial", "fromCloneData", "importSync", "registerSymbols"]) {
    delete constructor[name];
  }
}
core.getCloneableDeserializers().CryptoKey = fromCloneData;

let cryptoInstance;

/** Made when it is first asked for: no snapshot can hold it, and nothing may draw randomness before a fork. */
function getCrypto() {
  if (cryptoInstance === undefined) {
    registerSymbols(webidl.brand, primordials.Symbol("keyObject"));
    const subtle = brand(createSubtleCrypto());
    cryptoInstance = brand(createCrypto(subtle));
  }
  return cryptoInstance;
}

function brand(object) {
  return ObjectDefineProperty(object, webidl.brand, { __proto__: null, value: webidl.brand });
}

ObjectDefineProperty(globalThis, "crypto", {
  __proto__: null,
  get: getCrypto,
  set: (value) => defineGlobal("crypto", value),
  enumerable: false,
  configurable: true,
});

// Ops fail with these classes; without a builder for its class an error would be `undefined`.
for (const name of [
  "AbortError",
  "DataError",
  "IndexSizeError",
  "InvalidAccessError",
  "InvalidCharacterError",
  "InvalidStateError",
  "NetworkError",
  "NotSupportedError",
  "OperationError",
  "QuotaExceededError",
  "SyntaxError",
  "TypeMismatchError",
]) {
  core.registerErrorBuilder(
    `DOMException${name}`,
    (message) => new domException.DOMException(message, name),
  );
}

/**
 * What a preview shows of objects whose state is private: `[name, value, …]`. The getters are those of the
 * platform, taken before any program runs.
 */
const views = [
  [url.URL, ["href"]],
  [file.File, ["name", "size", "type", "lastModified"]],
  [file.Blob, ["size", "type"]],
  [domException.DOMException, ["name", "message", "code"]],
  [abort.AbortSignal, ["aborted", "reason"]],
  [crypto.CryptoKey, ["type", "extractable", "algorithm", "usages"]],
  [crypto.Crypto, ["subtle"]],
  [crypto.SubtleCrypto, []],
  [event.CustomEvent, ["type", "detail"]],
  [Event, ["type"]],
  [encoding.TextDecoder, ["encoding", "fatal", "ignoreBOM"]],
  [performance.PerformanceEntry, ["name", "entryType", "startTime", "duration"]],
  [urlPattern.URLPattern, ["protocol", "hostname", "pathname", "search", "hash"]],
].map(([constructor, names]) => ({
  prototype: constructor.prototype,
  describe: describer(names.map((name) => [name, findGetter(constructor.prototype, name)])),
}));

/** Array literals define their elements; assigning them would call setters on the program's `Array.prototype`. */
function describer([[a, getA] = [], [b, getB] = [], [c, getC] = [], [d, getD] = [], [e, getE] = []]) {
  if (getE) {
    return (o) => [a, getA(o), b, getB(o), c, getC(o), d, getD(o), e, getE(o)];
  }
  if (getD) {
    return (o) => [a, getA(o), b, getB(o), c, getC(o), d, getD(o)];
  }
  if (getC) {
    return (o) => [a, getA(o), b, getB(o), c, getC(o)];
  }
  if (getB) {
    return (o) => [a, getA(o), b, getB(o)];
  }
  return getA ? (o) => [a, getA(o)] : () => [];
}

function findGetter(prototype, name) {
  for (let holder = prototype; holder !== null; holder = primordials.ObjectGetPrototypeOf(holder)) {
    const descriptor = primordials.ObjectGetOwnPropertyDescriptor(holder, name);
    if (descriptor?.get) {
      return primordials.uncurryThis(descriptor.get);
    }
  }
  throw new primordials.TypeError(`no getter named ${name}`);
}

const urlSearchParamsToString = primordials.uncurryThis(url.URLSearchParams.prototype.toString);

/** `undefined` for objects that are not of the platform. */
function describePlatformObject(object) {
  if (ObjectPrototypeIsPrototypeOf(url.URLSearchParamsPrototype, object)) {
    return ["query", urlSearchParamsToString(object)];
  }
  for (let i = 0; i < views.length; ++i) {
    const view = views[i];
    if (ObjectPrototypeIsPrototypeOf(view.prototype, object)) {
      return view.describe(object);
    }
  }
  return undefined;
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

/** What remains where a host asks for the least. */
const minimal = new primordials.SafeSet([
  "clearInterval",
  "clearTimeout",
  "console",
  "queueMicrotask",
  "ReadableStream",
  "setInterval",
  "setTimeout",
]);

function removeWebGlobals() {
  for (const name in globals) {
    if (!primordials.SetPrototypeHas(minimal, name)) {
      delete globalThis[name];
    }
  }
  delete globalThis.crypto;
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

/** The engine takes this property when it makes a runtime, and removes it. */
globalThis.__jsrun = {
  __proto__: null,
  clearTimersSince: timers.clearTimersSince,
  consoleMethods,
  describePlatformObject,
  newBytes: (length) => new primordials.Uint8Array(length),
  packNumbers,
  regexpFlags,
  removeWebGlobals,
  resetTimeOrigin: performance.setTimeOrigin,
  streams: hostStreams(streams),
  unbox,
};
