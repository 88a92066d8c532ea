//! Deaths, each followed by a run that must succeed.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Duration;

use jsrun_pool::{Pool, PoolConfig};
use jsrun_types::{ByteSize, Limits, RunRequest, Status};
use rustix::process::Signal;

use crate::fixture::{
    Witness, assert_works, checkout, config, finish, next_text, pool, request, unhurried, zygote,
};

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
        // Told by the zygote, which may be later than the end of the socket.
        while pool.status().crashed_total < crashes {
            tokio::task::yield_now().await;
        }
        assert_eq!(pool.status().crashed_total, crashes);
        assert_works(&pool).await;
    }
}

#[tokio::test]
async fn workers_killed_while_ready() {
    let pool = pool().await;
    for worker in zygote(&pool).children() {
        worker.kill();
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

#[tokio::test]
async fn many_workers_killed_at_once() {
    const READY: usize = 48;
    let config = PoolConfig { ready: READY, ..config() };
    let pool = Pool::start(config).await.expect("the pool starts");
    for _ in 0..3 {
        while pool.status().ready < READY {
            tokio::task::yield_now().await;
        }
        let zygote = zygote(&pool);
        let workers = zygote.children();
        for worker in &workers {
            worker.kill();
        }
        for worker in workers {
            worker.ended().await;
        }
        assert_works(&pool).await;
        assert!(!zygote.has_ended());
    }
    pool.close().await;
}

#[tokio::test]
async fn a_zygote_that_hangs() {
    let timeout = Duration::from_secs(2);
    let pool = Pool::start(PoolConfig { birth_timeout: timeout, ..config() }).await.expect("the pool starts");
    // It owes workers in place of those that these runs use up.
    let hanging = zygote(&pool);
    hanging.send(Signal::STOP);
    for _ in 0..4 {
        assert_works(&pool).await;
    }
    hanging.ended().await;
}

#[tokio::test]
async fn a_zygote_that_hangs_while_all_places_are_taken() {
    let timeout = Duration::from_secs(2);
    let config = PoolConfig { birth_timeout: timeout, max_workers: 1, ..config() };
    let pool = Pool::start(config).await.expect("the pool starts");
    let hanging = zygote(&pool);
    hanging.send(Signal::STOP);
    // It owes the news that this worker has ended, before which no other is asked for.
    assert_works(&pool).await;
    assert_works(&pool).await;
    hanging.ended().await;
}

#[tokio::test]
async fn signals_that_are_for_the_server_do_not_end_runs() {
    let pool = pool().await;
    // It goes on until it is told to stop: the worker is there for as long as it takes to send signals.
    let mut run = checkout(&pool).await.run(RunRequest {
        limits: Limits { output: ByteSize::mib(64), ..unhurried() },
        ..request("for (;;) console.log('x'.repeat(10_000))")
    });
    next_text(&mut run).await;
    let zygote = zygote(&pool);
    for process in [&zygote, &Witness::of(run.worker_pid())] {
        for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
            process.send(signal);
        }
    }
    // Some MB, which is more than can have been on the way: it was printed after the signals.
    for _ in 0..300 {
        next_text(&mut run).await;
    }
    run.cancel();
    let (_, outcome) = finish(run).await;
    assert_eq!(outcome.status, Status::Cancelled);
    assert_works(&pool).await;
    assert!(!zygote.has_ended());
}

#[tokio::test]
async fn the_death_of_the_server_ends_everything() {
    let mut server = Command::new(env!("CARGO_BIN_EXE_jsrun"))
        .args(["serve", "--listen", "127.0.0.1:0", "--workers", "2"])
        .env_clear()
        .stdout(Stdio::piped())
        .spawn()
        .expect("the server starts");
    let mut line = String::new();
    BufReader::new(server.stdout.take().expect("it is piped")).read_line(&mut line).expect("text");
    let address = line.trim_end().strip_prefix("listening on http://").expect("where it listens");
    // A program that would run for long.
    let body = r#"{ "code": "console.log('on'); while (true) {}", "limits": { "wall_ms": 30000, "cpu_ms": 30000 } }"#;
    let mut connection = TcpStream::connect(address).expect("the server listens");
    write!(
        connection,
        "POST /api/v1/runs HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .expect("the server reads");
    assert!(BufReader::new(connection).lines().any(|line| line.expect("text").contains("\"text\":\"on\"")));

    let zygotes = Witness::of(server.id()).children();
    assert_eq!(zygotes.len(), 1);
    let workers = zygotes[0].children();
    assert!(!workers.is_empty());
    server.kill().expect("it is ours");
    server.wait().expect("it is ours");
    for process in zygotes.into_iter().chain(workers) {
        process.ended().await;
    }
}
