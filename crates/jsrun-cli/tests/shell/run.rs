//! `jsrun run`.

use crate::folder::Folder;
use crate::process::{run, run_with_input};

#[test]
fn a_file_imports_relative_to_itself() {
    let folder = Folder::with(&[
        (
            "app/main.ts",
            "import { twice } from '../lib/math';\nimport data from './data.json' with { type: 'json' };\n\
             import { add } from './add.wasm';\nconst six: number = twice(3);\n\
             console.log(six, data.name, add(2, 3));\nconst late = await import('./late.js');\nconsole.log(late.default);",
        ),
        (
            "lib/math.ts",
            "import { by } from './by.js';\nexport const twice = (x: number): number => by(2, x);",
        ),
        ("lib/by.ts", "export const by = (x: number, y: number) => x * y;"),
        ("app/data.json", "{ \"name\": \"json\" }"),
        ("app/late.js", "export default 'late'"),
    ]);
    // (module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))
    let wasm = b"\0asm\x01\0\0\0\x01\x07\x01\x60\x02\x7f\x7f\x01\x7f\x03\x02\x01\0\x07\x07\x01\x03add\0\0\x0a\x09\x01\x07\0\x20\0\x20\x01\x6a\x0b";
    folder.write("app/add.wasm", wasm);
    assert_eq!(run(folder.path(), &["run", "app/main.ts"]).printed(), "6 json 5\nlate\n");
}

#[test]
fn a_modules_url_is_its_file() {
    let folder = Folder::with(&[("m.mjs", "console.log(import.meta.url, import.meta.main, this)")]);
    let url = format!("file://{}/m.mjs", folder.path().display().to_string().replace(' ', "%20"));
    assert_eq!(run(folder.path(), &["run", "m.mjs"]).printed(), format!("{url} true undefined\n"));
}

#[test]
fn files_share_one_runtime_up_to_the_first_that_fails() {
    let folder = Folder::with(&[
        ("a.js", "var shared = 'from a'; let later = 1"),
        ("b.js", "console.log(shared, later)"),
        ("c.js", "throw new RangeError('enough')"),
    ]);
    assert_eq!(run(folder.path(), &["run", "a.js", "b.js"]).printed(), "from a 1\n");
    let ended =
        run_with_input(folder.path(), &["run", "a.js", "-", "c.js", "b.js"], "console.log(shared + '!')");
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), "from a!\n"));
    assert!(ended.stderr.contains("Uncaught RangeError: enough\n    at c.js:1:7\n"), "{ended:?}");
}

#[test]
fn words_after_two_dashes_are_the_programs() {
    let folder =
        Folder::with(&[("a.js", "console.log(arguments)"), ("m.mjs", "console.log(arguments.length)")]);
    let ended = run(folder.path(), &["run", "a.js", "m.mjs", "--", "--flag", "ä b"]);
    assert_eq!(ended.printed(), "[ '--flag', 'ä b' ]\n2\n");
    assert_eq!(run(folder.path(), &["run", "a.js"]).printed(), "[]\n");
}

#[test]
fn piped_input_is_a_program() {
    let folder = Folder::with(&[("lib.js", "export const x = 7")]);
    let code = "import { x } from './lib.js'; console.log(x); 'not printed'";
    for arguments in [&[][..], &["run"], &["run", "-"]] {
        assert_eq!(run_with_input(folder.path(), arguments, code).printed(), "7\n", "{arguments:?}");
    }
    let typed =
        run_with_input(folder.path(), &["run", "--typescript"], "const x: number = 1; console.log(x)");
    assert_eq!(typed.printed(), "1\n");
    let module = run_with_input(folder.path(), &[], "export {}; console.log(import.meta.url.slice(-8))");
    assert_eq!(module.printed(), "/[stdin]\n");
}

