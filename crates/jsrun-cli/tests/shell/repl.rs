//! `jsrun repl`, in a terminal and on a pipe.

use crate::folder::Folder;
use crate::process::{command, run_with_input};
use crate::terminal::{CTRL_C, CTRL_D, Terminal, UP};

const PROMPT: &str = "> ";

/// A REPL without colours, at its first prompt.
fn start(folder: &Folder, arguments: &[&str]) -> Terminal {
    start_with(folder, arguments, "1")
}

fn start_with(folder: &Folder, arguments: &[&str], no_color: &str) -> Terminal {
    let mut command = command(folder.path(), &[&["repl"], arguments].concat());
    command.env("NO_COLOR", no_color).env("XDG_STATE_HOME", folder.path().join("state"));
    let mut terminal = Terminal::start(command);
    terminal.expect("Ctrl-D ends\r\n");
    terminal.expect(PROMPT);
    terminal
}

/// Ctrl-C at the prompt, and the next one.
fn drop_line(terminal: &mut Terminal) {
    terminal.type_keys(CTRL_C);
    terminal.expect("\r\n");
    terminal.expect(PROMPT);
}

#[test]
fn lines_share_their_declarations() {
    let folder = Folder::with(&[("lib.ts", "export const seven: number = 7")]);
    let mut terminal = start(&folder, &[]);
    for (line, shown) in [
        ("let x = 1", "\r\nundefined\r\n"),
        ("let x = 'two'", "\r\nundefined\r\n"),
        ("x", "\r\n'two'\r\n"),
        ("_ + '!'", "\r\n'two!'\r\n"),
        ("{ a: 1 }", "\r\n{ a: 1 }\r\n"),
        ("{ let y = 5; y * 2 }", "\r\n10\r\n"),
        ("await Promise.resolve([1, 2])", "\r\n[ 1, 2 ]\r\n"),
        ("import { seven } from './lib'", "\r\nundefined\r\n"),
        ("seven * 6", "\r\n42\r\n"),
        (".5 + 1", "\r\n1.5\r\n"),
        ("console.log('said')", "\r\nsaid\r\nundefined\r\n"),
        (
            "null.x",
            "Uncaught TypeError: Cannot read properties of null (reading 'x')\r\n    at [repl]:1:6\r\n",
        ),
        ("throw 3", "Uncaught 3\r\n"),
        ("1 1", "Uncaught SyntaxError"),
        ("'still here'", "\r\n'still here'\r\n"),
    ] {
        terminal.line(line, shown);
        terminal.expect(PROMPT);
    }
    terminal.type_keys(CTRL_D);
    assert_eq!(terminal.end(), Some(0));
}

#[test]
fn what_is_unfinished_goes_on_in_the_next_line() {
    let folder = Folder::empty();
    let mut terminal = start(&folder, &[]);
    for line in ["const f = (x) => {", "  return `${x", "}!`", "}; f(", "1"] {
        terminal.type_keys(line);
        terminal.type_keys("\r");
    }
    terminal.line(")", "\r\n'1!'\r\n");
    terminal.expect(PROMPT);
    // All of it is one entry of the history.
    terminal.type_keys(UP);
    terminal.line("", "\r\n'1!'\r\n");
    terminal.line(".exit", "");
    assert_eq!(terminal.end(), Some(0));
}

#[test]
fn the_history_lasts() {
    let folder = Folder::empty();
    let mut terminal = start(&folder, &[]);
    terminal.line("var first = 6 * 7; first", "\r\n42\r\n");
    terminal.expect(PROMPT);
    terminal.type_keys(CTRL_D);
    assert_eq!(terminal.end(), Some(0));
    let mut terminal = start(&folder, &[]);
    terminal.type_keys(UP);
    terminal.line(" + 1", "\r\n43\r\n");
    terminal.expect(PROMPT);
    terminal.type_keys(CTRL_D);
    assert_eq!(terminal.end(), Some(0));
    let history = std::fs::read_to_string(folder.path().join("state/jsrun/history")).expect("a file");
    assert!(history.contains("first + 1"), "{history}");
}

#[test]
fn tab_completes_names() {
    let folder = Folder::empty();
    let mut terminal = start(&folder, &[]);
    terminal.line("let outer = { middle: { unusual: 8 }, get trap() { for (;;); } }", "\r\nundefined\r\n");
    terminal.expect(PROMPT);
    terminal.line("out\t.mid\t.unu\t", "\r\n8\r\n");
    terminal.expect(PROMPT);
    terminal.line("structuredC\t('cloned')", "\r\n'cloned'\r\n");
    terminal.expect(PROMPT);
    // A getter is not called, and so nothing is found behind it.
    terminal.line("typeof (() => outer.trap.x\t)", "\r\n'function'\r\n");
    terminal.expect(PROMPT);
    terminal.line(".hel\t", "begin anew");
    terminal.expect(PROMPT);
    // Several: they are listed.
    terminal.type_keys("Math.cos\t\t");
    terminal.expect("cosh");
    terminal.expect("> Math.cos");
    drop_line(&mut terminal);
    terminal.line("'after'", "\r\n'after'\r\n");
}

