//! Starting the command, and what came of it.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// What came of a command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    /// `None` when a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The command in a folder, without the variables of whoever runs the tests.
pub(crate) fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jsrun"));
    for variable in ["NO_COLOR", "XDG_STATE_HOME", "HOME", "TERM"] {
        command.env_remove(variable);
    }
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    command
}

/// Runs the command to its end, without input.
pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Ended {
    end(command(folder, arguments).output().expect("the binary starts"))
}

/// Runs the command with this on its standard input.
pub(crate) fn run_with_input(folder: &Path, arguments: &[&str], input: &str) -> Ended {
    let mut command = command(folder, arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    // A command that does not want it is no matter.
    let _unread = stdin.write_all(input.as_bytes());
    drop(stdin);
    end(child.wait_with_output().expect("it ends"))
}

fn end(output: Output) -> Ended {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

impl Ended {
    /// What it printed, after a check that all went well and nothing was said on standard error.
    pub(crate) fn printed(&self) -> &str {
        assert_eq!((self.code, self.stderr.as_str()), (Some(0), ""), "{self:?}");
        &self.stdout
    }
}
