//! `POST /execute`: the playground contract.

use serde_json::json;

use crate::server::Server;

#[test]
fn a_value_is_told_as_a_console_shows_it() {
    let server = Server::start();
    let table = [
        ("2 + 2", "4"),
        ("", "undefined"),
        ("undefined", "undefined"),
        ("null", "null"),
        ("'bare'", "bare"),
        ("-0", "-0"),
        ("10n ** 20n", "100000000000000000000n"),
        ("({ a: 1 })", "{ a: 1 }"),
        ("[1, 2]", "[ 1, 2 ]"),
        ("['x']", "[ 'x' ]"),
        ("new Map([['k', 1]])", "Map(1) { 'k' => 1 }"),
        ("Promise.resolve('awaited')", "awaited"),
        ("await Promise.resolve(7)", "7"),
        ("const x = await new Promise(resolve => setTimeout(() => resolve(1), 5)); x + 1", "2"),
        ("'\u{1f600} \u{e9}'", "\u{1f600} \u{e9}"),
    ];
    for (code, result) in table {
        let answer = server.execute(&json!({ "code": code }));
        assert_eq!(answer, json!({ "success": true, "result": result, "error": null }), "{code}");
    }
}

#[test]
fn a_throw_is_told_with_its_place() {
    let server = Server::start();
    let table = [
        ("const f = 1;\nf()", "TypeError: f is not a function (main.js:2:1)"),
        ("throw new RangeError('no')", "RangeError: no (main.js:1:"),
        ("Promise.reject(new Error('later'))", "Error: later"),
        ("throw 42", "Uncaught 42"),
        ("let 1", "SyntaxError: "),
    ];
    for (code, error) in table {
        let answer = server.execute(&json!({ "code": code }));
        assert_eq!((&answer["success"], &answer["result"]), (&json!(false), &json!(null)), "{answer}");
        assert!(answer["error"].as_str().is_some_and(|text| text.starts_with(error)), "{code}: {answer}");
    }
    server.assert_alive();
}

#[test]
fn a_limit_is_named_with_its_value_and_the_next_call_succeeds() {
    let server = Server::start();
    let table = [
        (json!({ "code": "while (true) {}", "timeout": 0.5 }), "wall time limit exceeded (0.5 s)"),
        (
            json!({ "code": "await new Promise(resolve => setTimeout(resolve, 60_000))", "timeout": 0.25 }),
            "wall time limit exceeded (0.25 s)",
        ),
        (
            // On a machine that is busy 128 MiB take their time.
            json!({ "code": "const kept = []; for (;;) kept.push(new Array(1_000_000).fill(kept.length))", "timeout": 30 }),
            "memory limit exceeded (128 MiB)",
        ),
        (
            json!({ "code": "for (;;) console.log('x'.repeat(1000))", "timeout": 30 }),
            "output limit exceeded (1 MiB)",
        ),
    ];
    for (body, error) in table {
        let answer = server.execute(&body);
        assert_eq!(answer, json!({ "success": false, "result": null, "error": error }), "{body}");
        server.assert_alive();
    }
}

#[test]
fn an_allocation_that_kills_the_engine_kills_one_worker_only() {
    let server = Server::start();
    let answer = server.execute(&json!({ "code": "new Array(2 ** 32 - 1).fill(0)" }));
    assert_eq!((&answer["success"], &answer["result"]), (&json!(false), &json!(null)), "{answer}");
    // Which limit ends it first depends on the machine.
    let error = answer["error"].as_str().expect("a reason");
    assert!(["memory", "crashed", "wall time", "CPU time"].iter().any(|end| error.contains(end)), "{error}");
    server.assert_alive();
}

#[test]
fn a_call_leaves_nothing_behind() {
    let server = Server::start();
    server.execute(&json!({ "code": "globalThis.left = 1; Array.prototype.left = 2; var kept = 3" }));
    let answer = server.execute(&json!({ "code": "[typeof left, [].left, typeof kept]" }));
    assert_eq!(answer["result"], "[ 'undefined', undefined, 'undefined' ]");
}

#[test]
fn calls_at_the_same_time_wait_for_their_turn() {
    let server = Server::start_with(&["--max-runs", "1"]);
    std::thread::scope(|scope| {
        for number in 0..4 {
            let server = &server;
            scope.spawn(move || {
                let answer = server.execute(&json!({ "code": format!("{number} + 1") }));
                assert_eq!(answer["result"], (number + 1).to_string());
            });
        }
    });
}
