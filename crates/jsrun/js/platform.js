// The web platform's scripts, which are deno_web's and deno_crypto's. Each is evaluated when something first needs what it
// defines: most programs need few of them, and every runtime would pay for all.
import { core, primordials } from "ext:core/mod.js";
import { op_platform_script, op_undisturbed, op_uncaught } from "ext:core/ops";
import { hostStreams } from "ext:jsrun/host_streams.js";
import { createSignalTimer } from "ext:jsrun/timers.js";
import { addSearchParams, addView } from "ext:jsrun/views.js";

const { MapPrototypeGet, MapPrototypeSet, ObjectDefineProperty, SafeMap, StringPrototypeStartsWith, Symbol } = primordials;

const ABORT = "ext:deno_web/03_abort_signal.js";
const BASE64 = "ext:deno_web/05_base64.js";
const COMPRESSION = "ext:deno_web/14_compression.js";
const CRYPTO = "ext:deno_crypto/00_crypto.js";
const DOM_EXCEPTION = "ext:deno_web/01_dom_exception.js";
const ENCODING = "ext:deno_web/08_text_encoding.js";
const EVENT = "ext:deno_web/02_event.js";
const FILE = "ext:deno_web/09_file.js";
const FILE_READER = "ext:deno_web/10_filereader.js";
const MESSAGE_PORT = "ext:deno_web/13_message_port.js";
const PERFORMANCE = "ext:deno_web/15_performance.js";
const STREAMS = "ext:deno_web/06_streams.js";
const URLS = "ext:deno_web/00_url.js";
const URL_PATTERN = "ext:deno_web/01_urlpattern.js";
const WEBIDL = "ext:deno_webidl/00_webidl.js";

/** Which script defines a global. */
const globals = {
  __proto__: null,
  AbortController: ABORT,
  AbortSignal: ABORT,
  atob: BASE64,
  Blob: FILE,
  btoa: BASE64,
  ByteLengthQueuingStrategy: STREAMS,
  CloseEvent: EVENT,
  CompressionStream: COMPRESSION,
  CountQueuingStrategy: STREAMS,
  Crypto: CRYPTO,
  CryptoKey: CRYPTO,
  CustomEvent: EVENT,
  DecompressionStream: COMPRESSION,
  DOMException: DOM_EXCEPTION,
  ErrorEvent: EVENT,
  Event: EVENT,
  EventTarget: EVENT,
  File: FILE,
  FileReader: FILE_READER,
  MessageChannel: MESSAGE_PORT,
  MessageEvent: EVENT,
  MessagePort: MESSAGE_PORT,
  Performance: PERFORMANCE,
  performance: PERFORMANCE,
  PerformanceEntry: PERFORMANCE,
  PerformanceMark: PERFORMANCE,
  PerformanceMeasure: PERFORMANCE,
  ProgressEvent: EVENT,
  PromiseRejectionEvent: EVENT,
  ReadableByteStreamController: STREAMS,
  ReadableStream: STREAMS,
  ReadableStreamBYOBReader: STREAMS,
  ReadableStreamBYOBRequest: STREAMS,
  ReadableStreamDefaultController: STREAMS,
  ReadableStreamDefaultReader: STREAMS,
  reportError: EVENT,
  structuredClone: MESSAGE_PORT,
  SubtleCrypto: CRYPTO,
  TextDecoder: ENCODING,
  TextDecoderStream: ENCODING,
  TextEncoder: ENCODING,
  TextEncoderStream: ENCODING,
  TransformStream: STREAMS,
  TransformStreamDefaultController: STREAMS,
  URL: URLS,
  URLPattern: URL_PATTERN,
  URLSearchParams: URLS,
  WritableStream: STREAMS,
  WritableStreamDefaultController: STREAMS,
  WritableStreamDefaultWriter: STREAMS,
};

/** What a global's value is, by its name. */
function loadGlobal(name) {
  if (name === "URL") {
    // It adds `URL.createObjectURL`, which must be there from the first look.
    load(FILE);
  }
  return load(globals[name])[name];
}

const transferable = { __proto__: null };

