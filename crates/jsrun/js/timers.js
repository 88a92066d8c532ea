// The timers of the web platform, counted: a program can have only so many that wait.
import { core, primordials } from "ext:core/mod.js";
import { op_timer_begin, op_timer_end } from "ext:core/ops";

const {
  indirectEval,
  MapPrototypeDelete,
  MapPrototypeGet,
  MapPrototypeSet,
  Number,
  RangeError,
  ReflectApply,
  SafeMap,
} = primordials;

const { cancelTimer, createTimer } = core;

/** Timers that wait, by id. */
const waiting = new SafeMap();
/** Those of `AbortSignal.timeout`, which programs cannot clear, by id. */
const ofSignals = new SafeMap();

/** The longest delay that the event loop has; it takes a longer one for the shortest. */
const LONGEST_DELAY = 2 ** 31 - 1;

function setTimeout(callback, timeout = 0, ...args) {
  const run = toFunction(callback);
  let id = 0;
  const timer = createTimer(
    () => {
      forget(id);
      ReflectApply(run, globalThis, args);
    },
    toLong(timeout),
    undefined,
    false,
    true,
  );
  id = timer._timerId;
  remember(timer, false);
  return id;
}

function setInterval(callback, timeout = 0, ...args) {
  const run = toFunction(callback);
  const timer = createTimer(() => ReflectApply(run, globalThis, args), toLong(timeout), undefined, true, true);
  remember(timer, true);
  return timer._timerId;
}

/** What `AbortSignal.timeout` waits with, as `core.createSystemTimer`. */
function createSignalTimer(callback, after, isRefed) {
  const delay = after > LONGEST_DELAY ? LONGEST_DELAY : after;
  const timer = core.createSystemTimer(
    () => {
      forgetSignal(timer._timerId);
      callback();
    },
    delay,
    isRefed,
  );
  MapPrototypeSet(ofSignals, timer._timerId, timer);
  count(timer._timerId, false, clearSignal);
  return timer;
}

function clearTimeout(id = 0) {
  clear(id);
}

function clearInterval(id = 0) {
  clear(id);
}

function clear(id) {
  const number = toLong(Number(id));
  const waits = MapPrototypeGet(waiting, number);
  if (waits !== undefined) {
    cancelTimer(waits.timer);
    forget(number);
  }
}

/** As Web IDL converts to `long`. */
function toLong(value) {
  return value | 0;
}

function clearSignal(id) {
  const timer = MapPrototypeGet(ofSignals, id);
  if (timer !== undefined) {
    core.cancelTimer(timer);
    forgetSignal(id);
  }
}

/** A string is code, as the standard has it. */
function toFunction(callback) {
  if (typeof callback === "function") {
    return callback;
  }
  const code = `${callback}`;
  return () => indirectEval(code);
}

function remember(timer, repeats) {
  const id = timer._timerId;
  MapPrototypeSet(waiting, id, { timer, repeats });
  count(id, repeats, clear);
}

function count(id, repeats, undo) {
  const most = op_timer_begin(id, repeats);
  if (most >= 0) {
    undo(id);
    throw new RangeError(`too many timers are waiting: the limit is ${most}`);
  }
}

function forget(id) {
  const waits = MapPrototypeGet(waiting, id);
  if (waits !== undefined) {
    MapPrototypeDelete(waiting, id);
    op_timer_end(waits.repeats);
  }
}

function forgetSignal(id) {
  if (MapPrototypeDelete(ofSignals, id)) {
    op_timer_end(false);
  }
}

let lastCleared = 0;

/** Ids only go up, so all timers of a stopped call are those between the last before it and `until`, or a new one. */
function clearTimersSince(mark, until) {
  if (until !== undefined) {
    for (let id = mark + 1; id <= until; ++id) {
      clear(id);
      clearSignal(id);
    }
    return;
  }
  const none = createTimer(() => {}, 0, undefined, false, true);
  cancelTimer(none);
  const last = none._timerId;
  for (let id = mark > lastCleared ? mark + 1 : lastCleared + 1; id <= last; ++id) {
    clear(id);
    clearSignal(id);
  }
  if (mark <= lastCleared) {
    lastCleared = last;
  }
}

export { clearInterval, clearTimeout, clearTimersSince, createSignalTimer, setInterval, setTimeout };
