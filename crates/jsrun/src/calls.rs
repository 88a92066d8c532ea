//! Calls from the host: begun at once, and waited for while their promises are pending.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Instant;

use deno_core::v8;
use jsrun_types::{Limits, Value};

use crate::abandon::{Marks, is_stopped};
use crate::call::{Call, What};
use crate::call_control::CallControl;
use crate::error::Error;
use crate::event_loop::{self, TurnError};
use crate::local::LocalRuntime;
use crate::modules;
use crate::owners::{Owner, WaitingOwner};
use crate::perform::perform;
use crate::slice::{Halt, Settled, settle};
use crate::stats::Execution;
use crate::stop::Running;
use crate::watchdog::Deadlines;

/// Who gets a call's result.
pub(crate) type Finish = Box<dyn FnOnce(Result<Value, Error>)>;

/// Calls whose promises are pending, and the timer of their deadlines.
#[derive(Default)]
pub(crate) struct Waiting {
    calls: Vec<WaitingCall>,
    sleep: Option<Pin<Box<tokio::time::Sleep>>>,
}

struct WaitingCall {
    promise: v8::Global<v8::Promise>,
    waiting: Rc<WaitingOwner>,
    execution: Execution,
    marks: Marks,
    reads: bool,
}

impl Waiting {
    pub(crate) fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }
}

impl LocalRuntime {
    /// Makes a call and gives its result. A promise that has settled by the time the microtasks have run gives its value.
    ///
    /// # Errors
    /// [`Error::Pending`] when the promise has not settled; and whatever ends the call, see [`Error`].
    pub fn call(&mut self, call: impl Into<Call>) -> Result<Value, Error> {
        self.call_or_wait(&call.into(), None, None)?.ok_or(Error::Pending)
    }

    /// Makes a call and waits for its result: if that is a promise the event loop runs until it has settled.
    ///
    /// # Errors
    /// Whatever ends the call, see [`Error`].
    pub fn call_and_wait(&mut self, call: impl Into<Call>) -> Result<Value, Error> {
        check_not_driven()?;
        let answer = Rc::new(std::cell::RefCell::new(None));
        let to = Rc::clone(&answer);
        self.start(&call.into(), None, Box::new(move |result| *to.borrow_mut() = Some(result)));
        let tokio = Rc::clone(&self.tokio);
        tokio.block_on(std::future::poll_fn(|context| self.poll_calls(context)));
        answer.take().unwrap_or(Err(Error::NeverSettles))
    }

    /// Begins a call, which `control` can cancel. Its result goes to `finish`: now, or in a later turn of
    /// [`LocalRuntime::poll_calls`].
    pub(crate) fn start(&mut self, call: &Call, control: Option<Arc<CallControl>>, finish: Finish) {
        let finish = match call.what {
            What::StreamRead(_) => self.counting_chunks(finish),
            _ => finish,
        };
        match self.begin(call, control, Wait::Yes) {
            Ok(Begun::Over(value)) => self::finish(finish, Ok(value)),
            Err(error) => self::finish(finish, Err(error)),
            Ok(Begun::Waits(pending)) => self.wait_for(*pending, finish),
        }
    }

    /// Makes a call and gives its result. While its promise is pending there is none, and `later` gets it; without a
    /// `later` that is an error.
    pub(crate) fn call_or_wait(
        &mut self,
        call: &Call,
        control: Option<Arc<CallControl>>,
        later: Option<Finish>,
    ) -> Result<Option<Value>, Error> {
        match (self.begin(call, control, Wait::No)?, later) {
            (Begun::Over(value), _) => Ok(Some(value)),
            (Begun::Waits(pending), None) => {
                if pending.reads {
                    self.give_up_read(&pending.promise);
                }
                Err(Error::Pending)
            }
            (Begun::Waits(pending), Some(later)) => {
                self.wait_for(*pending, later);
                Ok(None)
            }
        }
    }

    fn wait_for(&mut self, pending: Pending, finish: Finish) {
        let Pending { promise, control, deadlines, limits, execution, marks, reads } = pending;
        control.waits.store(true, Ordering::Release);
        let owner = Owner::call(control.number);
        let waiting = WaitingOwner::new(owner, control, deadlines, limits, finish);
        self.state.owners.begin(Rc::clone(&waiting), &self.stop);
        self.waiting.calls.push(WaitingCall { promise, waiting, execution, marks, reads });
    }

