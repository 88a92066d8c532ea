// The console namespace. Arguments go to the engine as they are: it previews them without running the program's code.
// https://console.spec.whatwg.org/
import { primordials } from "ext:core/mod.js";
import { op_console, op_console_now } from "ext:core/ops";

const {
  MapPrototypeDelete,
  MapPrototypeGet,
  MapPrototypeHas,
  MapPrototypeSet,
  NumberPrototypeToFixed,
  ObjectDefineProperty,
  SafeArrayIterator,
  SafeMap,
  String,
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

const console = {
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
  clear() {
    op_console(LEVELS.clear, []);
  },
  count(label = "default") {
    label = String(label);
    const count = (MapPrototypeGet(counts, label) ?? 0) + 1;
    MapPrototypeSet(counts, label, count);
    op_console(LEVELS.log, ["%s: %d", label, count]);
  },
  countReset(label = "default") {
    label = String(label);
    if (!MapPrototypeDelete(counts, label)) {
      op_console(LEVELS.warn, ["Count for '%s' does not exist", label]);
    }
  },
  debug(...data) {
    op_console(LEVELS.debug, data);
  },
  dir(item, _options) {
    op_console(LEVELS.dir, [item]);
  },
  dirxml(...data) {
    op_console(LEVELS.log, data);
  },
  error(...data) {
    op_console(LEVELS.error, data);
  },
  group(...data) {
    op_console(LEVELS.group, data);
  },
  groupCollapsed(...data) {
    op_console(LEVELS.groupCollapsed, data);
  },
  groupEnd() {
    op_console(LEVELS.groupEnd, []);
  },
  info(...data) {
    op_console(LEVELS.info, data);
  },
  log(...data) {
    op_console(LEVELS.log, data);
  },
  table(data, columns) {
    op_console(LEVELS.table, columns === undefined ? [data] : [data, columns]);
  },
  time(label = "default") {
    label = String(label);
    if (MapPrototypeHas(starts, label)) {
      op_console(LEVELS.warn, ["Timer '%s' already exists", label]);
    } else {
      MapPrototypeSet(starts, label, op_console_now());
    }
  },
  timeEnd(label = "default") {
    label = String(label);
    if (reportTimer(label, [])) {
      MapPrototypeDelete(starts, label);
    }
  },
  timeLog(label = "default", ...data) {
    reportTimer(String(label), data);
  },
  trace(...data) {
    op_console(LEVELS.trace, data);
  },
  warn(...data) {
    op_console(LEVELS.warn, data);
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

ObjectDefineProperty(console, SymbolToStringTag, {
  __proto__: null,
  value: "console",
  configurable: true,
});

export { console };
