//! Modules from hosts: static ones, resolvers, loaders, import maps.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jsrun::{
    LoadError, LoadedModule, LocalRuntime, ModuleContent, ModuleKind, ModuleSource, RunRequest,
    RuntimeBuilder,
};
use jsrun_types::{LimitKind, Limits, Status};

use crate::support::{self, unhurried, with_a_deadline};

fn runtime() -> LocalRuntime {
    RuntimeBuilder::default().build_local().expect("a runtime starts")
}

fn run(runtime: &mut LocalRuntime, request: &RunRequest) -> Result<String, String> {
    let outcome = runtime.run(request, |_| {}).expect("the runtime is open");
    match outcome.status {
        Status::Ok(value) => Ok(value.to_text()),
        status => Err(status.error_text(&request.limits).expect("not ok")),
    }
}

fn value(runtime: &mut LocalRuntime, code: &str) -> String {
    run(runtime, &support::request(code)).unwrap_or_else(|error| panic!("{code}: {error}"))
}

fn error(runtime: &mut LocalRuntime, code: &str) -> String {
    match run(runtime, &support::request(code)) {
        Err(error) => error,
        Ok(value) => panic!("{code}: {value}"),
    }
}

#[test]
fn static_modules_have_two_names_and_a_url() {
    let mut runtime = runtime();
    runtime.add_static_module("greeting", "export const text = 'hello'; export const url = import.meta.url;");
    runtime.add_static_module("typed.ts", "export const one: number = 1; export * from './greeting';");
    let program = "import { text, url } from 'greeting'; import * as again from 'static:greeting';
        `${text} ${url} ${again.text === text}`";
    assert_eq!(value(&mut runtime, program), "hello jsrun://static/greeting true");
    assert_eq!(
        value(&mut runtime, "(await import('typed.ts')).one + (await import('typed.ts')).text"),
        "1hello"
    );
    runtime.add_static_module("greeting", "export const text = 'changed'");
    assert_eq!(value(&mut runtime, "(await import('greeting')).text"), "changed");
}

#[test]
fn an_unknown_module_says_who_asked_and_what_was_tried() {
    let mut runtime = runtime();
    assert_eq!(
        error(&mut runtime, "\n await import('nowhere')"),
        "TypeError: Module import failed: cannot find \"nowhere\", imported from main.js:2:2 (tried static modules) \
         (main.js:2:2)"
    );
    assert_eq!(value(&mut runtime, "1 + 1"), "2");
}

#[test]
fn a_resolver_is_asked_first() {
    let mut runtime = runtime();
    runtime.add_static_module("a", "export default 'static a'");
    let asked = Arc::new(Mutex::new(Vec::new()));
    let asked_too = Arc::clone(&asked);
    runtime.set_module_resolver(move |specifier, referrer| {
        asked_too.lock().expect("nobody panics").push(format!("{specifier} from {referrer}"));
        Ok(match specifier {
            "b" => Some("https://example.com/b.js".to_owned()),
            "alias" => Some("static:a".to_owned()),
            "empty" => Some(String::new()),
            "wrong" => Some("no URL".to_owned()),
            "refused" => {
                return Err(LoadError { name: "KeyError".to_owned(), message: "'refused'".to_owned() });
            }
            _ => None,
        })
    });
    runtime.set_module_loader(|url| LoadedModule::now(format!("import 'a'; export default {url:?}")));
    assert_eq!(value(&mut runtime, "import b from 'b'; b"), "https://example.com/b.js");
    assert_eq!(value(&mut runtime, "import a from 'alias'; a"), "static a");
    let asked = std::mem::take(&mut *asked.lock().expect("nobody panics"));
    assert_eq!(asked, ["b from main.js", "a from https://example.com/b.js", "alias from main.js"]);
    assert!(error(&mut runtime, "import 'empty'").contains("cannot find \"empty\""));
    assert!(error(&mut runtime, "import 'wrong'").contains("\"no URL\" is no URL"));
    assert_eq!(error(&mut runtime, "import 'refused'"), "KeyError: 'refused' (main.js:1:8)");
}

