//! What the worker owes an answer for, and until when.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use jsrun::Call;

use crate::message::Form;

use super::finish::{Finish, First};

#[cfg(test)]
mod tests;

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

    /// Whether nothing is in the air.
    pub(super) fn is_empty(&self) -> bool {
        self.flights.is_empty()
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
