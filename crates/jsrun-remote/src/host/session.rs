//! The thread that speaks with a worker.

use std::os::fd::OwnedFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jsrun::{Event, HandleSource, HostError, HostReply, LimitKind, LoadedModule, Value, receiving};
use jsrun_proto::{Decoder, FrameError};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::RecvFlags;

use crate::failure::HostFailure;
use crate::message::{Answer, Ask, Caps, FromRuntime, Given, Outcome, Settled, ToRuntime, to_load_error};

use super::calls::Breach;
use super::finish::Finish;
use super::foreign;
use super::permits::{Permit, Permits};
use super::shared::Shared;
use super::targets::Target;
use super::tasks::{Task, Tasks};

/// Who hears the console.
pub(super) type Listener = Box<dyn Fn(Event) + Send + Sync>;

/// How often a process that computes is looked at, at first. It fills some 20 MB in that time.
const FIRST_LOOK: Duration = Duration::from_millis(10);

/// How often one that goes on for long.
const RARE_LOOK: Duration = Duration::from_millis(160);

/// How often a worker that reads nothing is looked at before it is killed.
const STALL_LOOKS: u32 = 4;

/// How much is read from the socket at once.
const READ_SIZE: usize = 64 << 10;

/// The thread that speaks with a worker: it hears what the worker says, in order, and runs the host's functions.
pub(super) struct Session {
    shared: Arc<Shared>,
    doors: Doors,
    decoder: Decoder<FromRuntime>,
    caps: Caps,
    tasks: Tasks,
    permits: Permits,
    on_console: Option<Listener>,
    looks: Looks,
    grace: Duration,
    stall: Option<Stall>,
    bytes: Vec<u8>,
}

/// What the session's thread waits at. The descriptors end with the session.
pub(super) struct Doors {
    pub(super) socket: Arc<OwnedFd>,
    pub(super) bell: Arc<OwnedFd>,
}

/// A worker that does not read, while the outbox is full.
struct Stall {
    /// What the socket had taken then.
    taken: u64,
    /// For how long it has taken nothing more.
    time: Duration,
    looked: Instant,
}

/// Why there is nothing more to be heard.
enum Ending {
    /// Somebody has closed the runtime.
    Closed,
    /// The worker is gone.
    Gone,
    /// The worker said what none of ours says.
    Breach(String),
    /// The worker did not stop a call.
    Overdue,
    /// The worker is over a limit.
    Over(LimitKind),
    /// This thread's own code has panicked.
    Failed,
}

impl From<Breach> for Ending {
    fn from(breach: Breach) -> Self {
        Self::Breach(format!("it said {}", breach.0))
    }
}

impl From<FrameError> for Ending {
    fn from(error: FrameError) -> Self {
        Self::Breach(error.to_string())
    }
}

impl Session {
    pub(super) fn new(
        shared: Arc<Shared>,
        doors: Doors,
        caps: Caps,
        on_console: Option<Listener>,
        grace: Duration,
    ) -> Self {
        Self {
            decoder: Decoder::within(caps.frame),
            tasks: Tasks::new(Arc::clone(&shared.wake)),
            permits: Permits::default(),
            grace,
            stall: None,
            bytes: vec![0; READ_SIZE],
            looks: Looks { next: None, interval: FIRST_LOOK, busy: false, active: Instant::now() },
            shared,
            doors,
            caps,
            on_console,
        }
    }