#[test]
fn a_loader_gives_sources_of_all_kinds() {
    let mut runtime = runtime();
    runtime.set_module_loader(|url| match url {
        "https://example.com/a.ts" => LoadedModule::now(
            "import d from './d.json' with { type: 'json' };
            enum E { A = 40 } export const a: number = E.A + d.two;",
        ),
        "https://example.com/d.json" => LoadedModule::now(b"{ \"two\": 2 }".to_vec()),
        "https://example.com/typed" => LoadedModule::Now(Ok(ModuleSource {
            content: ModuleContent::Text("export const b: string = 'typed'".to_owned()),
            kind: Some(ModuleKind::TypeScript),
        })),
        "https://example.com/empty.wasm" => LoadedModule::now(b"\0asm\x01\0\0\0".to_vec()),
        "https://example.com/api/data" => LoadedModule::now("[1, 2, 3]"),
        "https://example.com/bytes.js" => LoadedModule::now(vec![0xff]),
        _ => LoadedModule::Now(Err(LoadError::new(format!("404 for {url}")))),
    });
    assert_eq!(value(&mut runtime, "import { a } from 'https://example.com/a.ts'; a"), "42");
    assert_eq!(value(&mut runtime, "import { b } from 'https://example.com/typed'; b"), "typed");
    assert_eq!(
        value(&mut runtime, "import * as w from 'https://example.com/empty.wasm'; Object.keys(w).length"),
        "0"
    );
    assert_eq!(
        value(&mut runtime, "import d from 'https://example.com/api/data' with { type: 'json' }; d.length"),
        "3"
    );
    assert!(error(&mut runtime, "import 'https://example.com/bytes.js'").contains("is not UTF-8"));
    assert_eq!(
        error(&mut runtime, "import 'https://example.com/none.js'"),
        "Error: 404 for https://example.com/none.js (main.js:1:8)"
    );
}

#[test]
fn a_loader_may_take_its_time() {
    let mut runtime = runtime();
    let (sender, receiver) = tokio::sync::oneshot::channel::<()>();
    let receiver = Mutex::new(Some(receiver));
    runtime.set_module_loader(move |url| {
        let receiver = receiver.lock().expect("nobody panics").take();
        let url = url.to_owned();
        LoadedModule::later(async move {
            if let Some(receiver) = receiver {
                receiver.await.map_err(|_| LoadError::new("gone"))?;
            }
            match url.rsplit('/').next() {
                Some("first.js") => Ok("import './second.js'; export const late = 'late'".into()),
                Some("second.js") => Ok("export {}".into()),
                _ => Err(LoadError { name: "TypeError".to_owned(), message: "not there".to_owned() }),
            }
        })
    });
    let thread = std::thread::spawn(move || sender.send(()));
    assert_eq!(value(&mut runtime, "import { late } from 'https://example.com/first.js'; late"), "late");
    thread.join().expect("it does not panic").expect("somebody waited");
    let error = error(&mut runtime, "import 'https://example.com/third.js'");
    assert_eq!(error, "TypeError: not there (main.js:1:8)");
}

#[test]
fn a_loader_that_never_answers_ends_at_the_limit() {
    with_a_deadline(|wall| {
        let mut runtime = runtime();
        let loads = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&loads);
        runtime.set_module_loader(move |_| match counted.fetch_add(1, Ordering::Relaxed) {
            0 => LoadedModule::later(std::future::pending()),
            _ => LoadedModule::now("export default 'there'"),
        });
        let limits = Limits { wall, ..unhurried() };
        let request = RunRequest { limits, ..support::request("import 'https://example.com/a.js'") };
        let outcome = runtime.run(&request, |_| {}).expect("the runtime is open");
        assert_eq!(outcome.status, Status::Limit(LimitKind::Wall));
        if loads.load(Ordering::Relaxed) == 0 {
            return false;
        }
        assert_eq!(value(&mut runtime, "import a from 'https://example.com/a.js'; a"), "there");
        assert_eq!(loads.load(Ordering::Relaxed), 2, "what was not loaded is loaded anew");
        true
    });
}