/** How the names begin of the ops that the scripts may have: those of deno_web and deno_crypto, and one of deno_core. */
const opNames = [
  "Crypto",
  "SubtleCrypto",
  "op_base64_",
  "op_blob_",
  "op_compression_",
  "op_crypto_",
  "op_defer",
  "op_encode_binary_string",
  "op_encoding_",
  "op_message_port_",
  "op_now",
  "op_time_origin",
  "op_url",
];

function platformOps() {
  const ops = { __proto__: null };
  for (const name in core.ops) {
    for (let i = 0; i < opNames.length; ++i) {
      if (StringPrototypeStartsWith(name, opNames[i])) {
        ops[name] = core.ops[name];
      }
    }
  }
  return ops;
}

/** What the scripts use of deno_core as it is. */
const {
  BadResourcePrototype,
  InterruptedPrototype,
  build,
  cancelTimer,
  close,
  createCancelHandle,
  createTimer,
  decode,
  deserialize,
  encode,
  getAsyncContext,
  getCloneableDeserializers,
  hostObjectBrand,
  isAnyArrayBuffer,
  isArrayBuffer,
  isDataView,
  isProxy,
  isSharedArrayBuffer,
  isTypedArray,
  refOpPromise,
  refTimer,
  serialize,
  setAsyncContext,
  structuredClone,
  tryClose,
  unrefOpPromise,
  unrefTimer,
} = core;

// What the scripts build on. They ask for things that are absent here and add others, so that none of these objects may
// inherit anything: the program's accessor on `Object.prototype` would get them. And what the scripts do not need, such as ops
// that end the process, they do not have. Deno's own functions for errors would take them apart, which runs the program's
// getters, and then end the run in a way of their own. Deno would also refuse to register what a script has registered whose
// evaluation was broken off, and which is evaluated again.
const bootstrap = {
  __proto__: null,
  core: {
    __proto__: null,
    BadResourcePrototype,
    InterruptedPrototype,
    build,
    cancelTimer,
    close,
    createCancelHandle,
    createSystemTimer: createSignalTimer,
    createTimer,
    decode,
    deserialize,
    destructureError: () => ({ exceptionMessage: "", frames: [] }),
    encode,
    getAsyncContext,
    getCloneableDeserializers,
    getTransferableResource: (name) => transferable[name],
    hostObjectBrand,
    isAnyArrayBuffer,
    isArrayBuffer,
    isDataView,
    isProxy,
    isSharedArrayBuffer,
    isTypedArray,
    loadExtScript: load,
    ops: platformOps(),
    print: () => {},
    refOpPromise,
    refTimer,
    registerCloneableResource: (name, deserialize) => {
      getCloneableDeserializers()[name] = deserialize;
    },
    registerTransferableResource: (name, send, receive) => {
      transferable[name] = { send, receive };
    },
    reportUnhandledException: (error) => op_uncaught(error),
    serialize,
    setAsyncContext,
    structuredClone,
    tryClose,
    unrefOpPromise,
    unrefTimer,
  },
  internals: { __proto__: null },
  primordials,
};
core.setReportExceptionCallback(op_uncaught);

const loaded = new SafeMap();

/** What a script exports. */
function load(script) {
  // Undisturbed by what the program has changed of the objects that all others build on. A stop or a stack overflow may break
  // it off: the script is evaluated again then.
  return MapPrototypeGet(loaded, script) ?? op_undisturbed(evaluate, script);
}

function evaluate(script) {
  const exports = op_platform_script(script)(bootstrap);
  afterwards[script]?.(exports);
  MapPrototypeSet(loaded, script, exports);
  return exports;
}

let loadedPerformance;
let loadedStreams;
let cryptoDoors;
let cryptoInstance;

