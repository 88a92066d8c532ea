//! The queue: who runs, who waits, and whose turn is next. Knows no clock and no task.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use super::{AdmissionError, Crowd};
use crate::client::Client;

/// Runs and those who wait for one. Each who waits leaves a `W`.
///
/// The turn goes to the client that has the fewest runs; among equals they take turns. Of one client, who came first
/// goes first.
#[derive(Debug)]
pub(super) struct Queue<W> {
    most_runs: usize,
    /// Of these, so many are for clients that have no run.
    reserved: usize,
    most_waiting: usize,
    running: usize,
    waiting: usize,
    lines: HashMap<Client, Line<W>>,
    /// Clients of whom somebody waits, in the order of their turns.
    turns: VecDeque<Client>,
    /// Since when somebody has waited, without a break.
    busy_since: Option<Instant>,
    next_number: u64,
    closed: bool,
}

/// What a client has here.
#[derive(Debug)]
struct Line<W> {
    running: usize,
    waiting: VecDeque<Waiter<W>>,
}

#[derive(Debug)]
struct Waiter<W> {
    number: u64,
    since: Instant,
    left: W,
}

/// What becomes of one who comes.
#[derive(Debug)]
pub(super) enum Entry {
    Runs,
    Waits(Waiting),
}

/// One who waits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting {
    client: Client,
    number: u64,
}

impl<W> Queue<W> {
    pub(super) fn new(most_runs: usize, reserved: usize, most_waiting: usize) -> Self {
        Self {
            most_runs,
            // Else a client could have one run at most.
            reserved: reserved.min(most_runs.saturating_sub(1)),
            most_waiting,
            running: 0,
            waiting: 0,
            lines: HashMap::new(),
            turns: VecDeque::new(),
            busy_since: None,
            next_number: 0,
            closed: false,
        }
    }

    /// Lets a client run or wait that may have `most` runs, going on or waiting.
    pub(super) fn enter(
        &mut self,
        client: Client,
        most: Option<usize>,
        waiter: W,
        now: Instant,
    ) -> Result<Entry, AdmissionError> {
        if self.closed {
            return Err(AdmissionError::Closed);
        }
        let has = self.lines.get(&client).map_or(0, |line| line.running + line.waiting.len());
        if let Some(most) = most.filter(|most| has >= *most) {
            return Err(AdmissionError::ClientBusy(most));
        }
        if self.has_room(client) {
            // Nobody waits then who could go first: each who leaves lets the next in.
            self.running += 1;
            self.line(client).running += 1;
            return Ok(Entry::Runs);
        }
        if self.waiting >= self.most_waiting {
            return Err(AdmissionError::Full);
        }
        let number = self.next_number;
        self.next_number += 1;
        self.waiting += 1;
        self.busy_since.get_or_insert(now);
        let line = self.line(client);
        let first = line.waiting.is_empty();
        line.waiting.push_back(Waiter { number, since: now, left: waiter });
        if first {
            self.turns.push_back(client);
        }
        Ok(Entry::Waits(Waiting { client, number }))
    }

    /// A run of this client has ended.
    pub(super) fn leave(&mut self, client: Client) {
        self.running -= 1;
        self.line(client).running -= 1;
        self.tidy(client);
    }

    /// Whose turn it is, if there is room; counts as running from now on.
    pub(super) fn next(&mut self) -> Option<(Client, W)> {
        let (place, next) = self.turns.iter().enumerate().min_by_key(|(_, client)| self.runs_of(**client))?;
        if !self.has_room(*next) {
            return None;
        }
        let client = self.turns.remove(place)?;
        let line = self.line(client);
        let waiter = line.waiting.pop_front()?.left;
        line.running += 1;
        if !line.waiting.is_empty() {
            self.turns.push_back(client);
        }
        self.running += 1;
        self.one_waits_less();
        Some((client, waiter))
    }