#[test]
fn import_maps_change_what_specifiers_mean() {
    let mut runtime = runtime();
    runtime.add_static_module("own", "export default 'own'");
    let map = r#"{ "imports": { "math": "./lib/math.ts", "lib/": "./lib/", "other": "jsrun://static/own" },
        "scopes": { "/lib/": { "math": "./lib/inner.js" } } }"#;
    runtime.set_import_map(map).expect("a good map");
    let files = [
        ("lib/math.ts", "export const outer: string = 'outer'; export { inner } from 'math';"),
        ("lib/inner.js", "export const inner = 'inner';"),
    ];
    let files = files.map(|(path, text)| (path.to_owned(), text.to_owned())).into();
    let code = "import { outer, inner } from 'math'; import 'lib/inner.js'; import other from 'other'; import own from 'own';
        [outer, inner, other, own].join()";
    let request = RunRequest { files, ..support::request(code) };
    assert_eq!(run(&mut runtime, &request).as_deref(), Ok("outer,inner,own,own"));
    for bad in ["", "[]", "{ \"imports\": 1 }", "{ \"imports\": { \"a\": \"not a url\" } }"] {
        let error = runtime.set_import_map(bad).expect_err(bad).to_string();
        assert!(error.starts_with("the import map cannot be used: "), "{error}");
    }
    assert_eq!(run(&mut runtime, &request).as_deref(), Ok("outer,inner,own,own"), "the good map stays");
}

#[test]
fn files_are_those_of_their_run() {
    let mut runtime = runtime();
    let with = |text: &str| RunRequest {
        files: [("a.js".to_owned(), text.to_owned())].into(),
        ..support::request("(await import('./a.js')).a")
    };
    assert_eq!(
        run(&mut runtime, &with("export const a = Math.random()")),
        run(&mut runtime, &with("export const a = Math.random()"))
    );
    assert_eq!(run(&mut runtime, &with("export const a = 2")).as_deref(), Ok("2"));
    assert!(error(&mut runtime, "import './a.js'").contains("cannot find"));
}

#[test]
fn a_module_of_a_run_is_run_again() {
    let mut runtime = runtime();
    for _ in 0..3 {
        value(&mut runtime, "globalThis.count = (globalThis.count ?? 0) + 1; export {}");
    }
    assert_eq!(value(&mut runtime, "count"), "3");
}

#[test]
fn imports_of_a_session_stay() {
    let mut runtime = runtime();
    runtime.add_static_module("a", "export const a = 1; export default 2");
    value(&mut runtime, "import two, { a } from 'a'");
    assert_eq!(value(&mut runtime, "a + two"), "3");
    value(&mut runtime, "import { a as two } from 'a'");
    assert_eq!(value(&mut runtime, "two"), "1");
}

#[test]
fn the_last_value_is_kept_where_it_is_asked_for() {
    let mut runtime = runtime();
    let keeping = |code: &str| RunRequest { keep_value: true, ..support::request(code) };
    assert_eq!(value(&mut runtime, "7; typeof _"), "undefined");
    assert_eq!(run(&mut runtime, &keeping("20 + 1")).as_deref(), Ok("21"));
    assert_eq!(run(&mut runtime, &keeping("_ * 2")).as_deref(), Ok("42"));
    assert_eq!(run(&mut runtime, &keeping("await _ + 1")).as_deref(), Ok("43"));
    assert!(run(&mut runtime, &keeping("throw 1")).is_err());
    assert_eq!(run(&mut runtime, &keeping("_")).as_deref(), Ok("43"));
    assert_eq!(run(&mut runtime, &keeping("let again = 1; again")).as_deref(), Ok("1"));
    assert_eq!(run(&mut runtime, &keeping("let again = 2; again")).as_deref(), Ok("2"));
    assert_eq!(run(&mut runtime, &keeping("class again {}; 43")).as_deref(), Ok("43"));
    assert_eq!(value(&mut runtime, "Object.keys(globalThis).includes('_')"), "false");
    assert_eq!(run(&mut runtime, &keeping("_ = 'mine'")).as_deref(), Ok("mine"));
    assert_eq!(run(&mut runtime, &keeping("5")).as_deref(), Ok("5"));
    assert_eq!(run(&mut runtime, &keeping("_")).as_deref(), Ok("mine"), "a program's own is left alone");
}

