//! What the worker owes an answer for, and until when.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use jsrun::{Call, Error, Later, Value};

use crate::message::{Form, Outcome};

/// Who gets the answer.
pub(super) enum Finish {
    /// A call that is waited for.
    Value(Box<dyn FnOnce(Result<Value, Error>) + Send>),
    /// A call that is not; `later` gets what comes after a pending promise.
    First { first: First, later: Option<Later> },
    /// A command.
    Outcome(Box<dyn FnOnce(Result<Outcome, Error>) + Send>),
}

/// Who gets what a call came to at first.
pub(super) type First = Box<dyn FnOnce(Result<Option<Value>, Error>) + Send>;

impl Finish {
    pub(super) fn succeed(self, value: Value) {
        match self {
            Self::Value(finish) => finish(Ok(value)),
            Self::First { first, .. } => first(Ok(Some(value))),
            Self::Outcome(finish) => finish(Ok(Outcome::Value(value))),
        }
    }

    pub(super) fn fail(self, error: Error) {
        match self {
            Self::Value(finish) => finish(Err(error)),
            Self::First { first, .. } => first(Err(error)),
            Self::Outcome(finish) => finish(Err(error)),
        }
    }
}

/// What the worker owes an answer for.
///
/// The worker stops programs itself. This is for the one that does not: it is *overdue* when a call's time is over by the
/// grace, and nothing else that may take longer stands in its way. A call that waits in the worker's queue has not begun;
/// and while one call's own JavaScript runs, that of others cannot be stopped, whose promises it keeps from settling. While
/// none runs, what waits in the queue must move: something of it has to begin within the shortest time in there.
pub(super) struct Calls {
    flights: HashMap<u64, Flight>,
    next: u64,
    grace: Duration,
    /// Calls in the air, without commands.
    count: usize,
    /// Of them those that have not begun, as far as is known.
    unbegun: usize,
    /// The call whose own JavaScript runs, as far as is known.
    foremost: Option<u64>,
    /// Nothing is overdue before this.
    not_before: Option<Instant>,
    /// A call's time is over and another stands in its way.
    blocked: bool,
    closed: bool,
    /// Nobody looks whether the worker is overdue until somebody is woken for that.
    unwatched: bool,
    /// Commands in the air.
    commands: usize,
    /// Since when nothing of the worker's queue has moved, if there is something in it and nothing known to run.
    standing: Option<Standing>,
    /// Calls that are not sent yet, because the worker has enough to do.
    line: VecDeque<Queued>,
}

struct Standing {
    since: Instant,
    /// What the host itself took of the time.
    excused: Duration,
}

struct Queued {
    id: u64,
    call: Call,
    form: Form,
    wall: Duration,
    finish: Finish,
}

/// A call to be sent now.
pub(super) struct Departure {
    pub(super) id: u64,
    pub(super) call: Call,
    pub(super) form: Form,
    pub(super) announce: bool,
    /// Whether who looks at the worker sleeps and is to be woken.
    pub(super) wakes: bool,
}

struct Flight {
    finish: Finish,
    /// `None` of commands.
    call: Option<InTheAir>,
}

struct InTheAir {
    wall: Duration,
    begun: bool,
    /// When its own time is over, whatever the host does meanwhile.
    end: Option<Instant>,
    /// With the grace. `None` when there is no limit, or it has not begun.
    deadline: Option<Instant>,
}

/// The worker has said something that none of ours says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Breach(pub(super) &'static str);

/// How many calls may wait in the worker's queue, which has place for each and for the two commands that announce it.
const MOST_UNBEGUN: usize = 300;

/// The time of a command, which is short. There is the grace, too.
const COMMAND_WALL: Duration = if cfg!(test) { Duration::from_millis(100) } else { Duration::from_secs(5) };

impl Calls {
    pub(super) fn new(grace: Duration) -> Self {
        Self {
            flights: HashMap::new(),
            next: 0,
            grace,
            count: 0,
            unbegun: 0,
            foremost: None,
            not_before: None,
            blocked: false,
            closed: false,
            unwatched: false,
            commands: 0,
            standing: None,
            line: VecDeque::new(),
        }
    }

    /// Puts a call behind those that wait to be sent; gives its number, or who is to be told that all is over.
    pub(super) fn queue(
        &mut self,
        call: Call,
        form: Form,
        wall: Duration,
        finish: Finish,
    ) -> Result<u64, Finish> {
        if self.closed {
            return Err(finish);
        }
        let id = self.new_id();
        self.line.push_back(Queued { id, call, form, wall, finish });
        Ok(id)
    }