    /// Speaks with the worker until one of both ends, and then tells all who wait, whatever panics.
    pub(super) fn live(mut self) {
        let shared = Arc::clone(&self.shared);
        let ending = guard(|| {
            let Err(ending) = self.converse();
            ending
        });
        let ending = ending.unwrap_or(Ending::Failed);
        // With it goes what the session takes of others: a place in its pool, above all.
        let leash = shared.take_leash();
        match ending {
            Ending::Closed => {}
            // Closed a moment ago, it died of that.
            Ending::Gone if shared.close_reason().is_some() => {}
            Ending::Gone => {
                let death = leash.as_ref().and_then(|leash| guard(|| leash.death()));
                shared.crash(death.unwrap_or_default());
            }
            Ending::Breach(what) => shared.crash(format!("it was killed, because {what}")),
            Ending::Overdue => shared.crash("it was killed, because it did not stop a call in time"),
            Ending::Over(LimitKind::Memory) => shared.crash("Heap limit exceeded"),
            Ending::Over(kind) => {
                shared.crash(format!("it was killed, because it exceeded its {kind} limit"));
            }
            Ending::Failed => shared.crash("it was killed, because the thread that speaks with it failed"),
        }
        guarded(|| drop(leash));
        // What of the host the program has begun is over with it.
        guarded(|| drop(self));
        guarded(|| shared.targets.close());
        shared.outbox.close();
        shared.wake.close();
        let waiting = shared.lock_calls().close();
        for finish in waiting {
            guarded(|| finish.fail(shared.closed_error()));
        }
    }

    fn converse(&mut self) -> Result<std::convert::Infallible, Ending> {
        loop {
            self.hear_all()?;
            self.settle_woken();
            self.shared.send_queued();
            let Ready { socket, woken } = self.wait()?;
            self.check_open()?;
            if socket || woken {
                self.looks.active = Instant::now();
            }
            if woken {
                self.shared.wake.clear();
                self.check_open()?;
            }
            if socket {
                self.receive()?;
            }
        }
    }

    /// Hears what has come, unless the worker does not read the answers.
    fn hear_all(&mut self) -> Result<(), Ending> {
        let source = Arc::clone(&self.shared.handles) as Arc<dyn HandleSource>;
        while !self.shared.outbox_is_full() {
            let before = self.decoder.buffered();
            let decoded = receiving(&source, self.caps.transfer, || self.decoder.next_message())?;
            let Some(message) = decoded else { break };
            self.hear(message, before - self.decoder.buffered())?;
            self.check_open()?;
        }
        Ok(())
    }

    /// Sends the results that are there by now, unless the worker does not read them.
    fn settle_woken(&mut self) {
        let mut woken = self.tasks.woken();
        if woken == 0 {
            return;
        }
        let began = Instant::now();
        // One that wakes itself again has its next turn later.
        while woken > 0 && !self.shared.outbox_is_full() {
            woken -= 1;
            if let Some((ask, settled)) = self.tasks.poll_woken() {
                self.settle(ask, settled);
            }
        }
        self.excuse(began);
    }

    /// Takes what the socket has; gives how many bytes.
    fn receive(&mut self) -> Result<usize, Ending> {
        let received = rustix::io::retry_on_intr(|| {
            rustix::net::recv(&self.doors.socket, &mut self.bytes[..], RecvFlags::DONTWAIT)
        });
        match received {
            Ok((0, _)) => Err(Ending::Gone),
            Ok((count, _)) => {
                self.decoder.feed(&self.bytes[..count]);
                Ok(count)
            }
            Err(Errno::AGAIN) => Ok(0),
            Err(_) => Err(Ending::Gone),
        }
    }

    /// Hears what the worker has said so far, up to the length of a frame: it may be just what is missed, when this process
    /// has been stopped meanwhile.
    fn catch_up(&mut self) -> Result<(), Ending> {
        let mut left = self.caps.frame;
        while left > 0 && !self.shared.outbox_is_full() {
            let count = self.receive()?;
            if count == 0 {
                break;
            }
            left = left.saturating_sub(count);
            self.hear_all()?;
        }
        Ok(())
    }

    /// A worker that lets answers pile up and reads none of them is none of ours.
    fn check_reading(&mut self) -> Result<(), Ending> {
        if !self.shared.outbox_is_full() {
            self.stall = None;
            return Ok(());
        }
        let (now, taken) = (Instant::now(), self.shared.outbox.taken());
        match &mut self.stall {
            Some(stall) if stall.taken == taken => {
                // Not more than was waited for: both processes may have been stopped in between.
                stall.time += now.duration_since(stall.looked).min(self.grace / STALL_LOOKS);
                stall.looked = now;
                if stall.time >= self.grace {
                    return Err(Ending::Breach("it does not read what it is sent".to_owned()));
                }
            }
            _ => self.stall = Some(Stall { taken, time: Duration::ZERO, looked: now }),
        }
        Ok(())
    }

