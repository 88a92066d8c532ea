//! Making snapshots in tests, and running programs in them.

use std::process::Command;
use std::time::Duration;

use jsrun::{Limits, Outcome, RunRequest, Runtime, Snapshot, SnapshotBuilder, SnapshotError, Status};

/// The command under test, as the process that builds.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jsrun"));
    command.arg("snapshot-builder");
    command
}

/// More time than a test comes to, however busy its machine is.
const LONG: Duration = Duration::from_mins(3);

/// A builder that may take its time.
pub(crate) fn builder() -> SnapshotBuilder {
    SnapshotBuilder::new().wall(LONG)
}

pub(crate) fn build(script: &str) -> Result<Snapshot, SnapshotError> {
    builder().script("library.js", script).build(&mut command())
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
    let limits = Limits { wall: LONG, cpu: LONG, ..Limits::default() };
    runtime.run(RunRequest { limits, ..RunRequest::new(code) }, |_| ()).expect("the runtime is open")
}

/// The text of the value of a program that must succeed.
pub(crate) fn value(runtime: &Runtime, code: &str) -> String {
    match run(runtime, code).status {
        Status::Ok(value) => value.to_text(),
        status => panic!("{code}: {:?}", status.error_text(&Limits::default())),
    }
}
