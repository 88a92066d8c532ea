//! Programs that have changed what all objects share before something of the web platform is loaded.

use std::time::Duration;

use jsrun_types::{LimitKind, Status};

use crate::support::{limited, request, run, runtime, value};

const GLOBALS: &str = "['DOMException', 'Event', 'URL', 'ReadableStream', 'TextEncoder', 'Blob', 'AbortSignal', \
    'structuredClone', 'atob', 'performance', 'CompressionStream', 'URLPattern', 'FileReader', 'crypto', 'CryptoKey', \
    'MessageChannel']";

/// The scripts ask for ops that the engine leaves out, and put what they share into objects: neither may inherit anything.
#[test]
fn permanent_accessors_get_nothing_of_the_engine() {
    for name in [
        "op_readable_stream_resource_allocate",
        "op_broadcast_subscribe",
        "Console",
        "kKeyObject",
        "webidl",
        "webidlBrand",
        "pathFromURL",
        "resourceForReadableStream",
        "defineEventHandler",
        "core",
        "internals",
        "primordials",
        "ops",
        "any",
        "DOMString",
        "MessagePort",
    ] {
        let program = format!(
            "const holders = [];
            const note = (holder) => {{ holders.push(Object.getOwnPropertyNames(holder).join()); }};
            Object.defineProperty(Object.prototype, '{name}', {{
              get() {{ note(this); }},
              set() {{ note(this); }},
            }});
            for (const name of {GLOBALS}) try {{ globalThis[name]; }} catch {{}}
            holders.join('; ')"
        );
        assert_eq!(value(&runtime(), &program), "", "{name}");
    }
}

/// Whatever code of the program's runs amid the loading, it is stopped like any other, and what was taken away is put back.
#[test]
fn a_program_that_is_loading_the_platform_is_stopped() {
    let runtime = runtime();
    for (permanent, global) in [
        ("Object.defineProperty(Uint8Array, 'name', { configurable: false, get: forever })", "URL"),
        (
            "Object.defineProperty(Uint8Array, 'name', { configurable: false, get: forever })",
            "ReadableStream",
        ),
        (
            "Object.defineProperty(Object.prototype, 'configurable', { configurable: false, get: forever })",
            "URL",
        ),
        ("Object.defineProperty(Object.prototype, 'kKeyObject', { get: forever })", "CryptoKey"),
    ] {
        let fresh = crate::support::runtime();
        let program = format!(
            "Object.prototype.added = 1; Array.prototype.push2 = 2;
            const forever = () => {{ for (;;); }};
            {permanent};
            {global}; 'loaded'"
        );
        let (_, outcome) = run(&fresh, limited(&program, |limits| limits.wall = Duration::from_millis(200)));
        assert!(
            matches!(&outcome.status, Status::Limit(LimitKind::Wall))
                || matches!(&outcome.status, Status::Ok(value) if value.to_text().contains("loaded")),
            "{permanent}"
        );
        assert_eq!(value(&fresh, "`${({}).added} ${[].push2}`").trim_matches('\''), "1 2", "{permanent}");
    }
    assert_eq!(value(&runtime, "new URL('http://a').href").trim_matches('\''), "http://a/");
}

/// What a program can put back itself, the engine does: the program's code does not run.
#[test]
fn replaced_properties_and_prototypes_are_not_asked() {
    for change in [
        "Object.defineProperty(Uint8Array, 'name', { get: hit })",
        "Object.defineProperty(Function.prototype.call, 'name', { get: hit })",
        "Object.defineProperty(RegExp.prototype, Symbol.match, { get: hit })",
        "Object.defineProperty(Array.prototype, 'constructor', { get: hit })",
        "Object.defineProperty(Array, Symbol.species, { get: hit })",
        "Array.prototype[Symbol.iterator] = hit",
        "Object.getPrototypeOf([][Symbol.iterator]()).next = hit",
        "Object.setPrototypeOf(Array.prototype, new Proxy({}, { get: hit, set: hit, has: hit }))",
        "Object.setPrototypeOf(Function.prototype, new Proxy({}, { get: hit, set: hit, has: hit }))",
    ] {
        let program = format!(
            "let hits = 0; const hit = () => {{ ++hits; throw 1; }};
            {change};
            const names = {GLOBALS};
            for (let i = 0; i < names.length; ++i) try {{ globalThis[names[i]]; }} catch {{}}
            hits"
        );
        assert_eq!(value(&runtime(), &program), "0", "{change}");
    }
    let kept = "const proxy = new Proxy({}, {}); Object.setPrototypeOf(Array.prototype, proxy);
        delete RegExp.prototype.exec; const species = () => Array;
        Object.defineProperty(Array, Symbol.species, { get: species });
        URL;
        [Object.getPrototypeOf(Array.prototype) === proxy, Object.hasOwn(RegExp.prototype, 'exec'),
          Object.getOwnPropertyDescriptor(Array, Symbol.species).get === species].toString()";
    let kept = format!(
        "Array.prototype.toString = function () {{ return `${{this[0]}} ${{this[1]}} ${{this[2]}}`; }}; {kept}"
    );
    assert_eq!(value(&runtime(), &kept).trim_matches('\''), "true false true");
}

/// Taking additions away is not to be stopped, and so there may not be very many.
#[test]
fn very_many_additions_are_refused_and_stay() {
    let program = "for (let i = 0; i < 20_000; ++i) Object.prototype['p' + i] = i;
        let thrown; try { URL } catch (error) { thrown = error; }
        const kept = ({}).p19999;
        for (let i = 0; i < 20_000; ++i) delete Object.prototype['p' + i];
        `${thrown instanceof RangeError} ${kept} ${new URL('http://a').href}`";
    assert_eq!(value(&runtime(), program).trim_matches('\''), "true 19999 http://a/");
}

#[test]
fn additions_stay_where_nothing_more_may_be_added() {
    for way in ["preventExtensions", "seal", "freeze"] {
        let program = format!(
            "Object.prototype.added = 1; Array.prototype.last = 2; Object.{way}(Object.prototype); Object.{way}(Array.prototype);
            const url = new URL('http://a'); `${{({{}}).added}} ${{[].last}} ${{url.href}}`"
        );
        assert_eq!(value(&runtime(), &program).trim_matches('\''), "1 2 http://a/", "{way}");
    }
}

/// As a polyfill does that uses `defineProperty`.
#[test]
fn permanent_data_properties_keep_nothing_from_loading() {
    let program = format!(
        "Object.defineProperty(Array.prototype, 'any', {{ value() {{}} }});
        Object.defineProperty(Object.prototype, 'extend', {{ value() {{}} }});
        Object.defineProperty(Object.prototype, 'webidl', {{ value: 1 }});
        const failed = [];
        for (const name of {GLOBALS}) try {{ globalThis[name]; }} catch (error) {{ failed.push(`${{name}} ${{error}}`); }}
        failed.join()"
    );
    let runtime = runtime();
    assert_eq!(value(&runtime, &program).trim_matches('\''), "");
    let (_, outcome) = run(&runtime, request("new URL('b', 'http://a').href"));
    assert!(matches!(outcome.status, Status::Ok(_)));
}