    /// Takes out who has waited too long: for `longest`, or, when somebody has waited all the time for as long as that, for
    /// `overloaded`. A queue that does not empty is no buffer but a delay: those in front would have their turn when they
    /// have given up, and everybody after them, too (<https://queue.acm.org/detail.cfm?id=2209336>, `CoDel`).
    pub(super) fn expire(
        &mut self,
        now: Instant,
        longest: Duration,
        overloaded: Duration,
    ) -> Vec<(W, Duration)> {
        let overload = self.busy_since.is_some_and(|since| now.saturating_duration_since(since) >= longest);
        let limit = if overload { overloaded.min(longest) } else { longest };
        let mut expired = Vec::new();
        for line in self.lines.values_mut() {
            while let Some(front) = line.waiting.front() {
                let waited = now.saturating_duration_since(front.since);
                if waited < limit {
                    break;
                }
                expired.extend(line.waiting.pop_front().map(|waiter| (waiter.left, waited)));
            }
        }
        for _ in &expired {
            self.one_waits_less();
        }
        if !expired.is_empty() {
            let Self { lines, turns, .. } = self;
            turns.retain(|client| lines.get(client).is_some_and(|line| !line.waiting.is_empty()));
            lines.retain(|_, line| line.running > 0 || !line.waiting.is_empty());
        }
        expired
    }

    /// One who waits waits no more; nothing happens when it is not there.
    pub(super) fn give_up(&mut self, Waiting { client, number }: Waiting) {
        let Some(line) = self.lines.get_mut(&client) else { return };
        let Some(place) = line.waiting.iter().position(|waiter| waiter.number == number) else { return };
        line.waiting.remove(place);
        if line.waiting.is_empty() {
            self.turns.retain(|waiting| *waiting != client);
        }
        self.one_waits_less();
        self.tidy(client);
    }

