//! The lives of pools and zygotes.

use std::process::{Command, Stdio};

use jsrun_pool::{Pool, PoolConfig, PoolError};
use jsrun_types::{Preview, Status};
use rustix::process::Signal;

use crate::fixture::{assert_works, checkout, config, finish, next_text, pool, request, zygote};

#[tokio::test]
async fn a_closed_pool_leaves_no_process_behind() {
    let pool = pool().await;
    let mut run = checkout(&pool).await.run(request("console.log('on'); while (true) {}"));
    next_text(&mut run).await;
    let held = checkout(&pool).await;
    let zygote = zygote(&pool);
    let workers = zygote.children();
    assert!(workers.len() >= 2);
    tokio::join!(pool.close(), pool.close());
    assert!(zygote.has_ended());
    assert!(workers.iter().all(crate::fixture::Witness::has_ended));
    assert!(matches!(pool.checkout().await, Err(PoolError::Closed)));
    let (_, outcome) = finish(run).await;
    assert_eq!(outcome.status, Status::Cancelled);
    let (_, outcome) = finish(held.run(request("1"))).await;
    assert_eq!(outcome.status, Status::Cancelled);
    pool.close().await;
}

#[tokio::test]
async fn a_close_ends_a_zygote_that_does_not_listen() {
    let pool = pool().await;
    let zygote = zygote(&pool);
    let workers = zygote.children();
    zygote.send(Signal::STOP);
    pool.close().await;
    assert!(zygote.has_ended());
    assert!(workers.iter().all(crate::fixture::Witness::has_ended));
}

#[tokio::test]
async fn the_last_handle_ends_the_pool() {
    let pool = pool().await;
    let zygote = zygote(&pool);
    let other = pool.clone();
    drop(pool);
    assert_works(&other).await;
    drop(other);
    zygote.ended().await;
}

#[tokio::test]
async fn a_retired_pool_ends_what_is_ready_and_lets_the_rest_go_on() {
    let pool = pool().await;
    let held = checkout(&pool).await;
    let zygote = zygote(&pool);
    let ready = zygote.children().into_iter().filter(|child| !child.is(held.worker_pid()));
    let ready: Vec<_> = ready.collect();
    pool.retire();
    for worker in ready {
        worker.ended().await;
    }
    assert!(matches!(pool.checkout().await, Err(PoolError::Closed)));
    assert!(matches!(pool.try_checkout(), Err(PoolError::Closed)));
    let (_, outcome) = finish(held.run(request("2 + 2"))).await;
    assert_eq!(outcome.status, Status::Ok(Preview::Number(4.0)));
    assert!(!zygote.has_ended());
    pool.close().await;
    assert!(zygote.has_ended());
}

#[tokio::test]
async fn those_who_wait_learn_of_the_close() {
    let pool = Pool::start(PoolConfig { max_workers: 1, ..config() }).await.expect("the pool starts");
    let held = checkout(&pool).await;
    let waiting = pool.clone();
    let waiting = tokio::spawn(async move { waiting.checkout().await.map(drop) });
    pool.close().await;
    assert!(matches!(waiting.await.expect("no panic"), Err(PoolError::Closed)));
    drop(held);
}

#[tokio::test]
async fn a_zygote_is_replaced_after_so_many_forks_while_its_runs_go_on() {
    let pool = Pool::start(PoolConfig { zygote_forks: 5, ..config() }).await.expect("the pool starts");
    let first = zygote(&pool);
    let mut run = checkout(&pool).await.run(request("console.log('on'); while (true) {}"));
    next_text(&mut run).await;
    let pid = pool.status().zygote_pid;
    // Each run takes a worker, whose successor is a fork more.
    while pool.status().zygote_pid == pid {
        assert_works(&pool).await;
    }
    assert!(!first.has_ended(), "it waits for its busy worker");
    assert_works(&pool).await;
    run.cancel();
    let (_, outcome) = finish(run).await;
    assert_eq!(outcome.status, Status::Cancelled);
    first.ended().await;
    assert_works(&pool).await;
}

#[tokio::test]
async fn a_zygote_is_replaced_after_a_time() {
    let age = std::time::Duration::from_millis(300);
    let pool = Pool::start(PoolConfig { zygote_age: age, ..config() }).await.expect("the pool starts");
    zygote(&pool).ended().await;
    assert_works(&pool).await;
}

#[test]
fn a_zygote_called_by_hand_says_what_it_is() {
    for stdin in [Stdio::null(), Stdio::piped()] {
        let output =
            Command::new(env!("CARGO_BIN_EXE_jsrun")).arg("zygote").stdin(stdin).output().expect("it runs");
        assert!(!output.status.success());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("not a control socket"), "{said}");
    }
}