#[test]
fn ctrl_c_drops_the_line_or_stops_the_program() {
    let folder = Folder::empty();
    let mut terminal = start(&folder, &[]);
    terminal.type_keys("1 + nothing");
    terminal.expect("nothing");
    drop_line(&mut terminal);
    for endless in ["for (;;);", "setInterval(() => {}, 1e6)", "await new Promise((r) => setTimeout(r, 1e9))"]
    {
        terminal.line(&format!("console.log('be' + 'gun'); {endless}"), "\r\nbegun\r\n");
        terminal.type_keys(CTRL_C);
        terminal.expect("interrupted\r\n");
        terminal.expect(PROMPT);
        terminal.line("6 * 7", "\r\n42\r\n");
        terminal.expect(PROMPT);
    }
    terminal.type_keys(CTRL_D);
    assert_eq!(terminal.end(), Some(0));
}

#[test]
fn limits_end_a_line_and_not_the_repl() {
    let folder = Folder::empty();
    let mut terminal = start(&folder, &["--timeout", "3"]);
    terminal.line("var kept = 1; for (;;);", "wall time limit exceeded (3 s)\r\n");
    terminal.expect(PROMPT);
    terminal.line("kept", "\r\n1\r\n");
    let mut terminal = start(&folder, &["--memory", "64M"]);
    terminal.line("var kept = 1", "\r\nundefined\r\n");
    terminal.expect(PROMPT);
    let greedy = "const a = []; for (;;) a.push(new Array(1000).fill(a.length))";
    terminal.line(greedy, "memory limit exceeded (64 MiB)");
    terminal.expect("a new runtime");
    terminal.expect(PROMPT);
    terminal.line("typeof kept", "\r\n'undefined'\r\n");
}

#[test]
fn commands_do_what_they_say() {
    let folder = Folder::with(&[("load.js", "var loaded = 'yes';\nloaded")]);
    let mut terminal = start(&folder, &[]);
    terminal.line(".load load.js", "\r\n'yes'\r\n");
    terminal.expect(PROMPT);
    terminal.line("loaded + '!'", "\r\n'yes!'\r\n");
    terminal.expect(PROMPT);
    terminal.line(".load nothing.js", "cannot read nothing.js");
    terminal.expect(PROMPT);
    terminal.line(".save all.js", "saved to all.js\r\n");
    terminal.expect(PROMPT);
    terminal.line(".clear", "a new runtime");
    terminal.expect(PROMPT);
    terminal.line("typeof loaded", "\r\n'undefined'\r\n");
    terminal.expect(PROMPT);
    terminal.line(".typescript", "taking TypeScript\r\n");
    terminal.expect(PROMPT);
    terminal.line("let n: number = 5; n", "\r\n5\r\n");
    terminal.expect(PROMPT);
    terminal.line(".editor", "Ctrl-D runs the lines");
    terminal.expect("... ");
    terminal.line("1 +", "... ");
    terminal.line("2 as number", "... ");
    terminal.type_keys(CTRL_D);
    terminal.expect("\r\n3\r\n");
    terminal.expect(PROMPT);
    terminal.line(".nothing", "there is no command");
    let saved = std::fs::read_to_string(folder.path().join("all.js")).expect("a file");
    assert_eq!(saved, "var loaded = 'yes';\nloaded\nloaded + '!'\n");
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    let folder = Folder::empty();
    let mut terminal = start_with(&folder, &[], "");
    terminal.line("[1, 'a']", "[ \x1b[33m1\x1b[39m, \x1b[32m'a'\x1b[39m ]\r\n");
    terminal.expect(PROMPT);
    terminal.line("throw new Error('no')", "\x1b[31mUncaught Error: no\x1b[39m\r\n");
}

#[test]
fn a_pipes_lines_are_taken_one_by_one() {
    let folder = Folder::empty();
    let lines = "let x = 1\nlet x = 2\nfunction f() {\n  return x\n}\nf() + 1\n_ * 2\n.help\n'last'";
    let ended = run_with_input(folder.path(), &["repl"], lines);
    let printed = ended.printed();
    assert!(printed.starts_with("undefined\nundefined\nundefined\n3\n6\n.clear"), "{printed}");
    assert!(printed.ends_with("'last'\n"), "{printed}");
    let failed = run_with_input(folder.path(), &["repl"], "nowhere\n(1 +\n2)\nf(");
    assert_eq!((failed.code, failed.stdout.as_str()), (Some(0), "3\n"));
    assert!(
        failed.stderr.contains("ReferenceError: nowhere is not defined")
            && failed.stderr.contains("SyntaxError"),
        "{failed:?}"
    );
    assert_eq!(run_with_input(folder.path(), &["repl"], ".editor\n1 +\n\n1").printed(), "2\n");
    assert_eq!(run_with_input(folder.path(), &["repl"], "").printed(), "");
}

#[test]
fn what_is_typed_ahead_is_not_lost() {
    let folder = Folder::empty();
    let mut terminal = start(&folder, &[]);
    terminal.type_keys("1 + 1\r'a' + 'b'\rlet c = 'c'; c + 'd'\r");
    terminal.expect("\r\n2\r\n");
    terminal.expect("\r\n'ab'\r\n");
    terminal.expect("\r\n'cd'\r\n");
    terminal.expect(PROMPT);
    terminal.type_keys(".editor\rlet e = 5\re * 2\r\x04");
    terminal.expect("\r\n10\r\n");
    terminal.expect(PROMPT);
    terminal.type_keys(CTRL_D);
    assert_eq!(terminal.end(), Some(0));
}