    fn begin(&mut self, call: &Call, control: Option<Arc<CallControl>>, wait: Wait) -> Result<Begun, Error> {
        self.check_open()?;
        self.wait_for_debugger();
        if control.as_ref().is_some_and(|control| control.is_cancelled()) {
            return Err(Error::Cancelled);
        }
        let number = control.as_ref().map_or_else(CallControl::next_number, |control| control.number);
        let (running, owner) = (Running::Call(number), Owner::call(number));
        self.check_length(call)?;
        self.state.handles.collect();
        self.limit_heap();
        self.clean_before_call()?;
        self.listen();
        self.in_hand = control;
        let limits = Limits {
            wall: call.wall.unwrap_or(self.limits.wall),
            cpu: call.cpu.unwrap_or(self.limits.cpu),
            ..self.limits
        };
        let started = Instant::now();
        let mut deadlines = Deadlines::from(started, limits.wall, limits.cpu);
        let (timers, host_calls) = (self.state.timers.last_id(), self.state.bindings.mark());
        let before = self.busy;
        let mut execution = self.stats.begin(call, wait == Wait::Yes);
        let reads = matches!(call.what, What::StreamRead(_));
        let mut asked = None;
        let result = self.slice(started, running, deadlines, &limits, |scope, state| {
            let value = perform(scope, state, call)?;
            if reads {
                asked = v8::Local::try_from(value).ok().map(|promise| v8::Global::new(scope, promise));
            }
            scope.perform_microtask_checkpoint();
            settle(scope, state, value)
        });
        let result = match result {
            Ok(Settled::Pending(promise)) if wait == Wait::No && matches!(call.what, What::Module { .. }) => {
                self.load_at_once(running, deadlines, &limits, promise)
            }
            result => result,
        };
        let marks = Marks { timers, host_calls };
        execution.add(self.busy.saturating_sub(before));
        deadlines.extend(self.watch.watch().paused());
        // That of calls that wait is theirs, and told when the event loop turns.
        let state = Rc::clone(&self.state);
        let result = match (result, self.take_uncaught(|whose| !state.owners.waits(whose))) {
            (Ok(_), Some((_, uncaught))) => Err(uncaught),
            (result, _) => result,
        };
        match result {
            Ok(Settled::Value(value)) => {
                self.stats.end(execution);
                Ok(Begun::Over(value))
            }
            Ok(Settled::Pending(promise)) => {
                if wait == Wait::No {
                    self.stats.end(execution);
                }
                let control = self.in_hand.clone();
                let control = control.unwrap_or_else(|| CallControl::of(number, Arc::clone(&self.stop)));
                let pending = Pending { promise, control, deadlines, limits, execution, marks, reads };
                Ok(Begun::Waits(Box::new(pending)))
            }
            Err(error) => {
                self.stats.end(execution);
                match &asked {
                    Some(promise) if is_stopped(&error) => self.give_up_read(promise),
                    _ => self.abandon(&error, owner, marks),
                }
                Err(error)
            }
        }
    }

    /// Goes on with an import for as long as it need not wait: its modules are at hand, and none awaits anything.
    fn load_at_once(
        &mut self,
        running: Running,
        deadlines: Deadlines,
        limits: &Limits,
        promise: v8::Global<v8::Promise>,
    ) -> Result<Settled, Error> {
        loop {
            let context = &mut Context::from_waker(std::task::Waker::noop());
            let now = Instant::now();
            let polled =
                self.armed(now, running, deadlines, limits, |runtime| modules::poll(runtime, context))?;
            if !polled.advanced {
                break;
            }
        }
        self.slice(Instant::now(), running, deadlines, limits, |scope, state| {
            let promise = v8::Local::new(scope, promise);
            settle(scope, state, promise.into())
        })
    }

    /// Whether the runtime can take a call.
    pub(crate) fn check_open(&self) -> Result<(), Error> {
        self.closed.map_or(Ok(()), |reason| Err(Error::Closed(reason)))
    }

    fn check_length(&self, call: &Call) -> Result<(), Error> {
        let What::Eval { code, .. } = &call.what else { return Ok(()) };
        match self.state.modules.too_long(code.len()) {
            Some(limit) => Err(Error::SourceTooLong { length: code.len(), limit }),
            None => Ok(()),
        }
    }

    fn counting_chunks(&self, finish: Finish) -> Finish {
        let state = Rc::clone(&self.state);
        Box::new(move |result| {
            if let Ok(Value::Array(chunk)) = &result {
                for chunk in chunk {
                    state.streams.count_chunk(chunk);
                }
            }
            finish(result);
        })
    }

