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

const web = core.loadExtScript("ext:deno_web/02_timers.js");
const webidl = core.loadExtScript("ext:deno_webidl/00_webidl.js");
const webClearTimeout = web.clearTimeout;
const webSetInterval = web.setInterval;
const webSetTimeout = web.setTimeout;

/** Timers that wait, by id, with whether they repeat. */
const waiting = new SafeMap();
/** Those of `AbortSignal.timeout`, which programs cannot clear, by id. */
const ofSignals = new SafeMap();

/** The longest delay that the event loop has; it takes a longer one for the shortest. */
const LONGEST_DELAY = 2 ** 31 - 1;

function setTimeout(callback, timeout = 0, ...args) {
  const run = toFunction(callback);
  const id = webSetTimeout(() => {
    forget(id);
    ReflectApply(run, globalThis, args);
  }, timeout);
  remember(id, false);
  return id;
}

function setInterval(callback, timeout = 0, ...args) {
  const run = toFunction(callback);
  const id = webSetInterval(() => ReflectApply(run, globalThis, args), timeout);
  remember(id, true);
  return id;
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
  const number = Number(id);
  webClearTimeout(number);
  forget(number);
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
  const code = webidl.converters.DOMString(callback);
  return () => indirectEval(code);
}

function remember(id, repeats) {
  MapPrototypeSet(waiting, id, repeats);
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
  const repeats = MapPrototypeGet(waiting, id);
  if (MapPrototypeDelete(waiting, id)) {
    op_timer_end(repeats);
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
  const last = webSetTimeout(() => {}, 0);
  for (let id = mark > lastCleared ? mark + 1 : lastCleared + 1; id <= last; ++id) {
    clear(id);
    clearSignal(id);
  }
  if (mark <= lastCleared) {
    lastCleared = last;
  }
}

export { clearInterval, clearTimeout, clearTimersSince, createSignalTimer, setInterval, setTimeout };
