//! What a remote runtime's handles and its thread share.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use jsrun::{
    CloseReason, ConversionError, Error, FunctionHandle, HandleOwner, HandleSource, LimitKind, StreamHandle,
    sending,
};
use jsrun_proto::encode_within;

use crate::message::{Caps, ToRuntime, too_large};

use super::calls::{Calls, Departure};
use super::finish::Finish;
use super::leash::Leash;
use super::outbox::Outbox;
use super::targets::Targets;
use super::wake::Wake;

/// What a remote runtime's handles and its thread share.
pub(super) struct Shared {
    pub(super) outbox: Outbox,
    pub(super) wake: Arc<Wake>,
    pub(super) calls: Mutex<Calls>,
    pub(super) targets: Targets,
    pub(super) handles: Arc<Handles>,
    pub(super) caps: Caps,
    /// The limit of the size of values.
    pub(super) size: u64,
    /// The time of calls that say nothing else.
    pub(super) wall: Duration,
    /// Whether the thread that waits for a command is to stop that.
    pub(super) interrupted: Box<dyn Fn() -> bool + Send + Sync>,
    /// Held by who sends calls, and what stops them.
    sending: Mutex<()>,
    /// Until the session is over.
    leash: Mutex<Option<Box<dyn Leash>>>,
    /// The session's thread.
    pub(super) thread: OnceLock<ThreadId>,
    /// Closes when the thread has ended.
    pub(super) ended: async_channel::Receiver<()>,
    closed: AtomicU8,
    /// How the process died.
    crash: OnceLock<String>,
}

const OPEN: u8 = 0;

/// How many bytes may wait for a worker that does not read them before no more calls are sent and no more asks heard.
const MOST_UNSENT: usize = 64 << 20;

impl Shared {
    #[expect(clippy::too_many_arguments, reason = "a constructor of private parts, called once")]
    pub(super) fn new(
        outbox: Outbox,
        wake: Arc<Wake>,
        calls: Calls,
        caps: Caps,
        size: u64,
        wall: Duration,
        interrupted: Box<dyn Fn() -> bool + Send + Sync>,
        leash: Box<dyn Leash>,
        ended: async_channel::Receiver<()>,
    ) -> Self {
        Self {
            outbox,
            wake,
            calls: Mutex::new(calls),
            targets: Targets::default(),
            handles: Arc::default(),
            caps,
            size,
            wall,
            interrupted,
            sending: Mutex::default(),
            leash: Mutex::new(Some(leash)),
            thread: OnceLock::new(),
            ended,
            closed: AtomicU8::new(OPEN),
            crash: OnceLock::new(),
        }
    }

    pub(super) fn lock_calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why the runtime takes no more calls, if it does not.
    pub(super) fn close_reason(&self) -> Option<CloseReason> {
        const REASONS: [CloseReason; 5] = [
            CloseReason::Closed,
            CloseReason::Terminated,
            CloseReason::Memory,
            CloseReason::Unclean,
            CloseReason::Crashed,
        ];
        let code = usize::from(self.closed.load(Ordering::Acquire));
        code.checked_sub(1).and_then(|index| REASONS.get(index)).copied()
    }

    pub(super) fn closed_error(&self) -> Error {
        Error::Closed(self.close_reason().unwrap_or(CloseReason::Crashed))
    }

    /// Ends the process and takes no more calls. The first reason stands.
    pub(super) fn shut(&self, reason: CloseReason) {
        let code = match reason {
            CloseReason::Closed => 1,
            CloseReason::Terminated => 2,
            CloseReason::Memory => 3,
            CloseReason::Unclean => 4,
            CloseReason::Crashed => 5,
        };
        if self.closed.compare_exchange(OPEN, code, Ordering::AcqRel, Ordering::Acquire).is_ok() {
            self.kill();
            self.wake.wake();
        }
    }

    pub(super) fn kill(&self) {
        if let Some(leash) = &*self.lock_leash() {
            leash.kill();
        }
    }

    /// Which limit the process is over.
    pub(super) fn look(&self) -> Option<LimitKind> {
        self.lock_leash().as_ref()?.look()
    }

    /// Lets go of the process, which ends it.
    pub(super) fn take_leash(&self) -> Option<Box<dyn Leash>> {
        self.lock_leash().take()
    }

    fn lock_leash(&self) -> MutexGuard<'_, Option<Box<dyn Leash>>> {
        self.leash.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// [`Shared::shut`], because the process died or has to, for this reason.
    pub(super) fn crash(&self, how: impl Into<String>) {
        // Before anybody can ask for it.
        let _ = self.crash.set(how.into());
        self.shut(CloseReason::Crashed);
    }

