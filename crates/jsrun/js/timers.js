// Timers and microtasks of the web platform. Timers are counted: a program can have only so many that wait. What a timer or a
// microtask runs belongs to the call of the host that made it, which the async context tells (src/owners.rs).
import { core, primordials } from "ext:core/mod.js";
import {
  op_queue_microtask,
  op_timer_begin,
  op_timer_end,
  op_uncaught,
  op_undivided_begin,
  op_undivided_end,
} from "ext:core/ops";

const {
  indirectEval,
  MapPrototypeDelete,
  MapPrototypeForEach,
  MapPrototypeGet,
  MapPrototypeSet,
  Number,
  RangeError,
  ReflectApply,
  SafeMap,
  TypeError,
} = primordials;

const { cancelTimer, createSystemTimer, createTimer, getAsyncContext, setAsyncContext } = core;

/** Timers that wait, by id. */
const waiting = new SafeMap();

/** The longest delay that the event loop has; it takes a longer one for the shortest. */
const LONGEST_DELAY = 2 ** 31 - 1;

/** Methods of a literal: those are no constructors. */
const { clearInterval, clearTimeout, queueMicrotask, setInterval, setTimeout } = {
  setTimeout(callback, timeout = 0, ...args) {
    const run = toFunction(callback);
    const owner = getAsyncContext();
    const after = toLong(timeout);
    return undivided(() => {
      const fire = () => {
        forget(timer._timerId);
        runAs(owner, run, globalThis, args);
      };
      const timer = createTimer(fire, after, undefined, false, true);
      return remember({ __proto__: null, timer, owner, repeats: false, ofProgram: true });
    });
  },
  setInterval(callback, timeout = 0, ...args) {
    const run = toFunction(callback);
    const owner = getAsyncContext();
    const after = toLong(timeout);
    return undivided(() => {
      const timer = createTimer(() => runAs(owner, run, globalThis, args), after, undefined, true, true);
      return remember({ __proto__: null, timer, owner, repeats: true, ofProgram: true });
    });
  },
  clearTimeout(id = 0) {
    clear(id);
  },
  clearInterval(id = 0) {
    clear(id);
  },
  queueMicrotask(callback) {
    if (typeof callback !== "function") {
      throw new TypeError("the argument of queueMicrotask is not a function");
    }
    const owner = getAsyncContext();
    op_queue_microtask(() => runAs(owner, callback, undefined, []));
  },
};

/** What `AbortSignal.timeout` waits with, as `core.createSystemTimer`. Programs cannot clear it. */
function createSignalTimer(callback, after, isRefed) {
  const owner = getAsyncContext();
  return undivided(() => {
    const fire = () => {
      forget(timer._timerId);
      runAs(owner, callback, undefined, []);
    };
    const timer = createSystemTimer(fire, after > LONGEST_DELAY ? LONGEST_DELAY : after, isRefed);
    remember({ __proto__: null, timer, owner, repeats: false, ofProgram: false });
    return timer;
  });
}

function clear(id) {
  const waits = MapPrototypeGet(waiting, toLong(Number(id)));
  if (waits?.ofProgram) {
    undivided(() => drop(waits));
  }
}

/**
 * Does what a stop must not come amid: the event loop would have a timer that nobody can clear, and never come to rest.
 * Does nothing where the program is being stopped already.
 */
function undivided(work) {
  if (!op_undivided_begin()) {
    return 0;
  }
  try {
    return work();
  } finally {
    op_undivided_end();
  }
}

/** Calls a function of the program's in the name of whoever is to hear what it throws. */
function runAs(owner, run, receiver, args) {
  const before = getAsyncContext();
  setAsyncContext(owner);
  try {
    ReflectApply(run, receiver, args);
  } catch (error) {
    op_uncaught(error);
  } finally {
    setAsyncContext(before);
  }
}

/** As Web IDL converts to `long`. */
function toLong(value) {
  return value | 0;
}

/** A string is code, as the standard has it. */
function toFunction(callback) {
  if (typeof callback === "function") {
    return callback;
  }
  const code = `${callback}`;
  return () => indirectEval(code);
}

function remember(waits) {
  const id = waits.timer._timerId;
  MapPrototypeSet(waiting, id, waits);
  const most = op_timer_begin(id, waits.repeats);
  if (most >= 0) {
    drop(waits);
    throw new RangeError(`too many timers are waiting: the limit is ${most}`);
  }
  return id;
}

function drop(waits) {
  cancelTimer(waits.timer);
  forget(waits.timer._timerId);
}

function forget(id) {
  const waits = MapPrototypeGet(waiting, id);
  if (waits !== undefined) {
    MapPrototypeDelete(waiting, id);
    op_timer_end(waits.repeats);
  }
}

/** Clears all timers. */
function clearTimers() {
  MapPrototypeForEach(waiting, drop);
}

/** Clears the timers of one call, and those of nobody that were made after the one with the id `mark`. */
function clearTimersOf(owner, mark) {
  MapPrototypeForEach(waiting, (waits, id) => {
    if (waits.owner === owner || (waits.owner === undefined && id > mark)) {
      drop(waits);
    }
  });
  // When its JavaScript was stopped amid the timers that were due, the event loop does not know when the next one is.
  createTimer(() => {}, 1, undefined, false, false);
}

export {
  clearInterval,
  clearTimeout,
  clearTimers,
  clearTimersOf,
  createSignalTimer,
  queueMicrotask,
  setInterval,
  setTimeout,
};
