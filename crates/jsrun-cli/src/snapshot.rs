//! `jsrun snapshot`.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Context;
use clap::Args;
use jsrun::SnapshotBuilder;

/// What `jsrun snapshot` is told.
#[derive(Args)]
pub(crate) struct SnapshotArguments {
    /// Scripts, which run in this order.
    #[arg(required = true)]
    scripts: Vec<PathBuf>,
    /// Where the snapshot goes.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

/// Makes a snapshot of the scripts, in a process of its own.
///
/// # Errors
/// When a file cannot be read or written, or the scripts do not make a snapshot.
pub(crate) fn snapshot(arguments: &SnapshotArguments) -> anyhow::Result<()> {
    let mut builder = SnapshotBuilder::new();
    for path in &arguments.scripts {
        let source =
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        builder = builder.script(path.to_string_lossy(), source);
    }
    let program = std::env::current_exe().context("cannot find the program's own file")?;
    let snapshot = builder.build(Command::new(program).arg("snapshot-builder"))?;
    std::fs::write(&arguments.output, snapshot.as_bytes())
        .with_context(|| format!("cannot write {}", arguments.output.display()))
}