    /// Whether calls wait for their promises.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// One turn of the event loop for all calls that wait. Ready when none waits any more.
    pub(crate) fn poll_calls(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.state.handles.collect();
        loop {
            // First, so that no cancel after the look goes unheard.
            self.stop.register(context.waker());
            self.end_stopped_calls();
            if let Some(reason) = self.closed {
                self.fail_all(|| Error::Closed(reason));
            }
            if self.waiting.is_empty() {
                self.waiting.sleep = None;
                return Poll::Ready(());
            }
            let deadlines = self.earliest_deadlines();
            let turned = self.turn(context, deadlines);
            match turned {
                Ok(Poll::Ready(())) => {
                    self.finish_settled_calls();
                    // Nothing could settle them any more.
                    self.fail_all(|| Error::NeverSettles);
                }
                Ok(Poll::Pending) => {
                    let finished = self.finish_settled_calls();
                    if !finished && self.sleep_until(deadlines.wall, context).is_pending() {
                        return Poll::Pending;
                    }
                }
                Err(error) => self.fail_after(error),
            }
        }
    }

    fn earliest_deadlines(&self) -> Deadlines {
        let all = || self.waiting.calls.iter().map(|call| call.waiting.deadlines.get());
        let last: Option<Vec<_>> = all().map(|deadlines| deadlines.wall).collect();
        Deadlines {
            wall: all().filter_map(|deadlines| deadlines.wall).min(),
            last_wall: last.and_then(|walls| walls.into_iter().max()),
            cpu: all().filter_map(|deadlines| deadlines.cpu).min_by_key(|(_, deadline)| *deadline),
        }
    }

    /// A turn of the event loop, as a slice that may be any waiting call's.
    fn turn(&mut self, context: &mut Context<'_>, deadlines: Deadlines) -> Result<Poll<()>, Error> {
        let before = self.busy;
        let limits = self.limits;
        // What says nothing else is nobody's.
        self.enter(Owner::NOBODY);
        let polled = self.armed(Instant::now(), Running::EventLoop, deadlines, &limits, |runtime| {
            event_loop::turn(runtime, context)
        });
        let paused = self.watch.watch().paused();
        for call in &mut self.waiting.calls {
            call.execution.add(self.busy.saturating_sub(before));
            let mut deadlines = call.waiting.deadlines.get();
            deadlines.extend(paused);
            call.waiting.deadlines.set(deadlines);
        }
        let polled = match polled {
            // A call is over; the others go on.
            Err(Halt::Interrupted) => {
                self.forget_interrupted_modules();
                context.waker().wake_by_ref();
                return Ok(Poll::Pending);
            }
            polled => polled?,
        };
        match polled {
            Poll::Pending => Ok(Poll::Pending),
            Poll::Ready(Ok(())) => Ok(Poll::Ready(())),
            Poll::Ready(Err(TurnError::Engine(exception))) => Err(exception.into()),
            Poll::Ready(Err(TurnError::Uncaught)) => {
                context.waker().wake_by_ref();
                self.fail_after_uncaught();
                Ok(Poll::Pending)
            }
        }
    }

    /// Pending until a deadline.
    fn sleep_until(&mut self, deadline: Option<Instant>, context: &mut Context<'_>) -> Poll<()> {
        let Some(deadline) = deadline else {
            self.waiting.sleep = None;
            return Poll::Pending;
        };
        let deadline = tokio::time::Instant::from_std(deadline);
        let tokio = Rc::clone(&self.tokio);
        let _guard = tokio.enter();
        let sleep = self.waiting.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        if sleep.deadline() != deadline {
            sleep.as_mut().reset(deadline);
        }
        sleep.as_mut().poll(context)
    }

    /// Ends the calls that their callers cancelled, and those whose time is up.
    fn end_stopped_calls(&mut self) {
        let now = Instant::now();
        let (stopped, going): (Vec<_>, Vec<_>) = std::mem::take(&mut self.waiting.calls)
            .into_iter()
            .partition(|call| call.waiting.is_answered() || call.waiting.over(now).is_some());
        self.waiting.calls = going;
        for call in stopped {
            // Who has been answered hears no second error.
            let error = call.waiting.over(now).unwrap_or(Error::Cancelled);
            self.end_call(call, Err(error));
        }
    }

    /// After a turn that ended with an error: a memory limit, an uncaught exception, a stop.
    fn fail_after(&mut self, error: Error) {
        let limit = match &error {
            // Whose deadline it was is told by the calls themselves.
            Error::Limit { kind: jsrun_types::LimitKind::Wall | jsrun_types::LimitKind::Cpu, .. } => return,
            Error::Limit { kind, limits } => Some((*kind, *limits)),
            _ => None,
        };
        if matches!(error, Error::Cancelled) {
            return self.fail_all(|| Error::Cancelled);
        }
        // Nobody can tell whose fault it was.
        let mut first = Some(error);
        let mut again = |described: &str| match (first.take(), limit) {
            (Some(error), _) => error,
            (None, Some((kind, limits))) => Error::Limit { kind, limits },
            (None, None) => jsrun_types::Exception::new("Error", described).into(),
        };
        let described = "another call's uncaught error has ended this call";
        self.fail_all(|| again(described));
    }

