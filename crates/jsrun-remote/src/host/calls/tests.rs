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
