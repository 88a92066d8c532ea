//! The thread that stops calls: one per process, started with the first call that has a deadline, or before it.

use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use jsrun_types::LimitKind;

use crate::inspector::Control;
use crate::stop::{Running, Stop, StopReason};

/// How often V8's termination flag is raised for a call that should have stopped.
const RAISE_AGAIN: Duration = Duration::from_millis(5);
/// CPU clocks are read at least this often apart, so that a call near its limit does not make the watchdog spin.
const SHORTEST_WAIT: Duration = Duration::from_millis(1);
/// How often a runtime with an inspector is asked whether it is paused.
const ASK_AGAIN: Duration = Duration::from_millis(10);
/// How long what a stopped call has left may run before it is looked for.
const LOOK_FOR_LEFTOVERS: Duration = Duration::from_millis(10);

/// The CPU clock of the thread that made it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CpuClock(libc::clockid_t);

impl CpuClock {
    pub(crate) fn of_this_thread() -> Self {
        let mut clock = libc::CLOCK_THREAD_CPUTIME_ID;
        // SAFETY: the thread is this one, so it lives, and `clock` is a valid place to write to.
        unsafe { libc::pthread_getcpuclockid(libc::pthread_self(), &raw mut clock) };
        Self(clock)
    }

    /// CPU time of the thread so far; zero when it has ended.
    pub(crate) fn now(self) -> Duration {
        let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: `time` is a valid place to write to; a clock of an ended thread is an error, not undefined.
        unsafe { libc::clock_gettime(self.0, &raw mut time) };
        Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
    }
}

/// When a call is to be stopped.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Deadlines {
    pub(crate) wall: Option<Instant>,
    /// When the wall time of all calls is over that this is the first deadline of.
    pub(crate) last_wall: Option<Instant>,
    /// A clock, and what it shows then.
    pub(crate) cpu: Option<(CpuClock, Duration)>,
}

impl Deadlines {
    /// Deadlines that begin now. A limit that no clock reaches is none.
    pub(crate) fn from_now(wall: Duration, cpu: Duration) -> Self {
        Self::from(Instant::now(), wall, cpu)
    }

    /// Deadlines that begin now, for who knows already what time it is.
    pub(crate) fn from(now: Instant, wall: Duration, cpu: Duration) -> Self {
        let cpu = (cpu < Duration::MAX).then(|| {
            let clock = CpuClock::of_this_thread();
            (clock, clock.now().saturating_add(cpu))
        });
        let wall = now.checked_add(wall);
        Self { wall, last_wall: wall, cpu }
    }

    /// Moves the wall deadline. CPU time stands still by itself while a program is paused.
    pub(crate) fn extend(&mut self, by: Duration) {
        self.wall = self.wall.and_then(|deadline| deadline.checked_add(by));
        self.last_wall = self.last_wall.and_then(|deadline| deadline.checked_add(by));
    }

    /// Which of them has passed, if one has.
    pub(crate) fn passed(&self, now: Instant) -> Option<LimitKind> {
        if self.wall.is_some_and(|deadline| deadline <= now) {
            Some(LimitKind::Wall)
        } else if self.cpu.is_some_and(|(clock, deadline)| clock.now() >= deadline) {
            Some(LimitKind::Cpu)
        } else {
            None
        }
    }

    /// How long none of them can pass: CPU time of one thread never passes faster than wall time.
    fn soonest(&self, now: Instant) -> Option<Duration> {
        let wall = self.wall.map(|deadline| deadline.saturating_duration_since(now));
        let cpu = self.cpu.map(|(clock, deadline)| deadline.saturating_sub(clock.now()));
        wall.into_iter().chain(cpu).min()
    }
}

/// What the watchdog knows of one runtime. Lives as long as the runtime.
pub(crate) struct Watch {
    stop: Arc<Stop>,
    debugger: OnceLock<Arc<Control>>,
    /// Whether the debugger is asked for pauses.
    asks: AtomicBool,
    pauses: Mutex<Pauses>,
}

/// What of an armed time the program was paused.
#[derive(Clone, Copy)]
struct Pauses {
    looked: Instant,
    total: Duration,
}

impl Watch {
    /// Has the watchdog watch over a runtime, which it leaves alone until [`Watch::arm`].
    pub(crate) fn register(stop: Arc<Stop>) -> WatchGuard {
        let watch = Arc::new(Self {
            stop,
            debugger: OnceLock::new(),
            asks: AtomicBool::new(true),
            pauses: Mutex::new(Pauses { looked: Instant::now(), total: Duration::ZERO }),
        });
        lock().watches.push(Arc::clone(&watch));
        WatchGuard(Rc::new(Registered(watch)))
    }

    fn arm(&self, running: Running, deadlines: Deadlines, now: Instant, asks: bool) -> std::io::Result<()> {
        self.asks.store(asks, Ordering::Release);
        if asks {
            *self.pauses() = Pauses { looked: now, total: Duration::ZERO };
        }
        // A stop that was asked for before is in force, and whoever asked left it to this that the watchdog hears of it.
        let stopped = self.stop.arm(running, deadlines);
        if asks || stopped {
            notice()?;
        } else if let Some(soonest) = self.until_next_look(&deadlines, now) {
            // With the deadline in place: a look that missed it has not told yet when the next one is.
            if after(now, soonest) < NEXT_LOOK.load(Ordering::SeqCst) {
                notice()?;
            }
        }
        Ok(())
    }

    fn until_next_look(&self, deadlines: &Deadlines, now: Instant) -> Option<Duration> {
        let leftovers = self.stop.suspects().then_some(LOOK_FOR_LEFTOVERS);
        deadlines.soonest(now).into_iter().chain(leftovers).min()
    }

