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
  const most = op_timer_begin(id, repeats);
  if (most >= 0) {
    clear(id);
    throw new RangeError(`too many timers are waiting: the limit is ${most}`);
  }
}

function forget(id) {
  const repeats = MapPrototypeGet(waiting, id);
  if (MapPrototypeDelete(waiting, id)) {
    op_timer_end(repeats);
  }
}

let lastCleared = 0;

/** Ids only go up, so all timers of a stopped call are those between the last before it and `until`, or a new one. */
function clearTimersSince(mark, until) {
  if (until !== undefined) {
    for (let id = mark + 1; id <= until; ++id) {
      clear(id);
    }
    return;
  }
  const last = webSetTimeout(() => {}, 0);
  for (let id = mark > lastCleared ? mark + 1 : lastCleared + 1; id <= last; ++id) {
    clear(id);
  }
  if (mark <= lastCleared) {
    lastCleared = last;
  }
}

export { clearInterval, clearTimeout, clearTimersSince, setInterval, setTimeout };