    /// The next call to be sent, if there is one and the worker has room for it.
    pub(super) fn depart(&mut self, now: Instant) -> Option<Departure> {
        if self.unbegun >= MOST_UNBEGUN {
            return None;
        }
        let Queued { id, call, form, wall, finish } = self.line.pop_front()?;
        let announce = self.begin(id, finish, wall, now);
        let wakes = std::mem::take(&mut self.unwatched);
        Some(Departure { id, call, form, announce, wakes })
    }

    /// Takes a call out that has not been sent. Gives who is to be told.
    pub(super) fn take_back(&mut self, id: u64) -> Option<Finish> {
        let index = self.line.iter().position(|queued| queued.id == id)?;
        self.line.remove(index).map(|queued| queued.finish)
    }

    /// Enters a call; tells whether the worker is to announce it.
    fn begin(&mut self, id: u64, finish: Finish, wall: Duration, now: Instant) -> bool {
        let announce = self.count > 0;
        self.flights.insert(
            id,
            Flight { finish, call: Some(InTheAir { wall, begun: false, end: None, deadline: None }) },
        );
        self.count += 1;
        self.unbegun += 1;
        if announce {
            self.note_queued(now);
        } else {
            self.note_begun(id, now);
        }
        announce
    }

    /// Enters a command; gives its number, and whether who looks at the worker sleeps and is to be woken. Gives it back when
    /// all is over.
    pub(super) fn command(&mut self, finish: Finish, now: Instant) -> Result<(u64, bool), Finish> {
        if self.closed {
            return Err(finish);
        }
        let id = self.new_id();
        self.flights.insert(id, Flight { finish, call: None });
        self.commands += 1;
        self.note_queued(now);
        Ok((id, std::mem::take(&mut self.unwatched)))
    }

    /// The worker says that a call begins.
    pub(super) fn began(&mut self, id: u64, now: Instant) -> Result<(), Breach> {
        match self.flights.get(&id).and_then(|flight| flight.call.as_ref()) {
            Some(InTheAir { begun: false, .. }) => {
                self.note_begun(id, now);
                Ok(())
            }
            _ => Err(Breach("that a call begins which does not")),
        }
    }

    /// The worker says that a call's promise is pending. Gives who is to be told so.
    pub(super) fn waits(&mut self, id: u64, now: Instant) -> Result<Option<First>, Breach> {
        let Some(Flight { finish, call: Some(call) }) = self.flights.get_mut(&id) else {
            return Err(Breach("that something waits which does not"));
        };
        let first = match std::mem::replace(finish, Finish::Value(Box::new(|_| ()))) {
            Finish::First { first, later: Some(later) } => {
                *finish = Finish::Value(later);
                Some(first)
            }
            Finish::First { first, later: None } => {
                *finish = Finish::First { first, later: None };
                return Err(Breach("that a call waits which must not"));
            }
            waiting => {
                *finish = waiting;
                None
            }
        };
        if !call.begun {
            self.note_begun(id, now);
        }
        self.note_aside(id, now);
        Ok(first)
    }

    /// The worker says that something is over. Gives who is to be told so.
    pub(super) fn done(&mut self, id: u64, now: Instant) -> Result<Finish, Breach> {
        let Some(Flight { finish, call }) = self.flights.remove(&id) else {
            return Err(Breach("a result of nothing"));
        };
        if let Some(call) = call {
            self.count -= 1;
            self.unbegun -= usize::from(!call.begun);
            self.note_aside(id, now);
        } else {
            self.commands -= 1;
            self.note_moved(now);
        }
        Ok(finish)
    }

    /// The host cancels a call: from now on it has no more time than the grace.
    pub(super) fn cancel(&mut self, id: u64, now: Instant) {
        let Some(InTheAir { wall, begun, end: own_end, deadline }) =
            self.flights.get_mut(&id).and_then(|flight| flight.call.as_mut())
        else {
            return;
        };
        *wall = Duration::ZERO;
        if *begun {
            let end = now + self.grace;
            *own_end = Some(own_end.map_or(now, |then| then.min(now)));
            *deadline = Some(deadline.map_or(end, |then| then.min(end)));
            self.look_from(end);
        } else if self.standing.is_some() {
            self.look_from(now + self.grace);
        }
    }

