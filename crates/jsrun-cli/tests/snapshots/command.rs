//! `jsrun snapshot`.

use std::process::Command;

use jsrun::Snapshot;

use crate::support::{start, value};

#[test]
fn files_become_a_snapshot() {
    let folder = std::env::temp_dir().join(format!("jsrun-snapshot-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    let (script, broken, output) = (folder.join("a.js"), folder.join("b.js"), folder.join("out"));
    std::fs::write(&script, "var fromFile = 7").expect("a file");
    std::fs::write(&broken, "throw new RangeError('no')").expect("a file");
    let run = |script| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jsrun"));
        command.arg("snapshot").arg(script).arg("-o").arg(&output).output().expect("it runs")
    };
    let failed = run(&broken);
    let said = String::from_utf8_lossy(&failed.stderr).into_owned();
    assert!(
        !failed.status.success() && said.contains("RangeError: no") && said.contains("b.js:1:1"),
        "{said}"
    );
    assert!(!output.exists());
    assert!(run(&script).status.success());
    let bytes = std::fs::read(&output).expect("it was written");
    std::fs::remove_dir_all(&folder).expect("it was ours");
    let snapshot = Snapshot::from_bytes(bytes).expect("a snapshot");
    assert_eq!(value(&start(&snapshot), "fromFile"), "7");
}
