// The console namespace. Its methods are native functions of the engine's: the frame above each of them is the program's
// own, for debuggers too. Arguments go to the engine as they are: it previews them without running the program's code.
// https://console.spec.whatwg.org/
import { core, primordials } from "ext:core/mod.js";
import { op_console, op_console_method, op_console_now } from "ext:core/ops";

const {
  MapPrototypeDelete,
  MapPrototypeGet,
  MapPrototypeHas,
  MapPrototypeSet,
  NumberPrototypeToFixed,
  ObjectDefineProperty,
  SafeArrayIterator,
  SafeMap,
  SymbolToStringTag,
} = primordials;

/** The order of `LEVELS` in src/console.rs. */
const LEVELS = {
  __proto__: null,
  debug: 0,
  log: 1,
  info: 2,
  warn: 3,
  error: 4,
  dir: 5,
  table: 6,
  trace: 7,
  group: 8,
  groupCollapsed: 9,
  groupEnd: 10,
  clear: 11,
};

const counts = new SafeMap();
const starts = new SafeMap();

/** Methods that do more than show their arguments. A label is a string already. */
const implementations = {
  __proto__: null,
  assert(condition = false, ...data) {
    if (condition) {
      return;
    }
    // New arrays: changing this one would call setters on the program's `Array.prototype`.
    if (data.length === 0) {
      op_console(LEVELS.error, ["Assertion failed"]);
    } else if (typeof data[0] === "string") {
      const [first, ...rest] = new SafeArrayIterator(data);
      op_console(LEVELS.error, [`Assertion failed: ${first}`, ...new SafeArrayIterator(rest)]);
    } else {
      op_console(LEVELS.error, ["Assertion failed:", ...new SafeArrayIterator(data)]);
    }
  },
  count(label) {
    const count = (MapPrototypeGet(counts, label) ?? 0) + 1;
    MapPrototypeSet(counts, label, count);
    op_console(LEVELS.log, ["%s: %d", label, count]);
  },
  countReset(label) {
    if (!MapPrototypeDelete(counts, label)) {
      op_console(LEVELS.warn, ["Count for '%s' does not exist", label]);
    }
  },
  time(label) {
    if (MapPrototypeHas(starts, label)) {
      op_console(LEVELS.warn, ["Timer '%s' already exists", label]);
    } else {
      MapPrototypeSet(starts, label, op_console_now());
    }
  },
  timeEnd(label) {
    if (reportTimer(label, [])) {
      MapPrototypeDelete(starts, label);
    }
  },
  timeLog(label, ...data) {
    reportTimer(label, data);
  },
};

function reportTimer(label, data) {
  const start = MapPrototypeGet(starts, label);
  if (start === undefined) {
    op_console(LEVELS.warn, ["Timer '%s' does not exist", label]);
    return false;
  }
  const elapsed = NumberPrototypeToFixed(op_console_now() - start, 3);
  op_console(LEVELS.log, ["%s: %sms", label, elapsed, ...new SafeArrayIterator(data)]);
  return true;
}

/** The order of `METHODS` in src/extension.rs. */
const names = [
  "assert",
  "clear",
  "count",
  "countReset",
  "debug",
  "dir",
  "dirxml",
  "error",
  "group",
  "groupCollapsed",
  "groupEnd",
  "info",
  "log",
  "table",
  "time",
  "timeEnd",
  "timeLog",
  "trace",
  "warn",
];

// A namespace object, as the standard has it: its prototype is an empty object of its own.
const console = { __proto__: {} };

/** For each method in turn: V8's of the same name, which debuggers hear of, and the implementation. */
const consoleMethods = [];

for (let i = 0; i < names.length; ++i) {
  const name = names[i];
  consoleMethods[i * 2] = core.v8Console[name];
  consoleMethods[i * 2 + 1] = implementations[name];
  ObjectDefineProperty(console, name, {
    __proto__: null,
    value: op_console_method(i, name),
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

ObjectDefineProperty(console, SymbolToStringTag, {
  __proto__: null,
  value: "console",
  configurable: true,
});

export { console, consoleMethods };