    /// Whether the worker is overdue; otherwise when to look again.
    pub(super) fn check(&mut self, now: Instant) -> Result<Option<Instant>, Overdue> {
        if self.not_before.is_none_or(|then| now < then) {
            return Ok(self.not_before);
        }
        let calls = || self.flights.values().filter_map(|flight| flight.call.as_ref());
        let deadlines = || calls().filter_map(|call| call.deadline);
        let foremost = self.foremost.and_then(|id| self.flights.get(&id)?.call.as_ref());
        let is_over = |deadline: Option<Instant>| deadline.is_some_and(|then| then <= now);
        self.blocked = deadlines().any(|then| then <= now);
        if self.blocked && foremost.is_none_or(|call| is_over(call.deadline)) {
            return Err(Overdue);
        }
        let queue_end = self.queue_end();
        if is_over(queue_end) {
            return Err(Overdue);
        }
        self.not_before = deadlines().filter(|then| *then > now).chain(queue_end).min();
        Ok(self.not_before)
    }

    /// When something of the queue must have moved.
    fn queue_end(&self) -> Option<Instant> {
        let Standing { since, excused } = self.standing.as_ref()?;
        let shortest = self.shortest_wait()?;
        let end = since.checked_add(shortest)?.checked_add(self.grace)?.checked_add(*excused)?;
        // A promise's call may go on meanwhile, and is stopped at its own end only.
        let calls = self.flights.values().filter_map(|flight| flight.call.as_ref());
        Some(calls.filter_map(|call| call.deadline).fold(end, Instant::max))
    }

    /// The shortest time of what is in the worker's queue.
    fn shortest_wait(&self) -> Option<Duration> {
        let waits = self.flights.values().filter_map(|flight| match &flight.call {
            None => Some(COMMAND_WALL),
            Some(InTheAir { begun: false, wall, .. }) => Some(*wall),
            Some(InTheAir { begun: true, .. }) => None,
        });
        waits.min()
    }

    /// The host itself has kept the worker waiting for so long, from then on. That counts for those whose own time was not
    /// over then: a worker that keeps the host busy gains no more than that time once again.
    pub(super) fn extend(&mut self, by: Duration, from: Instant) {
        for call in self.flights.values_mut().filter_map(|flight| flight.call.as_mut()) {
            if let (Some(end), Some(deadline)) = (call.end, &mut call.deadline)
                && from < end
            {
                *deadline += by;
            }
        }
        let shortest = self.shortest_wait();
        if let (Some(standing), Some(shortest)) = (&mut self.standing, shortest)
            && from.saturating_duration_since(standing.since) < shortest.saturating_add(self.grace)
        {
            standing.excused += by;
        }
    }

    /// Whether a call would have to wait to be sent.
    pub(super) fn is_full(&self) -> bool {
        self.unbegun >= MOST_UNBEGUN || !self.line.is_empty()
    }

    /// Who looks at the worker will do so no more until woken. Not while calls are in the air.
    pub(super) fn stop_watching(&mut self) {
        self.unwatched = true;
    }

    /// Whether who looks at the worker is to be woken.
    #[cfg(test)]
    pub(super) fn is_unwatched(&self) -> bool {
        self.unwatched
    }

    /// Whether calls are in the air.
    pub(super) fn is_busy(&self) -> bool {
        self.count > 0
    }

    /// Takes nothing more; gives those who are to be told.
    pub(super) fn close(&mut self) -> Vec<Finish> {
        self.closed = true;
        self.count = 0;
        self.unbegun = 0;
        self.commands = 0;
        self.standing = None;
        self.not_before = None;
        let flights = std::mem::take(&mut self.flights).into_values().map(|flight| flight.finish);
        let queued = std::mem::take(&mut self.line).into_iter().map(|queued| queued.finish);
        flights.chain(queued).collect()
    }

