//! What a run gives.

use std::collections::HashSet;

use jsrun_pool::{Pool, PoolConfig, RunItem};
use jsrun_types::{Event, Preview, Status};

use crate::fixture::{assert_works, checkout, config, finish, next_text, pool, request, run};

#[tokio::test]
async fn a_value() {
    let pool = pool().await;
    let (events, outcome) = run(&pool, "2 + 2").await;
    assert_eq!(outcome.status, Status::Ok(Preview::Number(4.0)));
    assert!(events.is_empty());
}

#[tokio::test]
async fn an_exception() {
    let pool = pool().await;
    let (_, outcome) = run(&pool, "null.x").await;
    assert!(matches!(outcome.status, Status::Error(_)), "{outcome:?}");
    assert_works(&pool).await;
}

#[tokio::test]
async fn events_arrive_while_the_run_goes_on() {
    let pool = pool().await;
    let mut run = checkout(&pool).await.run(request("console.log('first'); while (true) {}"));
    assert_eq!(next_text(&mut run).await, "first");
    run.cancel();
    let (_, outcome) = finish(run).await;
    assert_eq!(outcome.status, Status::Cancelled);
    assert_works(&pool).await;
}

#[tokio::test]
async fn events_come_in_order_and_completely() {
    let pool = pool().await;
    let (events, outcome) = run(&pool, "for (let i = 0; i < 3000; i++) console.log(i)").await;
    assert_eq!(outcome.status, Status::Ok(Preview::Undefined));
    let texts: Vec<String> = events.into_iter().map(|Event::Console(event)| event.text).collect();
    assert_eq!(texts, (0..3000).map(|number| number.to_string()).collect::<Vec<_>>());
}

#[tokio::test]
async fn siblings_do_not_draw_the_same_random_numbers() {
    let pool = pool().await;
    let mut drawn = HashSet::new();
    for _ in 0..8 {
        let (_, outcome) = run(&pool, "Math.random()").await;
        let Status::Ok(Preview::Number(number)) = outcome.status else { panic!("{outcome:?}") };
        assert!(drawn.insert(number.to_bits()), "{number} was drawn twice");
    }
}

#[tokio::test]
async fn siblings_do_not_draw_the_same_bytes() {
    let pool = pool().await;
    for code in [
        "crypto.randomUUID()",
        "crypto.getRandomValues(new Uint8Array(16)).toHex()",
        "const key = await crypto.subtle.generateKey({ name: 'AES-CBC', length: 256 }, true, ['encrypt']);
         new Uint8Array(await crypto.subtle.exportKey('raw', key)).toHex()",
    ] {
        let mut drawn = HashSet::new();
        for _ in 0..8 {
            let (_, outcome) = run(&pool, code).await;
            let Status::Ok(value) = outcome.status else { panic!("{outcome:?}") };
            assert!(drawn.insert(value.to_text()), "{value:?} was drawn twice");
        }
    }
}

#[tokio::test]
async fn nothing_remains_for_the_next_run() {
    let pool = pool().await;
    run(&pool, "globalThis.left = 1; Array.prototype.map = null").await;
    let (_, outcome) = run(&pool, "typeof left === 'undefined' && typeof [].map === 'function'").await;
    assert_eq!(outcome.status, Status::Ok(Preview::Boolean(true)));
}

#[tokio::test]
async fn a_large_program_runs() {
    let pool = pool().await;
    let (_, outcome) = run(&pool, &format!("/*{}*/ 4", "x".repeat(3 << 20))).await;
    assert_eq!(outcome.status, Status::Ok(Preview::Number(4.0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_at_once() {
    let pool = Pool::start(PoolConfig { max_workers: 16, ..config() }).await.expect("the pool starts");
    let runs: Vec<_> = (0..200)
        .map(|number| {
            let pool = pool.clone();
            tokio::spawn(async move {
                let (_, outcome) = run(&pool, &format!("{number} + 1")).await;
                assert_eq!(outcome.status, Status::Ok(Preview::Number(f64::from(number + 1))));
            })
        })
        .collect();
    for run in runs {
        run.await.expect("no panic");
    }
    let status = pool.status();
    assert_eq!((status.busy, status.crashed_total), (0, 0));
    assert!(status.spawned_total >= 200);
}

#[tokio::test]
async fn no_more_workers_live_than_allowed() {
    let pool = Pool::start(PoolConfig { max_workers: 2, ..config() }).await.expect("the pool starts");
    let first = checkout(&pool).await;
    let second = checkout(&pool).await;
    assert_eq!(pool.status().busy, 2);
    let waiting = pool.clone();
    let mut third = tokio::spawn(async move { checkout(&waiting).await.worker_pid() });
    // It gets a worker when another's is gone and not before.
    tokio::select! {
        biased;
        pid = &mut third => panic!("a third worker, {pid:?}"),
        (_, outcome) = finish(first.run(request("1"))) => assert_eq!(outcome.status, Status::Ok(Preview::Number(1.0))),
    }
    third.await.expect("no panic");
    drop(second);
    assert_works(&pool).await;
}

#[tokio::test]
async fn the_outcome_comes_once_after_a_cancel() {
    let pool = pool().await;
    let mut run = checkout(&pool).await.run(request("while (true) {}"));
    run.cancel();
    run.cancel();
    let Some(RunItem::Outcome(outcome)) = run.next().await else { panic!("no outcome") };
    assert_eq!(outcome.status, Status::Cancelled);
    run.cancel();
    assert_eq!(run.next().await, None);
    assert_works(&pool).await;
}
