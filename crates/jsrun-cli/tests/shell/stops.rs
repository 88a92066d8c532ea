//! Programs that are stopped: by limits, by Ctrl-C, for want of readers.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::folder::Folder;
use crate::process::{command, run};

fn assert_works(folder: &Folder) {
    assert_eq!(run(folder.path(), &["eval", "1 + 1"]).printed(), "2\n");
}

#[test]
fn limits_have_codes_of_their_own() {
    let folder = Folder::with(&[("endless.js", "for (;;);"), ("fine.js", "1")]);
    let late = run(folder.path(), &["run", "--timeout", "0.2", "fine.js", "endless.js"]);
    assert_eq!((late.code, late.stderr.as_str()), (Some(124), "jsrun: wall time limit exceeded (0.2 s)\n"));
    let timers = run(folder.path(), &["eval", "--timeout", "0.2", "setInterval(() => {}, 5)"]);
    assert_eq!(timers.code, Some(124), "{timers:?}");
    let greedy = "const all = []; for (;;) all.push(new Array(1000).fill(all.length))";
    let greedy = run(folder.path(), &["eval", "--memory", "64M", greedy]);
    assert_eq!((greedy.code, greedy.stderr.as_str()), (Some(137), "jsrun: memory limit exceeded (64 MiB)\n"));
    for flag in [["--timeout", "0"], ["--timeout", "soon"], ["--memory", "1"], ["--memory", "8T"]] {
        let refused = run(folder.path(), &["eval", flag[0], flag[1], "1"]);
        assert!(refused.code == Some(2) && refused.stderr.contains(flag[0]), "{refused:?}");
    }
    assert_works(&folder);
}

#[test]
fn without_limits_a_program_may_take_and_say_much() {
    let folder = Folder::empty();
    let code = "new Uint8Array(200 << 20).length; console.log('x'.repeat(3 << 20)); 1";
    assert_eq!(run(folder.path(), &["eval", code]).printed().len(), (3 << 20) + 3);
}

#[test]
fn ctrl_c_stops_the_program() {
    let folder = Folder::empty();
    for code in [
        "console.log('begun'); for (;;);",
        "console.log('begun'); setInterval(() => {}, 1e6)",
        "console.log('begun'); for (;;) { try { for (;;); } catch {} }",
    ] {
        let mut child = begun(&folder, code);
        let id = Pid::from_child(&child);
        kill_process(id, Signal::INT).expect("it runs");
        assert_eq!(child.wait().expect("it ends").code(), Some(130), "{code}");
    }
    assert_works(&folder);
}

/// A program that has printed its first line.
fn begun(folder: &Folder, code: &str) -> Child {
    let mut child =
        command(folder.path(), &["eval", code]).stdout(Stdio::piped()).spawn().expect("it starts");
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().expect("it is piped")).read_line(&mut line).expect("text");
    assert_eq!(line, "begun\n");
    child
}

#[test]
fn a_closed_pipe_ends_the_program_quietly() {
    let folder = Folder::empty();
    for code in [
        "console.log('begun'); for (;;) console.log('more')",
        "console.log('begun'); setInterval(() => console.log('more'))",
    ] {
        let mut child = command(folder.path(), &["eval", code])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut line = String::new();
        // Dropped with its end of the pipe after one line.
        BufReader::new(child.stdout.take().expect("it is piped")).read_line(&mut line).expect("text");
        let ended = child.wait_with_output().expect("it ends");
        assert_eq!((ended.status.code(), ended.stderr.as_slice()), (Some(141), &b""[..]), "{code}");
    }
    assert_works(&folder);
}