    pub(super) fn crash_reason(&self) -> Option<&str> {
        self.crash.get().map(String::as_str)
    }

    /// Sends the calls that wait for it, as far as the worker has room for them.
    pub(super) fn send_queued(&self) {
        let mut failed = Vec::new();
        {
            // One at a time: what two threads send must not overtake each other.
            let _sending = self.lock_sending();
            while !self.outbox_is_full() {
                let Some(departure) = self.lock_calls().depart(Instant::now()) else { break };
                failed.extend(self.send_call(departure));
            }
        }
        // Who is told may make calls.
        for (finish, error) in failed {
            finish.fail(error.into());
        }
    }

    /// Sends a call. Gives who is to be told when it does not fit into a frame.
    fn send_call(&self, departure: Departure) -> Option<(Finish, ConversionError)> {
        let Departure { id, call, form, announce, wakes } = departure;
        if wakes {
            self.wake.wake();
        }
        let error = self.send(&ToRuntime::Call { id, call, form, announce }).err()?;
        // Otherwise it was told that the runtime is closed.
        let finish = self.lock_calls().done(id, Instant::now()).ok()?;
        Some((finish, error))
    }

    /// Queues a call and sends it, and does something between its departure and that.
    #[cfg(test)]
    pub(super) fn send_slowly(&self, call: jsrun::Call, meanwhile: impl FnOnce(u64)) {
        // Before it is queued: the session's thread sends what is.
        let _sending = self.lock_sending();
        let finish = Finish::Value(Box::new(|_| ()));
        let form = crate::message::Form::Wait;
        let queued = self.lock_calls().queue(call, form, Duration::MAX, finish);
        let id = queued.ok().expect("it is open");
        let departure = self.lock_calls().depart(Instant::now()).expect("there is room");
        meanwhile(id);
        assert!(self.send_call(departure).is_none());
    }

    /// Has the worker stop a call. One that was not sent will not be: gives who is to be told.
    pub(super) fn cancel(&self, id: u64) -> Option<Finish> {
        // Not between a call's departure and its way to the socket: the worker must hear of the call first.
        let _sending = self.lock_sending();
        let unsent = self.lock_calls().take_back(id);
        if unsent.is_none() {
            self.lock_calls().cancel(id, Instant::now());
            // It always fits.
            let _ = self.send(&ToRuntime::Cancel { id });
            // So that it looks in time whether it was stopped.
            self.wake.wake();
        }
        unsent
    }

    fn lock_sending(&self) -> MutexGuard<'_, ()> {
        self.sending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether so much waits for the socket that no more calls are to be sent and no more asks heard.
    pub(super) fn outbox_is_full(&self) -> bool {
        self.outbox.len() > MOST_UNSENT
    }

    /// Sends a message, as far as the socket takes it now, and what has become of handles before it.
    ///
    /// # Errors
    /// When it does not fit into a frame; it is not sent then.
    pub(super) fn send(&self, message: &ToRuntime) -> Result<(), ConversionError> {
        let (encoded, _handles) = sending(self.caps.transfer, || encode_within(message, self.caps.frame));
        let frame = encoded.map_err(|error| too_large(&error, self.size))?;
        let released = self.handles.take_released();
        let released = (!released.is_empty()).then(|| ToRuntime::Release(released));
        let released = released.and_then(|message| encode_within(&message, self.caps.frame).ok());
        if self.outbox.send(released.into_iter().chain([frame])) {
            self.wake.wake();
        }
        Ok(())
    }
}

/// The worker's handles that the host holds.
#[derive(Default)]
pub(super) struct Handles {
    owner: Arc<Released>,
}

impl Handles {
    /// Who is told that nobody holds a handle any more.
    pub(super) fn owner(&self) -> Arc<dyn HandleOwner> {
        Arc::clone(&self.owner) as Arc<dyn HandleOwner>
    }

    fn take_released(&self) -> Vec<u64> {
        std::mem::take(&mut *self.owner.lock())
    }
}

impl HandleSource for Handles {
    fn function(&self, id: u64) -> Option<FunctionHandle> {
        Some(FunctionHandle::new(id, self.owner()))
    }

    fn stream(&self, id: u64) -> Option<StreamHandle> {
        Some(StreamHandle::new(id, self.owner()))
    }
}

/// Handles that nobody holds any more. The worker hears of them with the next message.
#[derive(Default)]
struct Released(Mutex<Vec<u64>>);

impl Released {
    fn lock(&self) -> MutexGuard<'_, Vec<u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HandleOwner for Released {
    fn release(&self, id: u64) {
        self.lock().push(id);
    }
}