/** What the engine does with what a script exports, before any program sees it. */
const afterwards = {
  __proto__: null,
  [ABORT]: ({ AbortSignal }) => addView("AbortSignal", AbortSignal, ["aborted", "reason"]),
  [CRYPTO]: ({ Crypto, CryptoKey, SubtleCrypto }) => {
    // Operations fail with it.
    load(DOM_EXCEPTION);
    // These classes carry doors for their own use, which no browser has. The engine keeps what it needs of them.
    cryptoDoors ??= {
      createCrypto: Crypto.create,
      createSubtleCrypto: SubtleCrypto.create,
      fromCloneData: CryptoKey.fromCloneData,
      registerSymbols: Crypto.registerSymbols,
    };
    removeDoors(Crypto);
    removeDoors(CryptoKey);
    removeDoors(SubtleCrypto);
    getCloneableDeserializers().CryptoKey = cryptoDoors.fromCloneData;
    addView("CryptoKey", CryptoKey, ["type", "extractable", "algorithm", "usages"]);
    addView("Crypto", Crypto, ["subtle"]);
    addView("SubtleCrypto", SubtleCrypto, []);
  },
  [DOM_EXCEPTION]: ({ DOMException }) => addView("DOMException", DOMException, ["name", "message", "code"]),
  [ENCODING]: ({ TextDecoder }) => addView("TextDecoder", TextDecoder, ["encoding", "fatal", "ignoreBOM"]),
  [EVENT]: ({ CustomEvent, Event, EventTarget, saveGlobalThisReference }) => {
    // Where deno_web reports what listeners throw, as an event first. The global object is no event target here.
    saveGlobalThisReference(new EventTarget());
    addView("CustomEvent", CustomEvent, ["type", "detail"]);
    addView("Event", Event, ["type"]);
  },
  [FILE]: ({ Blob, File }) => {
    addView("File", File, ["name", "size", "type", "lastModified"]);
    addView("Blob", Blob, ["size", "type"]);
  },
  [PERFORMANCE]: (performance) => {
    performance.setTimeOrigin();
    addView("PerformanceEntry", performance.PerformanceEntry, ["name", "entryType", "startTime", "duration"]);
    loadedPerformance = performance;
  },
  [STREAMS]: (streams) => {
    loadedStreams = hostStreams(streams);
  },
  [URLS]: ({ URL, URLSearchParams }) => {
    addView("URL", URL, ["href"]);
    addSearchParams(URLSearchParams);
  },
  [URL_PATTERN]: ({ URLPattern }) =>
    addView("URLPattern", URLPattern, ["protocol", "hostname", "pathname", "search", "hash"]),
};

function removeDoors(constructor) {
  delete constructor.create;
  delete constructor.exportNodeMaterial;
  delete constructor.fromCloneData;
  delete constructor.importSync;
  delete constructor.registerSymbols;
}

/** Made when it is first asked for: no snapshot can hold it, and nothing may draw randomness before a fork. */
function getCrypto() {
  if (cryptoInstance === undefined) {
    load(CRYPTO);
    const { brand } = load(WEBIDL);
    cryptoDoors.registerSymbols(brand, Symbol("keyObject"));
    const subtle = branded(cryptoDoors.createSubtleCrypto(), brand);
    cryptoInstance = branded(cryptoDoors.createCrypto(subtle), brand);
  }
  return cryptoInstance;
}

function branded(object, brand) {
  return ObjectDefineProperty(object, brand, { __proto__: null, value: brand });
}

// Ops fail with these classes; without a builder for its class an error would be `undefined`.
const names = [
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
];
for (const name of names) {
  core.registerErrorBuilder(`DOMException${name}`, (message) => {
    const { DOMException } = load(DOM_EXCEPTION);
    return new DOMException(message, name);
  });
}

/** What the engine calls for streams. There is none before their script was loaded. */
const streams = {
  __proto__: null,
  isReadableStream: (value) => loadedStreams !== undefined && loadedStreams.isReadableStream(value),
  readStream: (stream) => loadedStreams.readStream(stream),
  cancelStream: (stream) => loadedStreams.cancelStream(stream),
  giveUpRead: (promise) => loadedStreams?.giveUpRead(promise),
  makeStream: (pull, ended) => {
    load(STREAMS);
    return loadedStreams.makeStream(pull, ended);
  },
};

/** The snapshot's time origin is that of its making. */
function resetTimeOrigin() {
  loadedPerformance?.setTimeOrigin();
}

export { getCrypto, globals, loadGlobal, resetTimeOrigin, streams };