    /// Stops what is due; tells when to look again.
    fn look(&self, now: Instant) -> Option<Duration> {
        // Held until the flag is raised: whoever disarms knows that no flag comes after.
        let mut current = self.stop.current();
        let running = current.running;
        let deadlines = current.deadlines.as_mut()?;
        if self.stop.reason().is_some() {
            self.stop.raise();
            return Some(RAISE_AGAIN);
        }
        let debugger = self.debugger.get().filter(|_| self.asks.load(Ordering::Acquire));
        let paused = debugger.map(|control| self.count_pause(control, now));
        deadlines.extend(paused.unwrap_or_default());
        if let Some(kind) = deadlines.passed(now) {
            let all_over = deadlines.last_wall.is_some_and(|last| last <= now);
            self.stop.press(running, StopReason::Limit(kind), all_over);
            return Some(RAISE_AGAIN);
        }
        if self.stop.is_asked() {
            self.stop.press(running, StopReason::Interrupted, false);
            return Some(RAISE_AGAIN);
        }
        if self.stop.suspects() && running == Running::EventLoop {
            self.stop.ask();
        }
        let soonest = self.until_next_look(deadlines, now).map(|soonest| soonest.max(SHORTEST_WAIT));
        let asked = paused.map(|_| ASK_AGAIN);
        soonest.into_iter().chain(asked).min()
    }

    /// The deadlines do not count time in which a debugger holds the program.
    pub(crate) fn set_debugger(&self, control: &Arc<Control>) {
        let _ = self.debugger.set(Arc::clone(control));
    }

    /// How long the program was paused since the watch was last armed.
    pub(crate) fn paused(&self) -> Duration {
        if self.debugger.get().is_some() { self.pauses().total } else { Duration::ZERO }
    }

    /// How long the program was paused since the last look.
    fn count_pause(&self, control: &Control, now: Instant) -> Duration {
        let mut pauses = self.pauses();
        let since = now.saturating_duration_since(pauses.looked);
        pauses.looked = now;
        let lost = if control.is_paused() { since } else { Duration::ZERO };
        pauses.total += lost;
        lost
    }

    fn pauses(&self) -> MutexGuard<'_, Pauses> {
        self.pauses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A runtime's place in the watchdog's list, for as long as the runtime or an [`Armed`] of its lives.
#[derive(Clone)]
pub(crate) struct WatchGuard(Rc<Registered>);

struct Registered(Arc<Watch>);

impl WatchGuard {
    pub(crate) fn watch(&self) -> &Watch {
        &self.0.0
    }

    /// From now on JavaScript is stopped at its deadlines, and kept stopped when somebody stops it.
    pub(crate) fn arm(&self, running: Running, deadlines: Deadlines, now: Instant) -> std::io::Result<Armed> {
        // First, so that what fails has armed nothing.
        let armed = Armed(self.clone());
        self.watch().arm(running, deadlines, now, self.watch().debugger.get().is_some())?;
        Ok(armed)
    }

    /// As [`WatchGuard::arm`], while debuggers are served: asking one for pauses would be something to serve.
    pub(crate) fn arm_to_serve(&self, deadlines: Deadlines, now: Instant) -> std::io::Result<Armed> {
        let armed = Armed(self.clone());
        self.watch().arm(Running::Nothing, deadlines, now, false)?;
        Ok(armed)
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        lock().watches.retain(|watch| !Arc::ptr_eq(watch, &self.0));
    }
}

/// JavaScript may run for as long as this lives.
pub(crate) struct Armed(WatchGuard);

impl Drop for Armed {
    fn drop(&mut self) {
        self.0.watch().stop.disarm();
    }
}

struct Watchdog {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    watches: Vec<Arc<Watch>>,
    running: bool,
}

impl State {
    fn start(&mut self) -> std::io::Result<()> {
        if !self.running {
            std::thread::Builder::new().name("jsrun-watchdog".to_owned()).spawn(run)?;
            self.running = true;
        }
        Ok(())
    }
}

static WATCHDOG: Watchdog =
    Watchdog { state: Mutex::new(State { watches: Vec::new(), running: false }), changed: Condvar::new() };

/// When the watchdog looks again by itself, as [`nanoseconds`]; `u64::MAX` while it looks or has nothing to wait for.
static NEXT_LOOK: AtomicU64 = AtomicU64::new(u64::MAX);

static EPOCH: LazyLock<Instant> = LazyLock::new(Instant::now);

fn nanoseconds(instant: Instant) -> u64 {
    u64::try_from(instant.saturating_duration_since(*EPOCH).as_nanos()).unwrap_or(u64::MAX - 1)
}

/// As [`nanoseconds`]; a time that no clock shows is the last one.
fn after(now: Instant, wait: Duration) -> u64 {
    now.checked_add(wait).map_or(u64::MAX - 1, nanoseconds)
}

/// Starts the thread, unless it runs.
pub(crate) fn start() -> std::io::Result<()> {
    lock().start()
}

/// Makes the watchdog look at its runtimes now, because there is news.
pub(crate) fn notice() -> std::io::Result<()> {
    // With the lock: between a look and the wait that follows the news would be lost.
    lock().start()?;
    WATCHDOG.changed.notify_one();
    Ok(())
}

fn run() {
    let mut state = lock();
    loop {
        NEXT_LOOK.store(u64::MAX, Ordering::SeqCst);
        let now = Instant::now();
        let wait = state.watches.iter().filter_map(|watch| watch.look(now)).min();
        state = match wait {
            Some(wait) => {
                NEXT_LOOK.store(after(now, wait), Ordering::SeqCst);
                WATCHDOG.changed.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner).0
            }
            None => WATCHDOG.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
        };
    }
}

fn lock() -> MutexGuard<'static, State> {
    WATCHDOG.state.lock().unwrap_or_else(PoisonError::into_inner)
}