    /// After a turn in which something was thrown that nothing caught: the calls fail whose it was. What is nobody's, or that of
    /// a call that is over, ends all.
    fn fail_after_uncaught(&mut self) {
        let state = Rc::clone(&self.state);
        while let Some((owner, error)) = self.take_uncaught(|whose| state.owners.waits(whose)) {
            state.uncaught.remove(|whose| whose == owner);
            if let Some(index) = self.waiting.calls.iter().position(|call| call.waiting.owner == owner) {
                let call = self.waiting.calls.remove(index);
                self.end_call(call, Err(error));
            }
        }
        if let Some((_, error)) = self.take_uncaught(|_| true) {
            self.fail_after(error);
        }
    }

    fn fail_all(&mut self, mut error: impl FnMut() -> Error) {
        for call in std::mem::take(&mut self.waiting.calls) {
            self.end_call(call, Err(error()));
        }
    }

    /// Finishes the calls whose promises have settled; tells whether there were any.
    fn finish_settled_calls(&mut self) -> bool {
        let mut any = false;
        let mut index = 0;
        while let Some(call) = self.waiting.calls.get(index) {
            let settled = {
                let js = self.js.as_mut().expect("only drop takes the runtime");
                deno_core::scope!(scope, js);
                v8::Local::new(scope, &call.promise).state() != v8::PromiseState::Pending
            };
            if !settled {
                index += 1;
                continue;
            }
            any = true;
            let call = self.waiting.calls.remove(index);
            let promise = call.promise.clone();
            let control = Arc::clone(&call.waiting.control);
            let running = control.running();
            self.in_hand = Some(Arc::clone(&control));
            // From here on it does not wait: it is what runs.
            self.state.owners.end(call.waiting.owner, &self.stop);
            let (deadlines, limits) = (call.waiting.deadlines.get(), call.waiting.limits);
            let result = self.slice(Instant::now(), running, deadlines, &limits, |scope, state| {
                let promise = v8::Local::new(scope, promise);
                settle(scope, state, promise.into())
            });
            let result = result.and_then(|settled| match settled {
                Settled::Value(value) => Ok(value),
                Settled::Pending(_) => Err(Error::NeverSettles),
            });
            // Nobody would take the chunk.
            let unwanted = call.reads && (control.is_cancelled() || call.waiting.is_answered());
            self.end_call(call, if unwanted { Err(Error::Cancelled) } else { result });
        }
        any
    }

    fn end_call(&mut self, call: WaitingCall, result: Result<Value, Error>) {
        let WaitingCall { promise, waiting, execution, marks, reads } = call;
        self.stats.end(execution);
        self.state.owners.end(waiting.owner, &self.stop);
        match &result {
            // Its timers and calls of the host are the stream's, which goes on.
            Err(error) if reads => self.give_up_unread(&promise, error),
            Err(error) => self.abandon(error, waiting.owner, marks),
            Ok(_) => {}
        }
        waiting.control.waits.store(false, Ordering::Release);
        waiting.answer(result);
    }

    /// Whether somebody has cancelled what is about to run.
    pub(crate) fn is_cancelled(&self, running: Running) -> bool {
        match running {
            Running::Call(_) => self.in_hand.as_ref().is_some_and(|control| control.is_cancelled()),
            Running::EventLoop => self.waiting.calls.iter().any(|call| call.waiting.control.is_cancelled()),
            Running::Nothing => false,
        }
    }

    /// Ends all calls, because the runtime is to close.
    pub(crate) fn close_calls(&mut self, mut error: impl FnMut() -> Error) {
        for call in std::mem::take(&mut self.waiting.calls) {
            self.state.owners.end(call.waiting.owner, &self.stop);
            call.waiting.control.waits.store(false, Ordering::Release);
            call.waiting.answer(Err(error()));
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wait {
    No,
    Yes,
}

/// What a call came to by the time its own JavaScript had run.
enum Begun {
    Over(Value),
    /// Boxed: most calls are over, and are spared to move it.
    Waits(Box<Pending>),
}

/// A call whose promise is pending, and what it goes on with.
struct Pending {
    promise: v8::Global<v8::Promise>,
    control: Arc<CallControl>,
    deadlines: Deadlines,
    limits: Limits,
    execution: Execution,
    marks: Marks,
    reads: bool,
}

/// Hands over a result. A panic of the host's is its own: it must not end the runtime's thread.
pub(crate) fn finish(finish: Finish, result: Result<Value, Error>) {
    let _ = catch_unwind(AssertUnwindSafe(|| finish(result)));
}

/// Refuses to block where an event loop is being driven already.
pub(crate) fn check_not_driven() -> Result<(), Error> {
    if tokio::runtime::Handle::try_current().is_ok() { Err(Error::Reentrant) } else { Ok(()) }
}
