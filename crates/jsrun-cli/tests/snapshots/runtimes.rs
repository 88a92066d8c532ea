//! Runtimes that start from a snapshot.

use std::collections::HashSet;

use jsrun::{Globals, Runtime, Snapshot, Status};

use crate::support::{builder, command, run, runtime, snapshot, start, value};

#[test]
fn what_the_scripts_left_is_in_place() {
    let runtime = runtime(
        "const base = 40; let counter = 0; class Point { #x = 1; get x() { return this.#x; } }
         function twice(value) { return 2 * value; }
         globalThis.table = new Map([['key', new Set([1])]]);
         var bytes = new Uint8Array([1, 2, 3]), pattern = /a+/gi, when = new Date(0), big = 12n ** 30n;
         var made = new URL('https://example.com/?q'), listeners = new EventTarget(), symbol = Symbol.for('s');
         var next = () => ++counter;",
    );
    assert_eq!(value(&runtime, "base + next() + next() + twice(1) + new Point().x"), "46");
    assert_eq!(
        value(&runtime, "[table.get('key').has(1), bytes, pattern.test('xAa')]"),
        "[ true, Uint8Array(3) [ 1, 2, 3 ], true ]"
    );
    assert_eq!(
        value(&runtime, "when.toISOString() + big"),
        "1970-01-01T00:00:00.000Z237376313799769806328950291431424"
    );
    assert_eq!(value(&runtime, "made.href + (symbol === Symbol.for('s'))"), "https://example.com/?qtrue");
    assert_eq!(
        value(
            &runtime,
            "let heard = 0; listeners.addEventListener('x', () => heard++); listeners.dispatchEvent(new Event('x')); heard"
        ),
        "1"
    );
}

#[test]
fn the_platform_works_as_without_one() {
    let runtime = runtime("globalThis.marked = true");
    for (code, expected) in [
        ("await new Promise((resolve) => setTimeout(() => resolve('later'), 1))", "later"),
        ("structuredClone(new Map([[1, 2]]))", "Map(1) { 1 => 2 }"),
        ("new TextDecoder().decode(new TextEncoder().encode('text'))", "text"),
        ("await new Blob(['ab', 'c']).text()", "abc"),
        ("crypto.randomUUID().length", "36"),
        ("new Uint8Array(await crypto.subtle.digest('SHA-1', new Uint8Array())).length", "20"),
        (
            "(await crypto.subtle.generateKey({ name: 'AES-CBC', length: 128 }, true, ['encrypt'])) instanceof CryptoKey",
            "true",
        ),
        ("performance.now() < 200_000", "true"),
        (
            "new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])) instanceof WebAssembly.Module",
            "true",
        ),
    ] {
        assert_eq!(value(&runtime, code), expected, "{code}");
    }
}

#[test]
fn runtimes_share_nothing_but_the_snapshot() {
    let snapshot = snapshot("var list = [1]; function add(x) { list.push(x); return list.length; }");
    let (first, second) = (start(&snapshot), start(&snapshot));
    assert_eq!(value(&first, "add(2); add(3)"), "3");
    assert_eq!(value(&second, "add(2)"), "2");
}

#[test]
fn random_numbers_differ_from_runtime_to_runtime() {
    let snapshot = snapshot("var early = Math.random(); function draw() { return Math.random(); }");
    let draws: HashSet<String> = (0..8).map(|_| value(&start(&snapshot), "draw()")).collect();
    assert_eq!(draws.len(), 8);
    let ids: HashSet<String> = (0..8).map(|_| value(&start(&snapshot), "crypto.randomUUID()")).collect();
    assert_eq!(ids.len(), 8);
}

#[test]
fn snapshots_and_plain_runtimes_live_side_by_side() {
    let (one, other) = (snapshot("var which = 'one'"), snapshot("var which = 'other'; var more = [1, 2]"));
    std::thread::scope(|scope| {
        for round in 0..6 {
            let (one, other) = (&one, &other);
            scope.spawn(move || match round % 3 {
                0 => assert_eq!(value(&start(one), "which"), "one"),
                1 => assert_eq!(value(&start(other), "which + more.length"), "other2"),
                _ => {
                    assert_eq!(
                        value(&Runtime::new().expect("a runtime starts"), "typeof which"),
                        "undefined"
                    );
                }
            });
        }
    });
}

#[test]
fn a_snapshot_outlives_its_other_handles() {
    let runtime = {
        let bytes = snapshot("function late() { return 'compiled late'; }").as_bytes().to_vec();
        start(&Snapshot::from_bytes(bytes).expect("nothing was changed"))
    };
    assert_eq!(value(&runtime, "late()"), "compiled late");
}

/// What a script replaces must not become what the engine uses.
#[test]
fn scripts_cannot_replace_what_the_engine_uses() {
    let runtime = runtime(
        "globalThis.seen = [];
         const spy = (name) => function () { seen.push(name); throw name; };
         Object.getPrototypeOf = spy('getPrototypeOf'); Object.getOwnPropertyDescriptor = spy('descriptor');
         Function.prototype.toString = spy('toString'); Error = spy('Error'); RegExp.prototype.exec = spy('exec');
         Object.defineProperty(Object.prototype, 'intrinsics', { set: spy('set'), get: spy('get') });
         Object.defineProperty(Object.prototype, 'callSiteToString', { set: spy('set'), get: spy('get') });
         Object.defineProperty(Object.prototype, 'get', { set: spy('set'), configurable: true });
         Array.prototype.push = ((push) => function (...all) { return Reflect.apply(push, this, all); })(Array.prototype.push);
         Map.prototype.get = spy('Map.get'); Promise.prototype.then = ((then) => then)(Promise.prototype.then);
         setTimeout = spy('setTimeout');",
    );
    assert_eq!(
        value(&runtime, "[seen.length, class Named {}, /x/g, new URL('a:b')]"),
        "[ 0, [class Named], /x/g, URL { href: 'a:b' } ]"
    );
    let outcome = run(&runtime, "function fail() { null.x } fail()");
    let Status::Error(exception) = outcome.status else { panic!("{outcome:?}") };
    assert_eq!(exception.name.as_deref(), Some("TypeError"));
    assert_eq!(exception.frames[0].to_string(), "fail (main.js:1:24)");
    assert_eq!(value(&runtime, "seen.length"), "0");
}

#[test]
fn globals_are_those_that_the_scripts_had() {
    let minimal = builder().globals(Globals::Minimal);
    let minimal = minimal
        .script("library.js", "var URL = 'mine'; var seen = typeof crypto + typeof Blob + typeof setTimeout");
    let snapshot = minimal.build(&mut command()).expect("a snapshot");
    for globals in [Globals::Web, Globals::Minimal] {
        let runtime =
            Runtime::builder().globals(globals).snapshot(snapshot.clone()).build().expect("a runtime");
        assert_eq!(
            value(&runtime, "[URL, seen, typeof Blob].join()"),
            "mine,undefinedundefinedfunction,undefined"
        );
    }
}

#[test]
fn nothing_internal_is_visible_to_scripts_and_programs() {
    let look = "[typeof Deno, typeof __bootstrap, typeof __jsrun, \
                Object.getOwnPropertyNames(globalThis).filter((name) => /deno|bootstrap|jsrun|ops|core/i.test(name)).length].join()";
    let runtime = runtime(&format!("var seen = {look};"));
    assert_eq!(value(&runtime, "seen"), "undefined,undefined,undefined,0");
    assert_eq!(value(&runtime, look), "undefined,undefined,undefined,0");
}