    fn check_open(&self) -> Result<(), Ending> {
        self.shared.close_reason().map_or(Ok(()), |_| Err(Ending::Closed))
    }

    /// Waits for the worker, for who wakes the thread, and for the time to look at the worker. Sends what waits to be sent.
    fn wait(&mut self) -> Result<Ready, Ending> {
        let mut now = Instant::now();
        let checked = self.shared.lock_calls().check(now);
        if checked.is_err() {
            self.catch_up()?;
            now = Instant::now();
        }
        let (deadline, look) = {
            let mut calls = self.shared.lock_calls();
            let deadline = calls.check(now).map_err(|_| Ending::Overdue)?;
            let look = self.looks.next(calls.is_busy(), now);
            if deadline.is_none() && look.is_none() {
                calls.stop_watching();
            }
            (deadline, look)
        };
        if look.is_some_and(|then| then <= now) {
            if let Some(kind) = self.shared.look() {
                return Err(Ending::Over(kind));
            }
            self.looks.looked(now);
        }
        let is_full = self.shared.outbox_is_full();
        let reading = is_full.then(|| now + self.grace / STALL_LOOKS);
        let next = [deadline, self.looks.next, reading].into_iter().flatten().min();
        let timeout = next.map(|then| then.saturating_duration_since(now));
        let timeout = timeout.map(|timeout| Timespec {
            tv_sec: i64::try_from(timeout.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: timeout.subsec_nanos().into(),
        });
        // Nothing more is heard before the answers to what was are under way.
        let reads = if is_full { PollFlags::empty() } else { PollFlags::IN };
        let writes = if self.shared.outbox.is_empty() { PollFlags::empty() } else { PollFlags::OUT };
        let mut polled =
            [PollFd::new(&self.doors.socket, reads | writes), PollFd::new(&self.doors.bell, PollFlags::IN)];
        match poll(&mut polled, timeout.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(_) => return Err(Ending::Gone),
        }
        let [socket, wake] = polled.map(|polled| polled.revents());
        if socket.intersects(PollFlags::OUT | PollFlags::HUP | PollFlags::ERR) {
            self.shared.outbox.flush();
        }
        self.check_reading()?;
        Ok(Ready {
            socket: socket.intersects(PollFlags::IN | PollFlags::HUP | PollFlags::ERR),
            woken: !wake.is_empty(),
        })
    }

    /// Hears a message whose frame has this length.
    fn hear(&mut self, message: FromRuntime, length: usize) -> Result<(), Ending> {
        let began = Instant::now();
        match message {
            FromRuntime::Began { id } => self.shared.lock_calls().began(id, began)?,
            FromRuntime::Waits { id } => {
                let first = self.shared.lock_calls().waits(id, began)?;
                if let Some(first) = first {
                    guarded(|| first(Ok(None)));
                }
            }
            FromRuntime::Done { id, result } => {
                let finish = self.shared.lock_calls().done(id, began)?;
                let result = result
                    .map_err(|failure| failure.into_error(|error| self.shared.targets.find_error(error)));
                deliver(&self.shared, finish, result)?;
            }
            FromRuntime::Console(event) => {
                let Some(listener) = &self.on_console else {
                    return Err(Breach("what was written to a console that nobody hears").into());
                };
                guarded(|| listener(Event::Console(*event)));
            }
            FromRuntime::Ask { ask, target, what } => {
                // The event loop of a worker turns only while somebody waits for something.
                if self.shared.lock_calls().is_empty() {
                    return Err(Breach("an ask while it had nothing to do").into());
                }
                if self.tasks.contains(ask) {
                    return Err(Breach("two asks of one number").into());
                }
                let target = self.shared.targets.get(target).ok_or(Breach("an ask of nobody"))?;
                self.serve(ask, target, what, length)?;
            }
            FromRuntime::GiveUp { ask } => guarded(|| self.tasks.remove(ask)),
            FromRuntime::CancelStream { stream } => match self.shared.targets.cancel(stream) {
                Some(stream) => guarded(|| stream.cancel()),
                None => return Err(Breach("that it cancels a stream which is none").into()),
            },
            FromRuntime::Forget { target } => guarded(|| self.shared.targets.remove(target)),
            FromRuntime::ForgetError { error } => guarded(|| self.shared.targets.forget_error(error)),
            FromRuntime::Failed(reason) => return Err(Ending::Breach(format!("it failed: {reason:?}"))),
        }
        self.excuse(began);
        Ok(())
    }

    /// What the host did in that time is not the worker's.
    fn excuse(&self, began: Instant) {
        let spent = began.elapsed();
        if spent >= Duration::from_millis(1) {
            self.shared.lock_calls().extend(spent, began);
        }
    }

    /// Does what JavaScript asks of the host.
    fn serve(&mut self, ask: u64, target: Target, what: Ask, length: usize) -> Result<(), Ending> {
        let full = || HostFailure::new("RangeError", "too many calls of host functions wait");
        match (target, what, self.permits.take(length)) {
            (Target::Function(_), Ask::Call(_), None)
            | (Target::Resolver(_), Ask::Resolve { .. }, None)
            | (Target::Loader(_), Ask::Load { .. }, None) => self.answer(ask, Err(full())),
            (Target::Stream(_), Ask::Pull, None) => self.settle(ask, Err(full())),
            (Target::Function(function), Ask::Call(args), Some(permit)) => {
                match permit
                    .within(|| guard(|| function.call(args)))
                    .unwrap_or_else(|| HostReply::Now(Err(panicked())))
                {
                    HostReply::Now(result) => self.answer(ask, self.settled(result)),
                    HostReply::Later(result) => {
                        let shared = Arc::clone(&self.shared);
                        let task = Box::pin(async move { settled(&shared, result.await) });
                        self.answer_later(ask, task, permit);
                    }
                }
            }
            (Target::Stream(stream), Ask::Pull, Some(permit)) => {
                let Some(chunk) = permit.within(|| guard(|| stream.next())) else {
                    self.settle(ask, Err(self.shared.targets.keep_error(panicked())));
                    return Ok(());
                };
                let shared = Arc::clone(&self.shared);
                self.begin(ask, Box::pin(async move { settled_chunk(&shared, chunk.await) }), permit);
            }
            (Target::Resolver(resolver), Ask::Resolve { specifier, referrer }, Some(permit)) => {
                let url = permit.within(|| guard(|| resolver(&specifier, &referrer)));
                let url = url.unwrap_or_else(|| Err(to_load_error(panicked())));
                self.answer(ask, url.map(Given::Url).map_err(Into::into));
            }
            (Target::Loader(loader), Ask::Load { url }, Some(permit)) => {
                let source = permit.within(|| guard(|| loader(&url)));
                match source.unwrap_or_else(|| LoadedModule::Now(Err(to_load_error(panicked())))) {
                    LoadedModule::Now(source) => {
                        self.answer(ask, source.map(Given::Source).map_err(Into::into));
                    }
                    LoadedModule::Later(source) => {
                        let task = async move { source.await.map(Given::Source).map_err(Into::into) };
                        self.answer_later(ask, Box::pin(task), permit);
                    }
                }
            }
            _ => return Err(Breach("an ask of the wrong kind").into()),
        }
        Ok(())
    }

    fn settled(&self, result: Result<Value, HostError>) -> Settled {
        settled(&self.shared, result)
    }

    fn answer(&self, ask: u64, result: Settled) {
        self.try_both(result, |result| ToRuntime::Answer { ask, answer: Answer::Now(result) });
    }

    fn answer_later(&mut self, ask: u64, task: Task, permit: Permit) {
        // It always fits.
        let _ = self.shared.send(&ToRuntime::Answer { ask, answer: Answer::Later });
        self.begin(ask, task, permit);
    }

    fn begin(&mut self, ask: u64, task: Task, permit: Permit) {
        if let Some(result) = self.tasks.add(ask, task, permit) {
            self.settle(ask, result);
        }
    }

    fn settle(&self, ask: u64, result: Settled) {
        self.try_both(result, |result| ToRuntime::Settle { ask, result });
    }

    /// Sends a result; one that fits into no frame is an error instead.
    fn try_both(&self, result: Settled, message: impl Fn(Settled) -> ToRuntime) {
        if let Err(error) = self.shared.send(&message(result)) {
            let failure = HostFailure::new("ConversionError", error.to_string());
            let _ = self.shared.send(&message(Err(failure)));
        }
    }
}

struct Ready {
    socket: bool,
    woken: bool,
}

/// When the thread looks up by itself: at the worker's process, while that is to do something, less and less often. For some
/// time after it goes on looking whether there is something to do, for to be woken by each of many short calls costs more.
struct Looks {
    next: Option<Instant>,
    interval: Duration,
    busy: bool,
    /// When somebody last said something.
    active: Instant,
}

/// For so long after the last call nobody need wake the thread for the next.
const WAKEFUL: Duration = if cfg!(test) { Duration::from_millis(20) } else { Duration::from_secs(5) };

impl Looks {
    fn next(&mut self, busy: bool, now: Instant) -> Option<Instant> {
        if busy {
            if !std::mem::replace(&mut self.busy, true) {
                self.interval = FIRST_LOOK;
                self.next = now.checked_add(FIRST_LOOK);
            }
        } else {
            self.busy = false;
            let later = || self.next.filter(|then| *then > now).or_else(|| now.checked_add(RARE_LOOK));
            self.next = if now.duration_since(self.active) < WAKEFUL { later() } else { None };
        }
        self.next
    }

