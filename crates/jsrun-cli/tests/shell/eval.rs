//! `jsrun eval`.

use crate::folder::Folder;
use crate::process::{run, run_with_input};

#[test]
fn the_value_is_printed() {
    let folder = Folder::with(&[("lib.ts", "export const x: number = 5")]);
    for (code, printed) in [
        ("6 * 7", "42\n"),
        ("'text'", "text\n"),
        ("({ a: [1, 'b'], m: new Map([[1, 2]]) })", "{ a: [ 1, 'b' ], m: Map(1) { 1 => 2 } }\n"),
        ("let unseen = 1", ""),
        ("undefined", ""),
        ("-1", "-1\n"),
        ("await Promise.resolve('awaited')", "awaited\n"),
        ("Promise.resolve('promised')", "promised\n"),
        ("import { x } from './lib'; x", "5\n"),
        ("console.log('first'); 'then'", "first\nthen\n"),
    ] {
        assert_eq!(run(folder.path(), &["eval", code]).printed(), printed, "{code}");
    }
}

#[test]
fn the_code_may_be_typescript_or_piped() {
    let folder = Folder::empty();
    let typed = ["eval", "--typescript", "const x: number = 1; x + arguments.length", "--", "a"];
    assert_eq!(run(folder.path(), &typed).printed(), "2\n");
    assert_eq!(run_with_input(folder.path(), &["eval", "-"], "1 +\n 1").printed(), "2\n");
}

#[test]
fn an_error_is_told_and_the_code_is_1() {
    let folder = Folder::empty();
    let ended = run(folder.path(), &["eval", "console.log('before'); nowhere"]);
    let expected = "[eval]:1:24\nconsole.log('before'); nowhere\n                       ^\n\n\
                    Uncaught ReferenceError: nowhere is not defined\n    at [eval]:1:24\n";
    assert_eq!((ended.code, ended.stdout.as_str(), ended.stderr.as_str()), (Some(1), "before\n", expected));
    let thrown = run(folder.path(), &["eval", "throw { code: 42 }"]);
    assert!(thrown.code == Some(1) && thrown.stderr.contains("Uncaught { code: 42 }"), "{thrown:?}");
    let never = run(folder.path(), &["eval", "await new Promise(() => {})"]);
    assert!(never.code == Some(1) && never.stderr.contains("still pending"), "{never:?}");
}
