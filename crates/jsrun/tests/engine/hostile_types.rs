//! TypeScript that is written to overflow the stack of what removes its types, or to keep it busy.

use std::time::Duration;

use jsrun::{Call, Error};
use jsrun_types::{Language, LimitKind, RunRequest, Status};

use crate::support::{run, runtime, value};

fn typed(code: &str) -> Call {
    Call::eval(code).language(Language::TypeScript)
}

/// A program that keeps the parser busy for minutes: it tries each `<` as the begin of type arguments, and then as an operator.
fn endless() -> String {
    format!("{}B{}", "f<".repeat(4_900), ">()".repeat(4_900))
}

/// What begins, nests and ends a program.
const NESTS: [(&str, &str, &str, &str); 32] = [
    ("a", "+a", "", ""),
    ("a", ".b", "", ""),
    ("a", "!", "", ""),
    ("a", "()", "", ""),
    ("a", "``", "", ""),
    ("a", " as any", "", ""),
    ("", "!", "1", ""),
    ("", "(", "1", ")"),
    ("", "[", "", "]"),
    ("x = ", "{a:", "1", "}"),
    ("", "{", "", "}"),
    ("", "a ? b : ", "c", ""),
    ("", "a ? ", "b", " : c"),
    ("", "a => ", "1", ""),
    ("", "a = ", "1", ""),
    ("", "a ** ", "1", ""),
    ("", "if (1) ", ";", ""),
    ("", "if (1); else ", ";", ""),
    ("", "while (1) ", ";", ""),
    ("", "a:", ";", ""),
    ("", "function f() {", "", "}"),
    ("", "`${", "1", "}`"),
    ("x = ", "class extends ", "A", "{}"),
    ("", "namespace A {", "", "}"),
    ("", "@a ", "class A {}", ""),
    ("let x: ", "A<", "B", ">"),
    ("let x: ", "keyof ", "A", ""),
    ("let x: ", "() => ", "A", ""),
    ("let x: ", "A extends B ? C : ", "D", ""),
    ("let x: A", "[]", "", ""),
    ("let x: ", "{a: ", "A", "}"),
    ("let x: A", " | A", "", ""),
];

#[test]
fn nesting_ends_no_process() {
    let runtime = runtime();
    for (begin, link, middle, end) in NESTS {
        for links in [5_000, 60_000] {
            let code = format!("{begin}{}{middle}{}", link.repeat(links), end.repeat(links));
            // Some of them have no end; what counts is that there is an answer.
            let answer = runtime.call(typed(&code).wall(Duration::from_secs(1)));
            if links > 5_000
                && let Err(Error::Exception(thrown)) = &answer
            {
                let exception = &thrown.exception;
                assert!(
                    matches!(exception.name.as_deref(), Some("SyntaxError" | "RangeError")),
                    "{exception:?}"
                );
            }
        }
    }
    assert_eq!(value(&runtime, "1 + 1"), "2");
}

#[test]
fn what_nests_too_deep_says_where() {
    let runtime = runtime();
    let code = format!("let a = 1\nlet b = a{}", "+a".repeat(200_000));
    let Err(Error::Exception(thrown)) = runtime.call(typed(&code).named("deep.ts")) else {
        panic!("it nests too deep");
    };
    let exception = thrown.exception;
    assert_eq!(exception.name.as_deref(), Some("SyntaxError"));
    assert!(exception.message.contains("nests too deep"), "{}", exception.message);
    let position = exception.position.expect("it has a position");
    assert_eq!((position.file.as_str(), position.line), ("deep.ts", 2));
    assert!(position.column > 1);
}

/// What the transforms go through again for each thing that it is in.
#[test]
fn what_is_too_long_for_its_depth_is_refused() {
    let runtime = runtime();
    for (link, end) in [
        ("enum E { A = () => {", "}}"),
        ("@d class C { m() {", "}}"),
        ("x = @d class C { m() {", "}}"),
        ("(() => {", "})"),
        ("{", "}"),
    ] {
        let program = |depth: usize, length: usize| {
            format!("{}{}{}", link.repeat(depth), "a;".repeat(length), end.repeat(depth))
        };
        let answer = runtime.call(typed(&program(1_000, 60_000)).wall(Duration::from_mins(1)));
        let Err(Error::Exception(thrown)) = answer else { panic!("{link}: {answer:?}") };
        assert_eq!(thrown.exception.name.as_deref(), Some("SyntaxError"), "{link}");
        assert!(thrown.exception.message.contains("nests too deep"), "{link}: {}", thrown.exception.message);
        let answer = runtime.call(typed(&program(20, 20_000)).wall(Duration::from_mins(1)));
        let is_refused = matches!(&answer, Err(Error::Exception(thrown))
            if thrown.exception.message.contains("nests too deep"));
        assert!(!is_refused, "{link}: {answer:?}");
    }
    assert_eq!(value(&runtime, "1 + 1"), "2");
}

#[test]
fn ordinary_depth_is_no_matter() {
    let runtime = runtime();
    let terms = format!("const t: string = 'a'{}; t.length", " + 'a'".repeat(4_999));
    assert_eq!(runtime.call(typed(&terms)).expect("it is short enough").as_f64(), Some(5_000.0));
    let arms: Vec<_> =
        (0..2_000).map(|arm| format!("if (n === {arm}) {{ return 'arm {arm}' }} else ")).collect();
    let arms = arms.concat();
    let chain = format!("(function (n: number): string {{ {arms} return 'none' }})(1_999)");
    assert_eq!(runtime.call(typed(&chain)).expect("it is short enough").as_str(), Some("arm 1999"));
    let brackets = format!("const deep: any = {}1{}; 2", "[".repeat(1_000), "]".repeat(1_000));
    assert_eq!(runtime.call(typed(&brackets)).expect("it is short enough").as_f64(), Some(2.0));
}

#[test]
fn a_deadline_ends_the_removal_of_types() {
    let runtime = runtime();
    let answer = runtime.call(typed(&endless()).wall(Duration::from_millis(200)));
    assert!(matches!(answer, Err(Error::Limit { kind: LimitKind::Wall, .. })), "{answer:?}");
    assert_eq!(value(&runtime, "1 + 1"), "2");
    let answer = runtime.call(typed(&endless()).cpu(Duration::from_millis(200)));
    assert!(matches!(answer, Err(Error::Limit { kind: LimitKind::Cpu, .. })), "{answer:?}");
    assert_eq!(value(&runtime, "1 + 1"), "2");
    let mut request = RunRequest::new(endless());
    request.language = Language::TypeScript;
    request.limits.wall = Duration::from_millis(200);
    assert_eq!(run(&runtime, request).1.status, Status::Limit(LimitKind::Wall));
    assert_eq!(value(&runtime, "1 + 1"), "2");
}

#[test]
fn termination_ends_the_removal_of_types() {
    let runtime = runtime();
    let call = runtime.start_call(typed(&endless()), None).expect("the runtime is open");
    runtime.terminate();
    let answer = loop {
        if let Some(answer) = call.wait(Duration::from_secs(1)) {
            break answer;
        }
    };
    assert!(matches!(answer, Err(Error::Closed(_))), "{answer:?}");
}
