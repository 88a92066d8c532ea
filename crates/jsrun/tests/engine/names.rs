//! The names that a program could use.

use jsrun::Runtime;

use crate::support::{request, run, runtime, value};

fn names(runtime: &Runtime, path: &'static [&'static str]) -> Vec<String> {
    runtime.with(move |runtime| runtime.names(path)).expect("the runtime is open")
}

fn has(runtime: &Runtime, path: &'static [&'static str], name: &str) -> bool {
    names(runtime, path).iter().any(|there| there == name)
}

#[test]
fn properties_at_a_path() {
    let runtime = runtime();
    value(
        &runtime,
        "let nested = { a: { b: [1] } }; const text = 'x'; class Point { #hidden; static made = 1; move() {} }
         var point = new Point(); globalThis.list = [1, 2]; 1",
    );
    for (path, name) in [
        (&[][..], "nested"),
        (&[], "Point"),
        (&[], "point"),
        (&[], "list"),
        (&[], "Math"),
        (&["nested"], "a"),
        (&["nested", "a"], "b"),
        (&["nested", "a", "b"], "push"),
        (&["this"], "list"),
        (&["globalThis", "nested"], ""),
        (&["text"], "padStart"),
        (&["Point"], "made"),
        (&["point"], "move"),
        (&["point"], "toString"),
    ] {
        assert_eq!(has(&runtime, path, name), !name.is_empty(), "{path:?} {name}");
    }
    assert!(!has(&runtime, &["list"], "0") && !has(&runtime, &["point"], "#hidden"));
    for path in
        [&["nowhere"][..], &["nested", "nowhere"], &["undefined"], &["nested", "a", "b", "length", "x"]]
    {
        assert_eq!(names(&runtime, path), Vec::<String>::new(), "{path:?}");
    }
}

#[test]
fn nothing_of_the_program_runs() {
    let runtime = runtime();
    value(
        &runtime,
        "var seen = []; const spy = new Proxy({ inner: {} }, {
           get() { seen.push('get'); }, ownKeys() { seen.push('ownKeys'); return []; },
           getPrototypeOf() { seen.push('proto'); return null; }, getOwnPropertyDescriptor() { seen.push('own'); } });
         var object = { get got() { for (;;); }, spy, __proto__: spy };
         Object.defineProperty(globalThis, 'global', { get() { for (;;); } }); 1",
    );
    for path in [
        &["spy"][..],
        &["spy", "inner"],
        &["object", "got"],
        &["object", "spy"],
        &["global"],
        &["object", "x"],
    ] {
        assert_eq!(names(&runtime, path), Vec::<String>::new(), "{path:?}");
    }
    assert_eq!(names(&runtime, &["object"]), ["got", "spy"]);
    assert_eq!(value(&runtime, "seen.length"), "0");
}

#[test]
fn a_binding_that_was_never_made_leads_nowhere() {
    let runtime = runtime();
    run(&runtime, request("throw 1; let dead = {}"));
    assert_eq!(names(&runtime, &["dead"]), Vec::<String>::new());
    assert_eq!(value(&runtime, "1 + 1"), "2");
}
