//! Making snapshots in tests, and running programs in them.

use std::process::Command;

use jsrun::{Limits, Outcome, RunRequest, Runtime, Snapshot, SnapshotBuilder, SnapshotError, Status};

/// The command under test, as the process that builds.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jsrun"));
    command.arg("snapshot-builder");
    command
}

pub(crate) fn build(script: &str) -> Result<Snapshot, SnapshotError> {
    SnapshotBuilder::new().script("library.js", script).build(&mut command())
}

pub(crate) fn snapshot(script: &str) -> Snapshot {
    build(script).unwrap_or_else(|error| panic!("{script}: {error}"))
}

/// A runtime with the script in place.
pub(crate) fn runtime(script: &str) -> Runtime {
    start(&snapshot(script))
}

pub(crate) fn start(snapshot: &Snapshot) -> Runtime {
    Runtime::builder().snapshot(snapshot.clone()).build().expect("a runtime starts")
}

pub(crate) fn run(runtime: &Runtime, code: &str) -> Outcome {
    runtime.run(RunRequest::new(code), |_| ()).expect("the runtime is open")
}

/// The text of the value of a program that must succeed.
pub(crate) fn value(runtime: &Runtime, code: &str) -> String {
    match run(runtime, code).status {
        Status::Ok(value) => value.to_text(),
        status => panic!("{code}: {:?}", status.error_text(&Limits::default())),
    }
}
