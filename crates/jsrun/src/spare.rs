//! A runtime that is made ahead, for whoever asks next.
//!
//! Making a runtime is V8's work for the most part, and takes ten times as long as handing over one that is ready. A process in which
//! runtimes come and go, such as one for each request, therefore keeps one more. It is made on the thread that will be its own, beside
//! what the process does with the one before it, and differs in nothing from one that is made when it is asked for:
//! `LocalRuntime::begin_as` tells it all that a builder says and that is no matter of its [`Kind`].

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jsrun_types::ByteSize;

use crate::lookout::has_several_processors;
use crate::thread::{self, Order};
use crate::{Globals, RuntimeBuilder, Snapshot, platform};

/// How long a runtime is kept that nobody asks for. Programs that make one every few seconds are to have it ready, and those that
/// have stopped making any are to have its memory back.
const PATIENCE: Duration = Duration::from_secs(10);

/// What cannot be told to a runtime that is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    globals: Globals,
    initial_heap: ByteSize,
    most_timers: u32,
    /// Its checksum.
    snapshot: Option<[u8; 32]>,
}

impl Kind {
    /// `None` where a runtime must be made when it is asked for.
    pub(crate) fn of(builder: &RuntimeBuilder) -> Option<Self> {
        let may = builder.spare
            && builder.inspector.is_none()
            && has_several_processors()
            && platform::is_multi_threaded();
        may.then(|| Self {
            globals: builder.globals,
            initial_heap: builder.initial_heap,
            most_timers: builder.most_timers,
            snapshot: builder.snapshot.as_ref().map(Snapshot::checksum),
        })
    }

    fn builder(self, snapshot: Option<Snapshot>) -> RuntimeBuilder {
        RuntimeBuilder {
            globals: self.globals,
            initial_heap: self.initial_heap,
            most_timers: self.most_timers,
            snapshot,
            ..RuntimeBuilder::default()
        }
    }
}

/// The one that is made ahead, or is being made.
struct Spare {
    id: u64,
    kind: Kind,
    orders: oneshot::Sender<Order>,
    /// Closes when its thread has ended.
    ended: async_channel::Receiver<()>,
}

struct State {
    /// Of the runtime that ended last, unless one was made ahead since.
    ended: Option<Kind>,
    spare: Option<Spare>,
    last_id: u64,
}

static STATE: Mutex<State> = Mutex::new(State { ended: None, spare: None, last_id: 0 });

/// The process that has made one; 0 before. What forks of it inherit is of no use: its thread is not there.
static OWNER: AtomicU32 = AtomicU32::new(0);

fn lock() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether this process is none that was forked from one with a spare runtime.
fn is_owner(if_nobody: bool) -> bool {
    match OWNER.load(Ordering::Relaxed) {
        0 => if_nobody,
        owner => owner == std::process::id(),
    }
}

/// Gives an order to the spare runtime. One that is still being made is there before one that would be begun only now.
///
/// # Errors
/// The order, when there is none of its kind.
pub(crate) fn hand_over(order: Order) -> Result<(), Order> {
    let spare = match order.kind {
        Some(kind) if is_owner(false) => lock().spare.take_if(|spare| spare.kind == kind),
        _ => None,
    };
    match spare {
        Some(spare) => spare.orders.send(order).map_err(oneshot::SendError::into_inner),
        None => Err(order),
    }
}

/// Has a runtime made for whoever asks next, if the one that ended last was of the kind that is asked for now, and no other is there.
pub(crate) fn follow(kind: Kind, snapshot: Option<Snapshot>) {
    if !is_owner(true) {
        return;
    }
    let mut state = lock();
    // One that has ended makes room for one that is made ahead: a process that keeps what it opens has none.
    if state.spare.is_some() || state.ended.take_if(|ended| *ended == kind).is_none() {
        return;
    }
    OWNER.store(std::process::id(), Ordering::Relaxed);
    state.last_id += 1;
    let id = state.last_id;
    let (orders, waiting) = oneshot::channel();
    let (ending, ended) = async_channel::bounded::<()>(1);
    let own_end = ended.clone();
    let work = move || {
        // Dropped last, when all of the runtime is gone.
        let _ending = ending;
        let made = kind.builder(snapshot).build_local();
        // Nobody will ask for what could not be made.
        let patience = if made.is_ok() { PATIENCE } else { Duration::ZERO };
        let order = wait(id, waiting, patience);
        match (made, order) {
            (Ok(runtime), Some(order)) => thread::open_spare(runtime, order, own_end),
            (Err(error), Some(order)) => {
                let _ = order.ready.send(Err(error));
            }
            (_, None) => {}
        }
    };
    if std::thread::Builder::new().name(thread::NAME.to_owned()).spawn(work).is_ok() {
        state.spare = Some(Spare { id, kind, orders, ended });
    }
}

/// Waits until somebody asks for the spare runtime; `None` when nobody does, and nobody will.
fn wait(id: u64, orders: oneshot::Receiver<Order>, patience: Duration) -> Option<Order> {
    match orders.recv_timeout(patience) {
        Err(oneshot::RecvTimeoutError::Timeout) => {
            let unasked = lock().spare.take_if(|spare| spare.id == id);
            // Whoever has taken it has sent the order, or is about to.
            if unasked.is_some() { None } else { orders.recv().ok() }
        }
        order => order.ok(),
    }
}

/// A runtime has ended.
pub(crate) fn note_end(kind: Kind) {
    if is_owner(true) {
        lock().ended = Some(kind);
    }
}

/// Ends the runtime that is kept ready for whoever asks next, if there is one, and waits until everything of it is freed; see
/// [`RuntimeBuilder::spare`]. For programs that are about to end, or to give up what a thread that is there already would keep.
///
/// ```
/// jsrun::Runtime::new()?.close();
/// let runtime = jsrun::Runtime::new()?;
/// jsrun::end_spare();
/// // Runtimes in use go on.
/// assert_eq!(runtime.eval("6 * 7")?.as_f64(), Some(42.0));
/// # Ok::<(), jsrun::Error>(())
/// ```
pub fn end_spare() {
    if is_owner(false)
        && let Some(spare) = { lock().spare.take() }
    {
        drop(spare.orders);
        let _ = spare.ended.recv_blocking();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unlike_others() -> Kind {
        Kind { globals: Globals::Web, initial_heap: ByteSize::bytes(0), most_timers: 87_654, snapshot: None }
    }

    #[test]
    fn one_that_nobody_asks_for_is_let_go() {
        let (orders, waiting) = oneshot::channel();
        let (_ending, ended) = async_channel::bounded(1);
        lock().spare = Some(Spare { id: u64::MAX, kind: unlike_others(), orders, ended });
        assert!(wait(u64::MAX, waiting, Duration::ZERO).is_none());
        assert!(lock().spare.as_ref().is_none_or(|spare| spare.id != u64::MAX));
    }

    #[test]
    fn one_that_is_asked_for_as_its_time_ends_waits_for_the_order() {
        let (orders, waiting) = oneshot::channel();
        let (ready, _started) = oneshot::channel();
        let order = Order { builder: RuntimeBuilder::default().most_timers(3), kind: None, ready };
        let (going, goes) = std::sync::mpsc::channel();
        let waits = std::thread::spawn(move || {
            going.send(()).expect("the test listens");
            wait(u64::MAX - 1, waiting, Duration::ZERO)
        });
        goes.recv().expect("it begins");
        assert!(orders.send(order).is_ok());
        let order = waits.join().expect("no panic").expect("the order");
        assert_eq!(order.builder.most_timers, 3);
    }
}