    fn new_id(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn note_begun(&mut self, id: u64, now: Instant) {
        let Some(call) = self.flights.get_mut(&id).and_then(|flight| flight.call.as_mut()) else { return };
        call.begun = true;
        call.end = now.checked_add(call.wall);
        call.deadline = call.end.and_then(|end| end.checked_add(self.grace));
        let deadline = call.deadline;
        self.unbegun -= 1;
        self.foremost = Some(id);
        self.standing = None;
        self.look_from(deadline.unwrap_or(now));
        self.look_again_if_blocked(now);
    }

    /// A call's own JavaScript does not run any more.
    fn note_aside(&mut self, id: u64, now: Instant) {
        if self.foremost == Some(id) {
            self.foremost = None;
            // What it stood in the way of has to be looked at.
            if self.blocked {
                self.not_before =
                    self.flights.values().filter_map(|flight| flight.call.as_ref()?.deadline).min();
            }
        }
        self.note_moved(now);
    }

    /// Something is in the worker's queue.
    fn note_queued(&mut self, now: Instant) {
        if self.standing.is_none() {
            self.note_moved(now);
        }
    }

    /// The worker's queue has moved, or is about to begin to.
    fn note_moved(&mut self, now: Instant) {
        let stands = self.foremost.is_none() && self.unbegun + self.commands > 0;
        self.standing = stands.then_some(Standing { since: now, excused: Duration::ZERO });
        if stands {
            // No earlier than this is it overdue.
            self.look_from(now + self.grace);
        }
    }

    fn look_from(&mut self, then: Instant) {
        self.not_before = Some(self.not_before.map_or(then, |before| before.min(then)));
    }

    fn look_again_if_blocked(&mut self, now: Instant) {
        if self.blocked {
            self.not_before = Some(now);
        }
    }
}

/// The worker should have stopped a call long ago.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Overdue;

#[cfg(test)]
mod tests {
    use super::*;

    const GRACE: Duration = Duration::from_secs(1);
    const MINUTE: Duration = Duration::from_mins(1);

    fn calls() -> (Calls, Instant) {
        (Calls::new(GRACE), Instant::now())
    }

    fn queue(calls: &mut Calls, wall: Duration) -> u64 {
        let finish = Finish::Value(Box::new(|_| ()));
        calls.queue(Call::eval(""), Form::Wait, wall, finish).ok().expect("it is open")
    }

    fn begin(calls: &mut Calls, wall: Duration, now: Instant) -> (u64, bool) {
        let id = queue(calls, wall);
        let departure = calls.depart(now).expect("there is room");
        assert_eq!(departure.id, id);
        (id, departure.announce)
    }

    #[test]
    fn a_lone_call_is_overdue_after_its_time_and_the_grace() {
        let (mut calls, now) = calls();
        let (id, announce) = begin(&mut calls, MINUTE, now);
        assert!(!announce);
        assert_eq!(calls.check(now + MINUTE), Ok(Some(now + MINUTE + GRACE)));
        assert_eq!(calls.check(now + MINUTE + GRACE), Err(Overdue));
        assert!(calls.done(id, now).is_ok());
        assert_eq!(calls.check(now + 2 * MINUTE), Ok(None));
        assert!(calls.done(id, now).is_err());
    }

    #[test]
    fn a_call_that_waits_in_the_queue_has_not_begun() {
        let (mut calls, now) = calls();
        let (first, _) = begin(&mut calls, Duration::MAX, now);
        let (second, announce) = begin(&mut calls, MINUTE, now);
        assert!(announce);
        assert_eq!(calls.check(now + 5 * MINUTE), Ok(None));
        assert!(calls.done(first, now).is_ok());
        assert_eq!(calls.began(second, now + 5 * MINUTE), Ok(()));
        assert!(calls.began(second, now).is_err());
        assert!(calls.check(now + 5 * MINUTE).is_ok());
        assert_eq!(calls.check(now + 6 * MINUTE + GRACE), Err(Overdue));
    }

    #[test]
    fn a_call_without_a_limit_shields_those_that_wait_while_its_own_javascript_runs() {
        let (mut calls, now) = calls();
        let (short, _) = begin(&mut calls, MINUTE, now);
        assert!(calls.waits(short, now).is_ok());
        let (long, _) = begin(&mut calls, Duration::MAX, now);
        assert_eq!(calls.began(long, now), Ok(()));
        assert!(calls.check(now + 2 * MINUTE).is_ok());
        assert!(calls.waits(long, now + 2 * MINUTE).is_ok());
        assert_eq!(calls.check(now + 2 * MINUTE), Err(Overdue));
        assert!(calls.done(short, now).is_ok());
    }

    #[test]
    fn a_cancelled_call_has_the_grace_only() {
        let (mut calls, now) = calls();
        let (id, _) = begin(&mut calls, Duration::MAX, now);
        assert_eq!(calls.check(now), Ok(None));
        calls.cancel(id, now);
        assert_eq!(calls.check(now), Ok(Some(now + GRACE)));
        assert_eq!(calls.check(now + GRACE), Err(Overdue));
    }