#[test]
fn output_goes_where_its_level_says() {
    let folder = Folder::with(&[(
        "a.js",
        "console.log('log'); console.info('info'); console.debug('debug'); console.dir({ a: 1 });
         console.warn('warn'); console.error('error');
         console.group('group'); console.log('two\\nlines'); console.group(); console.warn('deep');
         console.groupEnd(); console.groupEnd(); console.clear(); console.log(); console.table([[1]]);
         function f() { console.trace('here'); } f();",
    )]);
    let ended = run(folder.path(), &["run", "a.js"]);
    let table = "┌─────────┬───┐\n│ (index) │ 0 │\n├─────────┼───┤\n│ 0       │ 1 │\n└─────────┴───┘\n";
    assert_eq!(ended.stdout, format!("log\ninfo\ndebug\n{{ a: 1 }}\ngroup\n  two\n  lines\n\n{table}"));
    assert_eq!(ended.stderr, "warn\nerror\n    deep\nTrace: here\n    at f (a.js:5:33)\n    at a.js:5:50\n");
}

#[test]
fn an_uncaught_error_is_told_with_its_line() {
    let folder = Folder::with(&[
        ("main.ts", "import { check } from './lib/check.ts';\ninterface A { x: number }\n\tcheck(null);\n"),
        (
            "lib/check.ts",
            "export function check(value: unknown) {\n  throw new Error('bad', { cause: new TypeError('why') });\n}",
        ),
    ]);
    let ended = run(folder.path(), &["run", "main.ts"]);
    let expected = "lib/check.ts:2:9\n  throw new Error('bad', { cause: new TypeError('why') });\n        ^\n\n\
                    Uncaught Error: bad\n    at check (lib/check.ts:2:9)\n    at main.ts:3:2\n\
                    Caused by: TypeError: why\n    at check (lib/check.ts:2:35)\n    at main.ts:3:2\n";
    assert_eq!((ended.code, ended.stdout.as_str(), ended.stderr.as_str()), (Some(1), "", expected));
}

#[test]
fn syntax_errors_point_into_their_file() {
    let folder = Folder::with(&[
        ("a.ts", "const x: = 1"),
        ("b.js", "let y = ;"),
        ("c.js", "\nimport './lib/d.ts'"),
        ("lib/d.ts", "export const z = 1 +;"),
    ]);
    for (file, place) in [("a.ts", "a.ts:1:10\n"), ("b.js", "b.js:1:9\n"), ("c.js", "lib/d.ts:1:21\n")] {
        let ended = run(folder.path(), &["run", file]);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stderr.starts_with(place) && ended.stderr.contains("SyntaxError"), "{ended:?}");
    }
}

#[test]
fn what_is_no_program_is_told_before_anything_runs() {
    let folder = Folder::with(&[("a.js", "console.log('ran')"), ("b.json", "{}")]);
    folder.write("bytes.js", [0xff, 0xfe]);
    for (file, said) in [
        ("missing.js", "jsrun: cannot read missing.js: No such file or directory"),
        (".", "jsrun: cannot read .: Is a directory"),
        ("b.json", "jsrun: b.json is no program"),
        ("bytes.js", "jsrun: bytes.js is not a program: it is no text in UTF-8"),
    ] {
        let ended = run(folder.path(), &["run", "a.js", file]);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{ended:?}");
        assert!(ended.stderr.starts_with(said), "{ended:?}");
    }
    assert_eq!(run(folder.path(), &["run", "--no-such-flag"]).code, Some(2));
    assert_eq!(run(folder.path(), &["run", "a.js"]).printed(), "ran\n");
}

#[test]
fn only_files_are_imported() {
    let folder = Folder::with(&[]);
    for (specifier, said) in [
        ("lodash", "cannot find \\\"lodash\\\""),
        ("https://example.com/a.js", "https://example.com/a.js is not a file"),
        ("./nothing", "cannot find \\\"./nothing\\\" (tried nothing, nothing.ts,"),
    ] {
        let code =
            format!("import('{specifier}').catch((error) => console.log(JSON.stringify(error.message)))");
        let ended = run_with_input(folder.path(), &["run"], &code);
        assert!(ended.printed().contains(said), "{ended:?}");
    }
}

#[test]
fn a_pipe_of_the_shells_is_a_file() {
    let script = format!("'{}' run <(echo 'console.log(6 * 7)')", env!("CARGO_BIN_EXE_jsrun"));
    let output = std::process::Command::new("bash").args(["-c", &script]).output().expect("there is a bash");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "42\n",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
