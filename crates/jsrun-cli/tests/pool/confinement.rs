//! What a worker is born with, seen from outside.

use std::fs;
use std::io::ErrorKind;

use crate::fixture::{SESSION, checkout, pool, stat_field};

#[tokio::test]
async fn a_worker_has_its_socket_and_nothing_else() {
    let pool = pool().await;
    let worker = checkout(&pool).await;
    let pid = worker.worker_pid();
    let listed = match fs::read_dir(format!("/proc/{pid}/fd")) {
        // A worker is not dumpable, so that only root looks in.
        Err(error) if error.kind() == ErrorKind::PermissionDenied => return,
        listed => listed.expect("the worker is there"),
    };
    let mut descriptors: Vec<(u32, String)> = listed
        .map(|entry| {
            let entry = entry.expect("the worker is there");
            let number = entry.file_name().to_str().and_then(|name| name.parse().ok()).expect("a number");
            let target = fs::read_link(entry.path()).expect("the worker is there");
            (number, target.to_string_lossy().into_owned())
        })
        .collect();
    descriptors.sort_unstable();
    let standard: Vec<_> = (0..3).map(|number| (number, "/dev/null".to_owned())).collect();
    assert_eq!(descriptors[..3], standard);
    assert!(descriptors[3].1.starts_with("socket:"), "{descriptors:?}");
    assert_eq!(descriptors.len(), 4, "{descriptors:?}");
}

#[tokio::test]
async fn a_worker_has_given_up_what_it_does_not_need() {
    let pool = pool().await;
    let worker = checkout(&pool).await;
    let pid = worker.worker_pid();
    let read = |name: &str| fs::read_to_string(format!("/proc/{pid}/{name}")).expect("the worker is there");
    match fs::read_to_string(format!("/proc/{pid}/environ")) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {}
        environment => assert_eq!(environment.expect("the worker is there"), "", "no environment"),
    }
    assert!(read("status").lines().any(|line| line == "NoNewPrivs:\t1"));
    let limits = read("limits");
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).expect("a limit");
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"]);
    let zygote = pool.status().zygote_pid.expect("there is a zygote");
    assert_eq!(stat_field(pid, SESSION), Some(zygote.to_string()), "not the session of the server");
}