    /// Lets nobody in any more; gives all who wait.
    pub(super) fn close(&mut self) -> Vec<W> {
        self.closed = true;
        self.turns.clear();
        self.waiting = 0;
        self.busy_since = None;
        let waiters = self.lines.values_mut().flat_map(|line| line.waiting.drain(..));
        let waiters = waiters.map(|waiter| waiter.left).collect();
        self.lines.retain(|_, line| line.running > 0);
        waiters
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    pub(super) fn crowd(&self) -> Crowd {
        Crowd { running: self.running, waiting: self.waiting }
    }

    /// Whether a client may have one run more now.
    fn has_room(&self, client: Client) -> bool {
        let reserved = if self.runs_of(client) > 0 { self.reserved } else { 0 };
        self.running < self.most_runs - reserved
    }

    fn runs_of(&self, client: Client) -> usize {
        self.lines.get(&client).map_or(0, |line| line.running)
    }

    fn line(&mut self, client: Client) -> &mut Line<W> {
        self.lines.entry(client).or_insert_with(|| Line { running: 0, waiting: VecDeque::new() })
    }

    fn one_waits_less(&mut self) {
        self.waiting -= 1;
        if self.waiting == 0 {
            self.busy_since = None;
        }
    }

    /// Forgets a client that has nothing here.
    fn tidy(&mut self, client: Client) {
        if self.lines.get(&client).is_some_and(|line| line.running == 0 && line.waiting.is_empty()) {
            self.lines.remove(&client);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(number: u8) -> Client {
        Client::of([192, 0, 2, number].into())
    }

    /// A queue with one run of client 0, in which these wait, named by client and number.
    fn queue(waiting: &[(u8, u8)]) -> Queue<(u8, u8)> {
        let mut queue = Queue::new(1, 0, 100);
        let now = Instant::now();
        assert!(matches!(queue.enter(client(0), None, (0, 0), now), Ok(Entry::Runs)));
        for name in waiting {
            assert!(matches!(queue.enter(client(name.0), None, *name, now), Ok(Entry::Waits(_))));
        }
        queue
    }

    /// Who comes next, one after the other, when each run ends before the next begins.
    fn order(mut queue: Queue<(u8, u8)>) -> Vec<(u8, u8)> {
        let mut order = Vec::new();
        let mut runs = client(0);
        loop {
            queue.leave(runs);
            let Some((client, name)) = queue.next() else { break };
            runs = client;
            order.push(name);
        }
        assert_eq!(queue.crowd(), Crowd { running: 0, waiting: 0 });
        assert!(queue.lines.is_empty() && queue.turns.is_empty(), "{queue:?}");
        order
    }

    #[test]
    fn clients_take_turns() {
        let queue = queue(&[(1, 1), (1, 2), (1, 3), (2, 1), (3, 1), (2, 2)]);
        assert_eq!(order(queue), [(1, 1), (2, 1), (3, 1), (1, 2), (2, 2), (1, 3)]);
    }

    #[test]
    fn who_has_fewer_runs_goes_first() {
        let mut queue = Queue::new(2, 0, 100);
        let now = Instant::now();
        for name in [(1, 1), (1, 2), (1, 3), (2, 1)] {
            queue.enter(client(name.0), None, name, now).expect("room");
        }
        queue.leave(client(1));
        assert_eq!(queue.next().map(|(_, name)| name), Some((2, 1)), "client 1 has a run already");
    }

    #[test]
    fn some_turns_are_for_those_who_have_none() {
        let mut queue = Queue::new(4, 2, 100);
        let now = Instant::now();
        let mut enter =
            |name: (u8, u8)| matches!(queue.enter(client(name.0), None, name, now), Ok(Entry::Runs));
        assert_eq!([(1, 1), (1, 2), (1, 3)].map(&mut enter), [true, true, false]);
        assert_eq!([(2, 1), (2, 2), (3, 1), (4, 1)].map(&mut enter), [true, false, true, false]);
        queue.leave(client(1));
        assert_eq!(queue.next().map(|(_, name)| name), Some((4, 1)), "it has none");
        queue.leave(client(4));
        assert_eq!(queue.next(), None, "the others have some");
        queue.leave(client(1));
        assert_eq!(queue.next().map(|(_, name)| name), Some((1, 3)), "now it has none");
    }

    #[test]
    fn who_waits_too_long_goes() {
        let (longest, overloaded) = (Duration::from_secs(10), Duration::from_secs(1));
        let mut queue = queue(&[(1, 1), (2, 1)]);
        let start = Instant::now();
        assert!(queue.expire(start + Duration::from_secs(5), longest, overloaded).is_empty());
        // Somebody new, just before the queue has been there for too long.
        queue.enter(client(1), None, (1, 2), start + Duration::from_millis(9500)).expect("room");
        let expired = queue.expire(start + Duration::from_millis(10_100), longest, overloaded);
        assert_eq!(expired.len(), 2);
        assert_eq!(queue.crowd().waiting, 1);
        // The queue has not been empty since: now a second is too long.
        let expired = queue.expire(start + Duration::from_millis(10_600), longest, overloaded);
        assert_eq!(expired.into_iter().map(|(name, _)| name).collect::<Vec<_>>(), [(1, 2)]);
        assert_eq!(order(queue), []);
    }

    #[test]
    fn an_empty_queue_is_not_overloaded() {
        let (longest, overloaded) = (Duration::from_secs(10), Duration::from_secs(1));
        let mut queue = queue(&[(1, 1)]);
        let start = Instant::now();
        queue.leave(client(0));
        assert!(queue.next().is_some());
        queue.enter(client(2), None, (2, 1), start + Duration::from_secs(20)).expect("room");
        assert!(queue.expire(start + Duration::from_secs(25), longest, overloaded).is_empty());
    }

    #[test]
    fn who_gives_up_leaves_nothing() {
        let mut queue = queue(&[(1, 1)]);
        let Ok(Entry::Waits(waiting)) = queue.enter(client(2), None, (2, 1), Instant::now()) else {
            panic!("there is no room")
        };
        queue.give_up(waiting);
        queue.give_up(waiting);
        assert_eq!(queue.crowd().waiting, 1);
        assert_eq!(order(queue), [(1, 1)]);
    }

    #[test]
    fn a_client_has_only_so_many() {
        let mut queue = queue(&[(1, 1)]);
        let now = Instant::now();
        assert!(queue.enter(client(1), Some(2), (1, 2), now).is_ok());
        let error = queue.enter(client(1), Some(2), (1, 3), now).expect_err("it has two");
        assert_eq!(error, AdmissionError::ClientBusy(2));
        assert!(queue.enter(client(2), Some(2), (2, 1), now).is_ok(), "others are not concerned");
    }
}
