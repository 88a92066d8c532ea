//! A supervisor whose zygote is the test.

use std::process::Stdio;

use jsrun_proto::{FromZygote, encode};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socketpair};
use tokio::process::Command;
use tokio::task::spawn_blocking;

use super::*;
use crate::PoolConfig;

#[tokio::test]
async fn births_that_fail_are_tried_again_later_and_later() {
    let (ours, control) = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)
        .expect("a socket pair");
    // Ends with its input, as a zygote does.
    let child = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("cat starts");
    let zygote = Zygote::of(child, ours).expect("a tokio runtime");
    let shared = Arc::new(Shared::new(PoolConfig { ready: 1, ..PoolConfig::new("unused") }));
    let (closing, receiver) = watch::channel(false);
    let life = tokio::spawn(Supervisor::new(Arc::clone(&shared), receiver, zygote).live());
    let waits = spawn_blocking(move || {
        let failed = encode(&FromZygote::SpawnFailed { errno: 11 }).expect("fits");
        let mut asked = Instant::now();
        [(); 4].map(|()| {
            let (count, _) = recv(&control, &mut [0; 64], RecvFlags::empty()).expect("the pool is there");
            assert!(count > 0, "the pool is there");
            let wait = asked.elapsed();
            // Before the answer: a slow machine makes waits longer, not shorter.
            asked = Instant::now();
            send(&control, &failed, SendFlags::empty()).expect("the pool is there");
            wait
        })
    });
    let [_, second, third, fourth] = waits.await.expect("no panic");
    for (wait, least) in [(second, 50), (third, 100), (fourth, 200)] {
        assert!(wait >= Duration::from_millis(least), "{wait:?} for {least} ms");
    }
    assert!(shared.births.failed_total() >= 3);
    closing.send_replace(true);
    life.await.expect("the supervisor ends");
}