    fn looked(&mut self, now: Instant) {
        self.interval = (self.interval * 2).min(RARE_LOOK);
        self.next = now.checked_add(self.interval);
    }
}

/// Gives a result to who waits for it.
fn deliver(shared: &Shared, finish: Finish, result: Result<Outcome, jsrun::Error>) -> Result<(), Ending> {
    if let Finish::Outcome(finish) = finish {
        guarded(|| finish(result));
        return Ok(());
    }
    match result {
        Ok(Outcome::Value(value)) => guarded(|| finish.succeed(value)),
        Err(error) => guarded(|| finish.fail(error)),
        Ok(Outcome::Stats(_) | Outcome::Nothing) => {
            // Who waits is told as all others are, and may ask for the reason at once.
            let breach = Breach("a call's result that is none");
            shared.crash(format!("it was killed, because it said {}", breach.0));
            guarded(|| finish.fail(shared.closed_error()));
            return Err(breach.into());
        }
    }
    Ok(())
}

fn settled(shared: &Shared, result: Result<Value, HostError>) -> Settled {
    match result {
        Ok(value) => match foreign::check(&value, "result", &shared.handles.owner()) {
            Ok(()) => Ok(Given::Value(value)),
            Err(error) => Err(HostFailure::new("ConversionError", error.to_string())),
        },
        Err(error) => Err(shared.targets.keep_error(error)),
    }
}

fn settled_chunk(shared: &Shared, result: Result<Option<Value>, HostError>) -> Settled {
    match result {
        Ok(None) => Ok(Given::Chunk(None)),
        Ok(Some(value)) => match settled(shared, Ok(value))? {
            Given::Value(value) => Ok(Given::Chunk(Some(value))),
            other => Ok(other),
        },
        Err(error) => Err(shared.targets.keep_error(error)),
    }
}

/// Runs the host's code, whose panics are its own: they must not end the thread.
fn guard<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

fn guarded(work: impl FnOnce()) {
    let _ = guard(work);
}

fn panicked() -> HostError {
    HostError::new("Error", "the host function panicked")
}
