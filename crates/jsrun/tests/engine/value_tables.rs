//! The tables of docs/values.md, row by row.

use jsrun::{Runtime, Value};

use crate::support::runtime;

const PAGE: &str = include_str!("../../../../docs/values.md");

#[test]
fn what_crosses_is_as_the_table_says() {
    let runtime = runtime();
    let describe = function(
        &runtime,
        "(x) => x === null ? 'null' : x === undefined ? 'undefined'
            : typeof x === 'function' ? 'the same function' : x instanceof ReadableStream ? 'the same stream'
            : typeof x === 'object' ? x.constructor.name : `a ${typeof x}`",
    );
    let is_seen = function(&runtime, "(x) => x === globalThis.seen");
    let mut variants = Vec::new();
    for row in table("conversions") {
        let [code, variant, text, back] = row.as_slice() else { panic!("four columns: {row:?}") };
        // Declarations of one row are none of the next, and the value can be looked at again.
        let value = runtime.eval(format!("globalThis.seen = eval({code:?})")).expect(code);
        assert_eq!(variant_of(&value), variant, "{code}");
        assert_eq!(value.to_string(), text.as_str(), "{code}");
        let described = runtime.call_function(&describe, [value.clone()]).expect(code);
        assert_eq!(described.as_str(), Some(back.as_str()), "{code}");
        if back.starts_with("the same") {
            let same = runtime.call_function(&is_seen, [value.clone()]).expect(code);
            assert_eq!(same.as_bool(), Some(true), "{code}");
        }
        variants.push(variant_of(&value));
    }
    for variant in VARIANTS {
        assert!(variants.contains(&variant), "no row gives a Value::{variant}");
    }
}

#[test]
fn what_does_not_cross_is_as_the_table_says() {
    let runtime = runtime();
    let rows = table("refusals");
    assert!(rows.len() > 10, "{rows:?}");
    for row in rows {
        let [code, error] = row.as_slice() else { panic!("two columns: {row:?}") };
        let result = runtime.eval(format!("eval({code:?})"));
        assert_eq!(result.expect_err(code).to_string(), *error, "{code}");
    }
    assert_eq!(runtime.eval("1 + 1").expect("it lives").as_f64(), Some(2.0));
}

fn function(runtime: &Runtime, code: &str) -> jsrun::FunctionHandle {
    match runtime.eval(code).expect(code) {
        Value::Function(function) => function,
        other => panic!("not a function: {other:?}"),
    }
}

/// The rows of the table after a mark, without the backquotes.
fn table(mark: &str) -> Vec<Vec<String>> {
    let (_, rest) = PAGE.split_once(&format!("<!-- {mark} -->\n\n")).expect("the page has the mark");
    let rows = rest.lines().take_while(|line| line.starts_with('|')).skip(2);
    rows.map(|row| {
        let cells = row.trim_matches('|').split(" | ");
        cells.map(|cell| cell.trim().trim_matches('`').to_owned()).collect()
    })
    .collect()
}

const VARIANTS: [&str; 15] = [
    "Undefined",
    "Null",
    "Boolean",
    "Number",
    "BigInt",
    "String",
    "Bytes",
    "Date",
    "Array",
    "Object",
    "Map",
    "Set",
    "Error",
    "Function",
    "Stream",
];

fn variant_of(value: &Value) -> &'static str {
    match value {
        Value::Undefined => "Undefined",
        Value::Null => "Null",
        Value::Boolean(_) => "Boolean",
        Value::Number(_) => "Number",
        Value::BigInt(_) => "BigInt",
        Value::String(_) => "String",
        Value::Bytes(_) => "Bytes",
        Value::Date(_) => "Date",
        Value::Array(_) => "Array",
        Value::Numbers(_) => "Numbers",
        Value::Object(_) => "Object",
        Value::Map(_) => "Map",
        Value::Set(_) => "Set",
        Value::Error(_) => "Error",
        Value::Function(_) => "Function",
        Value::Stream(_) => "Stream",
    }
}
