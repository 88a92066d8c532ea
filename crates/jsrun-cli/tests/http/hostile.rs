//! `tests/hostile/` through `POST /api/v1/runs`: each program ends as it must, and harms nobody.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use jsrun_testkit::{HostileProgram, Observed, all_hostile_programs};
use jsrun_types::{Limits, RunRequest};

use crate::cases::observe_run;
use crate::server::{PATIENCE, Server};

/// Workers kept ready.
const WORKERS: usize = 3;

/// Clients at a time: more than there are cores on most machines, fewer than the server takes.
const CLIENTS: usize = 4;

/// What the server may have grown by after a few hundred hostile programs: the allocator's caches, no more. A single
/// program's memory is several times as much.
const GROWTH_KIB: u64 = 48 << 10;

#[test]
fn every_hostile_program_ends_as_it_must_and_harms_nobody() {
    let programs = all_hostile_programs();
    assert!(programs.len() >= 120, "there are {}", programs.len());
    let mut targets: BTreeMap<&str, Vec<&HostileProgram>> = BTreeMap::new();
    for program in &programs {
        targets.entry(program.target()).or_default().push(program);
    }
    let mut server = Server::start_with(&["--workers", &WORKERS.to_string(), "--max-runs", "8"]);
    // The first requests open what stays open, and fill the allocator's caches.
    attack(&server, &targets["capability"]);
    let before = Trace::take(&server, usize::MAX);
    let mut complaints = Vec::new();
    for (target, programs) in targets {
        complaints.extend(attack(&server, &programs));
        assert!(!server.has_ended(), "the server died of {target}");
        let after = Trace::take(&server, before.descriptors);
        assert!(after.memory_kib < before.memory_kib + GROWTH_KIB, "{target}: {before:?} {after:?}");
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

/// What came of some programs.
#[derive(Default)]
struct Tally<'a> {
    complaints: Vec<String>,
    /// These came to a limit of time first.
    late: Vec<&'a HostileProgram>,
}

impl<'a> Tally<'a> {
    fn add(&mut self, program: &'a HostileProgram, observed: &Observed) {
        if program.is_out_of_time(observed) {
            self.late.push(program);
        } else {
            self.complaints.extend(program.complaint(observed));
        }
    }
}

/// Runs programs, several at a time, each followed by one that must succeed.
fn attack(server: &Server, programs: &[&HostileProgram]) -> Vec<String> {
    let queue = Mutex::new(programs.iter());
    let tally = Mutex::new(Tally::default());
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                loop {
                    let Some(program) = queue.lock().expect("no panic").next() else { return };
                    // What one run leaves behind would be found by the next.
                    let rounds = if program.target() == "leaks" { 3 } else { 1 };
                    for _ in 0..rounds {
                        let observed = observe_run(server, program.request());
                        server.assert_alive();
                        tally.lock().expect("no panic").add(program, &observed);
                    }
                }
            });
        }
    });
    let Tally { mut complaints, late } = tally.into_inner().expect("no panic");
    complaints.extend(late.into_iter().filter_map(|program| attack_alone(server, program)));
    complaints
}

/// Runs a program again that came to a limit of time, which it may where many compute: alone, and for as long as the server
/// lets it.
fn attack_alone(server: &Server, program: &HostileProgram) -> Option<String> {
    let longest = Duration::from_secs(30);
    let limits = Limits { wall: longest, cpu: longest, ..program.request().limits };
    let request = RunRequest { limits, ..program.request().clone() };
    let mut observed = observe_run(server, &request);
    for _ in 0..2 {
        server.assert_alive();
        if program.is_out_of_time(&observed) {
            observed = observe_run(server, &request);
        }
    }
    server.assert_alive();
    program.complaint(&observed)
}

/// What a server holds while it has nothing to do.
#[derive(Debug)]
struct Trace {
    descriptors: usize,
    memory_kib: u64,
}

impl Trace {
    /// Waits until no run goes on, no process is left but the zygote and the ready workers, none of them a zombie, and no
    /// more than so many descriptors are open.
    fn take(server: &Server, most_descriptors: usize) -> Self {
        let start = Instant::now();
        let folder = format!("/proc/{}", server.pid());
        let descriptors = loop {
            let zygotes = children_of(server.pid());
            let workers: Vec<u32> = zygotes.iter().flat_map(|zygote| children_of(*zygote)).collect();
            let answer = server.get("/readyz");
            let idle = answer.status == 200
                && answer.json()["workers"] == serde_json::json!({ "ready": WORKERS, "busy": 0 });
            let descriptors = fs::read_dir(format!("{folder}/fd")).expect("the server lives").count();
            if idle && zygotes.len() == 1 && workers.len() == WORKERS && descriptors <= most_descriptors {
                break descriptors;
            }
            assert!(
                start.elapsed() < PATIENCE,
                "something stays behind: {zygotes:?} {workers:?} {descriptors} {answer:?}"
            );
            std::thread::yield_now();
        };
        let status = fs::read_to_string(format!("{folder}/status")).expect("the server lives");
        let memory = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it is there");
        let memory_kib = memory.trim().trim_end_matches(" kB").parse().expect("a number");
        Self { descriptors, memory_kib }
    }
}

/// The children of a process, zombies included.
pub(crate) fn children_of(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").expect("there is /proc");
    processes
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .filter(|pid| {
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            // After the name, which may contain anything, come the state and the parent.
            let parent_of = stat.rsplit_once(") ").and_then(|(_, rest)| rest.split(' ').nth(1)?.parse().ok());
            parent_of == Some(parent)
        })
        .collect()
}
