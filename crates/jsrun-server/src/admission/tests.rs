//! Admission as its callers see it.

use futures_util::FutureExt;

use super::*;

const LONG: Duration = Duration::from_mins(1);

fn admission(runs: usize, queue: usize, wait: Duration) -> Admission {
    Admission::new(&ServerConfig {
        max_runs: runs,
        queue_length: queue,
        queue_wait: wait,
        ..ServerConfig::default()
    })
}

fn client() -> Client {
    Client::of([192, 0, 2, 1].into())
}

#[tokio::test]
async fn a_dropped_permit_lets_the_next_in() {
    let admission = admission(1, 1, LONG);
    let first = admission.enter(client()).await.expect("a free turn");
    let mut second = std::pin::pin!(admission.enter(client()));
    assert!(second.as_mut().now_or_never().is_none());
    assert_eq!(admission.crowd(), Crowd { running: 1, waiting: 1 });
    drop(first);
    assert!(second.await.is_ok());
    assert_eq!(admission.crowd(), Crowd { running: 0, waiting: 0 });
}

#[tokio::test]
async fn a_permit_that_nobody_takes_lets_the_next_in() {
    let admission = admission(1, 2, LONG);
    let first = admission.enter(client()).await.expect("a free turn");
    let mut second = Box::pin(admission.enter(client()));
    assert!(second.as_mut().now_or_never().is_none());
    let mut third = std::pin::pin!(admission.enter(client()));
    assert!(third.as_mut().now_or_never().is_none());
    // The second has its permit, and goes without having looked.
    drop(first);
    drop(second);
    assert!(third.await.is_ok());
}

#[tokio::test]
async fn a_full_queue_refuses_at_once() {
    let admission = admission(1, 1, LONG);
    let _running = admission.enter(client()).await.expect("a free turn");
    let mut waiting = Box::pin(admission.enter(client()));
    assert!(waiting.as_mut().now_or_never().is_none());
    assert_eq!(admission.enter(client()).await.expect_err("no place is left"), AdmissionError::Full);
    // Who gives up frees the place.
    drop(waiting);
    let mut next = std::pin::pin!(admission.enter(client()));
    assert!(next.as_mut().now_or_never().is_none());
}

#[tokio::test]
async fn the_wait_is_bounded() {
    const SHORT: Duration = Duration::from_millis(1);
    let admission = admission(1, 1, SHORT);
    let _running = admission.enter(client()).await.expect("a free turn");
    assert_eq!(admission.enter(client()).await.expect_err("nobody leaves"), AdmissionError::Waited(SHORT));
}

#[tokio::test]
async fn closing_refuses_who_waits_and_who_comes() {
    let admission = admission(1, 1, LONG);
    let running = admission.enter(client()).await.expect("a free turn");
    let mut waiting = std::pin::pin!(admission.enter(client()));
    assert!(waiting.as_mut().now_or_never().is_none());
    admission.close();
    assert_eq!(waiting.await.expect_err("closed"), AdmissionError::Closed);
    assert_eq!(admission.enter(client()).await.expect_err("closed"), AdmissionError::Closed);
    drop(running);
    assert_eq!(admission.crowd(), Crowd { running: 0, waiting: 0 });
}
