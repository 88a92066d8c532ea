//! Making a snapshot, as seen from the process that wants it.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use deno_core::serde_json;
use jsrun_types::{ByteSize, Limits};

use crate::Globals;
use crate::snapshot::recipe::{Recipe, Refusal, Script};
use crate::snapshot::{Snapshot, SnapshotError};

/// More than any memory limit that makes sense leaves; the child runs programs and is not trusted with our memory.
const LARGEST_ANSWER: u64 = 1 << 30;

/// How long a child may take to end after its answer, and how often it is looked at: a few milliseconds are normal.
const TIME_TO_END: Duration = Duration::from_secs(1);
const LOOK_AGAIN: Duration = Duration::from_millis(1);

/// Makes a [`Snapshot`] from scripts.
///
/// Making one fixes V8's random seed for the whole process, so that it happens in a child process, whose program must
/// call [`serve_snapshot_builder`](crate::serve_snapshot_builder) and do nothing else. The command `jsrun
/// snapshot-builder` does.
///
/// ```no_run
/// use std::process::Command;
/// use jsrun::SnapshotBuilder;
///
/// let snapshot = SnapshotBuilder::new()
///     .script("library.js", "function twice(x) { return 2 * x; }")
///     .build(Command::new("jsrun").arg("snapshot-builder"))?;
/// # Ok::<(), jsrun::SnapshotError>(())
/// ```
#[derive(Clone, Debug)]
pub struct SnapshotBuilder {
    globals: Globals,
    scripts: Vec<Script>,
    memory: ByteSize,
    wall: Duration,
}

impl Default for SnapshotBuilder {
    fn default() -> Self {
        Self {
            globals: Globals::default(),
            scripts: Vec::new(),
            memory: Limits::default().memory,
            wall: Duration::from_secs(10),
        }
    }
}

impl SnapshotBuilder {
    /// A snapshot with the web platform and no scripts.
    pub fn new() -> Self {
        Self::default()
    }

    /// What the scripts, and later the programs, find in the global object. Default: [`Globals::Web`].
    #[must_use]
    pub fn globals(mut self, globals: Globals) -> Self {
        self.globals = globals;
        self
    }

    /// Adds a classic script, which runs after those before it. `name` is its file in stack traces. Its console is
    /// silent.
    #[must_use]
    pub fn script(mut self, name: impl Into<String>, source: impl Into<String>) -> Self {
        self.scripts.push(Script { name: name.into(), source: source.into() });
        self
    }

    /// How much memory the scripts may take, as [`Limits::memory`]. Default: as there.
    #[must_use]
    pub fn memory(mut self, limit: ByteSize) -> Self {
        self.memory = limit;
        self
    }

    /// How long it may take, the child's start included. Default 10 s.
    #[must_use]
    pub fn wall(mut self, limit: Duration) -> Self {
        self.wall = limit;
        self
    }

    /// Makes the snapshot, in a process that `command` starts. Its standard streams are ours to set.
    ///
    /// # Errors
    /// One for each way in which scripts can fail to become a snapshot, or processes to be started.
    pub fn build(&self, command: &mut Command) -> Result<Snapshot, SnapshotError> {
        let recipe = Recipe {
            minimal: self.globals == Globals::Minimal,
            memory: self.memory.as_u64(),
            scripts: self.scripts.clone(),
        };
        let recipe = serde_json::to_vec(&recipe).expect("a recipe has no keys but strings");
        let mut worker = Worker::start(command)?;
        let answer = worker.ask(recipe, self.wall)?;
        let status = worker.await_end()?;
        if let Some(refusal) = Refusal::from_bytes(&answer) {
            return Err(refusal.into());
        }
        match Snapshot::from_bytes(answer) {
            Err(_) if !status.success() => Err(SnapshotError::Died(status)),
            Err(error) => Err(SnapshotError::Foreign(error.to_string())),
            Ok(snapshot) => Ok(snapshot),
        }
    }
}

/// The child process. Dropping it kills it.
struct Worker {
    child: Child,
}

impl Worker {
    fn start(command: &mut Command) -> Result<Self, SnapshotError> {
        // V8's last words are not ours.
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        command.spawn().map(|child| Self { child }).map_err(SnapshotError::Process)
    }

    /// Everything that the child says, when it has said it in time.
    fn ask(&mut self, recipe: Vec<u8>, wall: Duration) -> Result<Vec<u8>, SnapshotError> {
        let stdin = self.child.stdin.take().expect("it was asked for");
        let stdout = self.child.stdout.take().expect("it was asked for");
        let (sender, answer) = mpsc::sync_channel(1);
        // Both threads end with the child, which does not outlive this call.
        spawn("jsrun-recipe", move || tell(stdin, &recipe))?;
        spawn("jsrun-snapshot", move || {
            let _ = sender.send(listen(stdout));
        })?;
        answer.recv_timeout(wall).map_err(|_| SnapshotError::TimedOut(wall))?.map_err(SnapshotError::Process)
    }

    /// How the child ended, now that it has said everything. One that goes on for long after that is killed.
    fn await_end(&mut self) -> Result<ExitStatus, SnapshotError> {
        let deadline = Instant::now() + TIME_TO_END;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().map_err(SnapshotError::Process)? {
                return Ok(status);
            }
            std::thread::sleep(LOOK_AGAIN);
        }
        self.end()
    }

    fn end(&mut self) -> Result<ExitStatus, SnapshotError> {
        // One that has ended cannot be killed.
        let _ = self.child.kill();
        self.child.wait().map_err(SnapshotError::Process)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.end();
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), SnapshotError> {
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(work);
    thread.map(drop).map_err(SnapshotError::Process)
}

/// A child that does not listen says why, or dies.
fn tell(mut stdin: ChildStdin, recipe: &[u8]) {
    let _ = stdin.write_all(recipe);
}

fn listen(stdout: ChildStdout) -> std::io::Result<Vec<u8>> {
    let mut answer = Vec::new();
    stdout.take(LARGEST_ANSWER).read_to_end(&mut answer)?;
    Ok(answer)
}
