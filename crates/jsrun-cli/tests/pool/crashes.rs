//! Deaths, each followed by a run that must succeed.

use jsrun_pool::Pool;
use jsrun_types::Status;
use rustix::process::Signal;

use crate::fixture::{Witness, assert_works, checkout, config, finish, next_text, pool, request, zygote};

#[tokio::test]
async fn a_worker_killed_in_its_run() {
    let pool = pool().await;
    for (signal, crashes) in [(Signal::KILL, 1), (Signal::ABORT, 2)] {
        let mut run = checkout(&pool).await.run(request("console.log('on'); while (true) {}"));
        assert_eq!(next_text(&mut run).await, "on");
        Witness::of(run.worker_pid()).send(signal);
        let (_, outcome) = finish(run).await;
        assert_eq!(outcome.status, Status::Crashed);
        assert!(!outcome.usage.cpu.is_zero(), "the zygote told what it used");
        assert_eq!(pool.status().crashed_total, crashes);
        assert_works(&pool).await;
    }
}

#[tokio::test]
async fn workers_killed_while_ready() {
    let pool = pool().await;
    for worker in zygote(&pool).children() {
        worker.send(Signal::KILL);
        worker.ended().await;
    }
    // None of the dead is handed out.
    assert_works(&pool).await;
    assert_works(&pool).await;
    assert_works(&pool).await;
}

#[tokio::test]
async fn a_worker_killed_between_checkout_and_run() {
    let pool = pool().await;
    let checkout = checkout(&pool).await;
    let worker = Witness::of(checkout.worker_pid());
    worker.send(Signal::KILL);
    worker.ended().await;
    let (_, outcome) = finish(checkout.run(request("1"))).await;
    assert_eq!(outcome.status, Status::Crashed);
    assert_works(&pool).await;
}

#[tokio::test]
async fn a_killed_zygote() {
    let pool = pool().await;
    for _ in 0..2 {
        let zygote = zygote(&pool);
        let workers = zygote.children();
        zygote.send(Signal::KILL);
        zygote.ended().await;
        assert_works(&pool).await;
        for worker in workers {
            worker.ended().await;
        }
    }
}

#[tokio::test]
async fn a_zygote_killed_in_a_run() {
    let pool = pool().await;
    let mut run = checkout(&pool).await.run(request("console.log('on'); while (true) {}"));
    next_text(&mut run).await;
    zygote(&pool).send(Signal::KILL);
    let (_, outcome) = finish(run).await;
    assert_eq!(outcome.status, Status::Crashed);
    assert_works(&pool).await;
}

#[tokio::test]
async fn a_dropped_run_and_a_dropped_checkout() {
    let pool = pool().await;
    let mut run = checkout(&pool).await.run(request("console.log('on'); while (true) {}"));
    next_text(&mut run).await;
    let worker = Witness::of(run.worker_pid());
    drop(run);
    worker.ended().await;

    let checkout = checkout(&pool).await;
    let worker = Witness::of(checkout.worker_pid());
    drop(checkout);
    worker.ended().await;
    assert_works(&pool).await;
}

#[test]
fn the_death_of_the_server_ends_everything() {
    // What a server's death does: its descriptors close, and nobody says good-bye.
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (processes, pool) = runtime.block_on(async {
        let pool = Pool::start(config()).await.expect("the pool starts");
        let mut run = checkout(&pool).await.run(request("console.log('on'); while (true) {}"));
        next_text(&mut run).await;
        std::mem::forget(run);
        let zygote = zygote(&pool);
        let mut processes = zygote.children();
        assert!(processes.len() >= 2);
        processes.push(zygote);
        (processes, pool)
    });
    drop(runtime);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        for process in processes {
            process.ended().await;
        }
    });
    drop(pool);
}