    #[test]
    fn time_that_the_host_took_does_not_count() {
        let (mut calls, now) = calls();
        begin(&mut calls, MINUTE, now);
        calls.extend(MINUTE, now);
        assert!(calls.check(now + MINUTE + GRACE).is_ok());
        assert_eq!(calls.check(now + 2 * MINUTE + GRACE), Err(Overdue));
    }

    #[test]
    fn a_worker_that_keeps_the_host_busy_gains_no_more_than_its_own_time() {
        let (mut calls, now) = calls();
        begin(&mut calls, MINUTE, now);
        let most = now + 2 * MINUTE;
        for second in 0..600 {
            calls.extend(Duration::from_secs(1), now + Duration::from_secs(second));
        }
        assert!(calls.check(most).is_ok());
        assert_eq!(calls.check(most + GRACE), Err(Overdue));
    }

    #[test]
    fn what_waits_in_the_queue_must_begin_while_nothing_runs() {
        let (mut calls, now) = calls();
        let (first, _) = begin(&mut calls, Duration::MAX, now);
        assert!(calls.waits(first, now).is_ok());
        let (endless, _) = begin(&mut calls, Duration::MAX, now);
        assert!(calls.check(now + 2 * MINUTE).is_ok());
        let now = now + 2 * MINUTE;
        let (second, announce) = begin(&mut calls, MINUTE, now);
        assert!(announce);
        assert!(calls.check(now + 2 * GRACE).is_ok());
        assert_eq!(calls.began(endless, now + MINUTE), Ok(()));
        // It may run for as long as it likes.
        assert!(calls.check(now + 5 * MINUTE).is_ok());
        let now = now + 5 * MINUTE;
        assert!(calls.waits(endless, now).is_ok());
        assert!(calls.check(now + MINUTE).is_ok());
        calls.cancel(second, now + GRACE);
        assert_eq!(calls.check(now + 2 * MINUTE + GRACE), Err(Overdue));
        assert!(calls.done(second, now).is_ok());
        assert!(calls.check(now + 2 * MINUTE + GRACE).is_ok());
    }

    #[test]
    fn a_call_that_goes_on_with_a_promise_shields_the_queue_until_its_end() {
        let (mut calls, now) = calls();
        let (first, _) = begin(&mut calls, 5 * MINUTE, now);
        assert!(calls.waits(first, now).is_ok());
        begin(&mut calls, MINUTE, now);
        assert!(calls.check(now + 3 * MINUTE).is_ok());
        assert_eq!(calls.check(now + 5 * MINUTE + GRACE), Err(Overdue));
    }

    #[test]
    fn a_command_has_a_time_of_its_own() {
        let (mut calls, now) = calls();
        calls.stop_watching();
        let finish = Finish::Outcome(Box::new(|_| ()));
        let (id, wakes) = calls.command(finish, now).ok().expect("it is open");
        assert!(wakes);
        assert!(calls.check(now + GRACE).is_ok());
        assert_eq!(calls.check(now + COMMAND_WALL + GRACE), Err(Overdue));
        assert!(calls.done(id, now).is_ok());
        assert_eq!(calls.check(now + MINUTE), Ok(None));
    }

    #[test]
    fn only_so_many_calls_are_sent_at_a_time() {
        let (mut calls, now) = calls();
        let (first, _) = begin(&mut calls, MINUTE, now);
        let sent: Vec<_> = (0..MOST_UNBEGUN).map(|_| begin(&mut calls, MINUTE, now).0).collect();
        assert!(calls.is_full());
        let (second, third) = (queue(&mut calls, MINUTE), queue(&mut calls, MINUTE));
        assert!(calls.depart(now).is_none());
        assert!(calls.done(first, now).is_ok());
        assert!(calls.depart(now).is_none());
        assert_eq!(calls.began(sent[0], now), Ok(()));
        assert_eq!(calls.depart(now).map(|departure| departure.id), Some(second));
        assert!(calls.take_back(second).is_none());
        assert!(calls.take_back(third).is_some());
        assert_eq!(calls.close().len(), MOST_UNBEGUN + 1);
        let finish = Finish::Value(Box::new(|_| ()));
        assert!(calls.queue(Call::eval(""), Form::Wait, MINUTE, finish).is_err());
    }
}