#[test]
fn a_getter_named_like_the_last_value_is_not_called() {
    let mut runtime = runtime();
    value(
        &mut runtime,
        "Object.defineProperty(globalThis, '_', { get() { for (;;); }, configurable: true }); 0",
    );
    let request = RunRequest { keep_value: true, ..support::request("1") };
    assert_eq!(run(&mut runtime, &request).as_deref(), Ok("1"));
}

#[test]
fn errors_of_earlier_runs_keep_their_places() {
    let mut runtime = runtime();
    let typed = |code: &str| RunRequest {
        name: "main.ts".to_owned(),
        language: jsrun_types::Language::TypeScript,
        ..support::request(code)
    };
    let first = typed("type A = 1;\n\nfunction fail(): never {\n  throw new Error('first');\n}");
    run(&mut runtime, &first).expect("it declares only");
    let second = typed("type A = 1;\ntype B = 2;\nfail();");
    assert_eq!(run(&mut runtime, &second), Err("Error: first (main.ts:4:3)".to_owned()));
}

#[test]
fn a_program_that_ends_in_an_import_is_stopped_and_the_next_runs() {
    let mut runtime = runtime();
    runtime.add_static_module("endless", "for (;;);");
    runtime.add_static_module("fine", "export default 'fine'");
    let limits = Limits { wall: Duration::from_millis(100), ..unhurried() };
    for code in ["import 'endless'", "import('endless'); import('fine')", "export * from 'endless'"] {
        let request = RunRequest { limits, ..support::request(code) };
        let outcome = runtime.run(&request, |_| {}).expect("the runtime is open");
        assert_eq!(outcome.status, Status::Limit(LimitKind::Wall), "{code}");
        assert_eq!(value(&mut runtime, "import fine from 'fine'; fine"), "fine");
    }
}

#[test]
fn a_byte_order_mark_is_white_space() {
    let mut runtime = runtime();
    runtime.add_static_module("a.ts", "\u{feff}export const a: number = 1;");
    for (name, code) in
        [("main.js", "\u{feff}import { a } from 'a.ts'; a"), ("main.ts", "\u{feff}1 as number")]
    {
        let request = RunRequest { name: name.to_owned(), ..support::request(code) };
        assert_eq!(run(&mut runtime, &request).as_deref(), Ok("1"), "{name}");
    }
}

#[test]
fn long_sources_are_refused() {
    let builder = RuntimeBuilder::default().largest_source(jsrun_types::ByteSize::bytes(100));
    let mut runtime = builder.build_local().expect("a runtime starts");
    runtime.add_static_module("long", " ".repeat(101));
    assert_eq!(
        error(&mut runtime, "import 'long'"),
        "RangeError: jsrun://static/long is too long; a module may be 100 B long (main.js:1:8)"
    );
    assert!(error(&mut runtime, &" ".repeat(101)).starts_with("RangeError: the program is too long"));
    assert_eq!(value(&mut runtime, "1 + 1"), "2");
}

/// The parser recurses where V8's own has a limit.
#[test]
fn deep_programs_end_in_an_error_or_a_value() {
    let mut runtime = runtime();
    let typed = |code: String| RunRequest { name: "main.ts".to_owned(), ..support::request(&code) };
    let brackets = |depth: usize| typed(format!("{}1{}", "(".repeat(depth), ")".repeat(depth)));
    assert_eq!(run(&mut runtime, &brackets(1_000)).as_deref(), Ok("1"));
    let error = run(&mut runtime, &brackets(100_000)).expect_err("too deep");
    assert!(
        error.starts_with("SyntaxError: the program nests too deep for its types to be removed (main.ts:1:"),
        "{error}"
    );
    let import = support::request(&format!("import('x'); {}1{}", "[".repeat(100_000), "]".repeat(100_000)));
    assert!(run(&mut runtime, &import).is_err());
    assert_eq!(run(&mut runtime, &typed(format!("1{}", "+1".repeat(5_000)))).as_deref(), Ok("5001"));
    assert_eq!(value(&mut runtime, "1 + 1"), "2");
}
