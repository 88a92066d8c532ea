//! Any value goes into JavaScript and comes back, and any source text means what it says.

use std::collections::BTreeMap;

use jsrun::{
    BigInt, ByteSize, ConversionErrorKind, ConversionLimits, Error, FunctionHandle, JsString, Runtime, Value,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};

/// What JavaScript makes of a value: array indexes come first among an object's keys, the last of equal keys wins where
/// the first stood, and `-0` is 0 as a key.
pub(crate) fn as_javascript_keeps(value: &Value) -> Value {
    match value {
        Value::Array(elements) => Value::Array(elements.iter().map(as_javascript_keeps).collect()),
        Value::Object(properties) => {
            let (mut indexed, mut named) = (BTreeMap::new(), Vec::<(JsString, Value)>::new());
            for (key, value) in properties {
                let value = as_javascript_keeps(value);
                if let Some(index) = array_index(key) {
                    indexed.insert(index, (key.clone(), value));
                } else if let Some((_, before)) = named.iter_mut().find(|(name, _)| name == key) {
                    *before = value;
                } else {
                    named.push((key.clone(), value));
                }
            }
            Value::Object(indexed.into_values().chain(named).collect())
        }
        Value::Map(entries) => {
            let mut kept = Vec::<(Value, Value)>::new();
            for (key, value) in entries {
                let (key, value) = (as_key(key), as_javascript_keeps(value));
                match kept.iter_mut().find(|(before, _)| is_same_key(before, &key)) {
                    Some((_, before)) => *before = value,
                    None => kept.push((key, value)),
                }
            }
            Value::Map(kept)
        }
        Value::Set(elements) => {
            let mut kept = Vec::<Value>::new();
            for element in elements.iter().map(as_key) {
                if !kept.iter().any(|before| is_same_key(before, &element)) {
                    kept.push(element);
                }
            }
            Value::Set(kept)
        }
        other => other.clone(),
    }
}

/// Whether values are the same but for what has an identity of its own.
pub(crate) fn same(left: &Value, right: &Value) -> bool {
    let all = |left: &[Value], right: &[Value]| {
        left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
    };
    match (left, right) {
        (Value::Number(left), Value::Number(right)) if left.is_nan() => right.is_nan(),
        (Value::Number(left), Value::Number(right)) => left.to_bits() == right.to_bits(),
        (Value::Numbers(left), Value::Numbers(right)) => {
            let numbers = left.iter().zip(right);
            left.len() == right.len()
                && numbers
                    .into_iter()
                    .all(|(left, right)| same(&Value::Number(*left), &Value::Number(*right)))
        }
        // An array that had an exotic element on its way out may be packed on its way back.
        (Value::Array(_), Value::Numbers(_)) => same(left, &unpacked(right)),
        (Value::Array(left), Value::Array(right)) | (Value::Set(left), Value::Set(right)) => all(left, right),
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().zip(right).all(|(left, right)| left.0 == right.0 && same(&left.1, &right.1))
        }
        (Value::Map(left), Value::Map(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| same(&left.0, &right.0) && same(&left.1, &right.1))
        }
        (Value::Error(left), Value::Error(right)) => left.message == right.message,
        (Value::Function(_), Value::Function(_)) | (Value::Stream(_), Value::Stream(_)) => true,
        (left, right) => left == right,
    }
}

/// <https://tc39.es/ecma262/#array-index>
fn array_index(key: &JsString) -> Option<u32> {
    let index: u32 = key.as_str()?.parse().ok()?;
    (index < u32::MAX && *key == index.to_string().as_str()).then_some(index)
}

fn as_key(key: &Value) -> Value {
    match key {
        Value::Number(number) if *number == 0.0 => Value::Number(0.0),
        other => as_javascript_keeps(other),
    }
}

/// <https://tc39.es/ecma262/#sec-samevaluezero>, for what a value became on its way in: objects are only what they are.
fn is_same_key(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(_), Value::Number(_)) => same(left, right),
        (Value::Undefined, Value::Undefined) | (Value::Null, Value::Null) => true,
        (Value::Boolean(left), Value::Boolean(right)) => left == right,
        (Value::BigInt(left), Value::BigInt(right)) => left == right,
        (Value::String(left), Value::String(right)) => left == right,
        _ => false,
    }
}

/// A runtime for all cases of a test, with a function that returns its argument.
struct Echo {
    runtime: Runtime,
    function: FunctionHandle,
}

impl Echo {
    fn new(limits: ConversionLimits) -> Self {
        let runtime = Runtime::builder().conversion(limits).build().expect("a runtime starts");
        let Value::Function(function) = runtime.eval("(x) => x").expect("it runs") else {
            panic!("not a function")
        };
        Self { runtime, function }
    }

    fn echo(&self, value: Value) -> Result<Value, Error> {
        self.runtime.call_function(&self.function, [value])
    }
}

/// Tries so many values, the same each time.
fn check<S: Strategy>(cases: u32, strategy: &S, mut test: impl FnMut(S::Value)) {
    let config =
        Config { cases, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..Config::default() };
    let test = std::cell::RefCell::new(&mut test);
    TestRunner::new(config)
        .run(strategy, |value| {
            (test.borrow_mut())(value);
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
}

fn utf16() -> impl Strategy<Value = JsString> {
    let unit = prop_oneof![
        0_u16..0x80,
        Just(0),
        0xd800_u16..0xe000,
        any::<u16>(),
        // Octal digits, which follow an escaped NUL badly.
        0x30_u16..0x3a,
    ];
    proptest::collection::vec(unit, 0..12).prop_map(JsString::from_utf16)
}

fn key() -> impl Strategy<Value = JsString> {
    prop_oneof![
        4 => utf16(),
        2 => (0_u32..20).prop_map(|index| index.to_string().into()),
        1 => proptest::sample::select(vec![
            "__proto__", "constructor", "then", "length", "4294967294", "4294967295", "-1", "01", "1.5", "get", "a b",
        ])
        .prop_map(JsString::from),
    ]
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<i32>().prop_map(f64::from),
        any::<u64>().prop_map(f64::from_bits),
        proptest::sample::select(vec![0.0, -0.0, f64::NAN, f64::INFINITY, 1e21, 5e-324, f64::MAX]),
    ]
}

fn big_int() -> impl Strategy<Value = BigInt> {
    (any::<bool>(), proptest::collection::vec(any::<u64>(), 0..6))
        .prop_map(|(negative, words)| BigInt::from_words(negative, words))
}

/// What has source text of its own.
fn literal() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Undefined),
        Just(Value::Null),
        any::<bool>().prop_map(Value::Boolean),
        number().prop_map(Value::Number),
        big_int().prop_map(Value::BigInt),
        utf16().prop_map(Value::String),
        // Whole milliseconds in range: https://tc39.es/ecma262/#sec-timeclip
        (-8_640_000_000_000_000_i64..=8_640_000_000_000_000).prop_map(|time| Value::Date(i64_to_f64(time))),
    ]
}

#[expect(clippy::cast_precision_loss, reason = "times are below 2 ** 53")]
fn i64_to_f64(number: i64) -> f64 {
    number as f64
}

fn nested(leaf: impl Strategy<Value = Value> + 'static) -> impl Strategy<Value = Value> {
    leaf.prop_recursive(5, 40, 6, |inner| {
        let list = proptest::collection::vec(inner.clone(), 0..6);
        prop_oneof![
            list.clone().prop_map(Value::Array),
            list.prop_map(Value::Set),
            proptest::collection::vec((key(), inner.clone()), 0..6).prop_map(Value::Object),
            proptest::collection::vec((inner.clone(), inner), 0..6).prop_map(Value::Map),
        ]
    })
}

fn value() -> impl Strategy<Value = Value> {
    let numbers = proptest::collection::vec(number().prop_map(Value::Number), 60..200).prop_map(Value::Array);
    nested(prop_oneof![
        8 => literal(),
        1 => proptest::collection::vec(any::<u8>(), 0..40).prop_map(Value::Bytes),
        // Long enough to be packed.
        1 => numbers,
    ])
}

#[test]
fn any_value_goes_in_and_comes_back() {
    let echo = Echo::new(ConversionLimits::default());
    check(1_000, &value(), |value| {
        let back = echo.echo(value.clone()).expect("it crosses");
        let expected = as_javascript_keeps(&value);
        assert!(same(&expected, &back), "{expected}\ncame back as\n{back}");
    });
}

#[test]
fn numbers_go_in_packed_or_not_and_come_back_as_asked() {
    let packing = Echo::new(ConversionLimits { pack_numbers: true, ..ConversionLimits::default() });
    let plain = Echo::new(ConversionLimits::default());
    let is_array = match plain.runtime.eval("(x) => Array.isArray(x) && Object.keys(x).length === x.length") {
        Ok(Value::Function(is_array)) => is_array,
        other => panic!("{other:?}"),
    };
    let mut packed = 0;
    check(200, &proptest::collection::vec(number(), 0..200), |numbers| {
        let array = Value::Array(numbers.iter().copied().map(Value::Number).collect());
        for there in [Value::Numbers(numbers.clone()), array.clone()] {
            // Inside of another value, too.
            let back = packing.echo(Value::object([("inner", there.clone())])).expect("it crosses");
            let inner = back.get("inner").expect("it is there");
            packed += u32::from(inner.as_numbers().is_some());
            assert!(same(&array, &unpacked(inner)), "{array}\ncame back as\n{inner}");
            assert_eq!(inner.to_string(), array.to_string());
            let back = plain.echo(there.clone()).expect("it crosses");
            assert!(same(&array, &back), "{array}\ncame back as\n{back}");
            assert!(back.as_array().is_some(), "it is packed: {back}");
            let answer = plain.runtime.call_function(&is_array, [there]).expect("it crosses");
            assert_eq!(answer, Value::Boolean(true), "{array}");
        }
    });
    assert!(packed > 100, "{packed}");
}

#[test]
fn what_is_no_array_of_numbers_is_not_packed() {
    let runtime = Runtime::builder()
        .conversion(ConversionLimits { pack_numbers: true, ..ConversionLimits::default() })
        .build()
        .expect("a runtime starts");
    for (code, last) in [
        ("const a = Array(100).fill(1); a[99] = 'x'; a", Value::from("x")),
        ("const holes = Array(100).fill(1.5); delete holes[99]; holes", Value::Undefined),
        ("Array.from({ length: 100 }, (_, i) => i < 99 ? i : 1n)", Value::BigInt(BigInt::from(1_i64))),
        ("Array(100).fill(1).with(99, null)", Value::Null),
    ] {
        let value = runtime.eval(code).expect("it crosses");
        let elements = value.as_array().unwrap_or_else(|| panic!("{code} gave {value}"));
        assert_eq!((elements.len(), elements.last()), (100, Some(&last)), "{code}");
    }
    // Getters run once, in order, and what they give counts.
    let getter = "let n = 0; const g = Array(100).fill(0);
        Object.defineProperty(g, 50, { enumerable: true, get() { n++; g.length = 60; return 7 } }); g";
    let value = runtime.eval(getter).expect("it crosses");
    let text = value.to_string();
    assert!(text.starts_with("[0, 0") && text.ends_with("undefined]"), "{text}");
    assert_eq!(runtime.eval("n").expect("it runs"), Value::from(1));
}

#[test]
fn packed_numbers_count_as_arrays_do() {
    for (depth, size) in [(1, 799), (1, 8 + 799), (1, 8 + 800), (0, 10_000), (2, 16 + 800), (2, 15 + 800)] {
        let limits = ConversionLimits { depth, size: ByteSize::bytes(size), pack_numbers: true };
        let echo = Echo::new(limits);
        for nested in [false, true] {
            let nest = |value| if nested { Value::Array(vec![value]) } else { value };
            let packed = refusal(echo.echo(nest(Value::Numbers(vec![1.0; 100]))), "args[0]");
            let plain = refusal(echo.echo(nest(Value::from(vec![1; 100]))), "args[0]");
            assert_eq!(packed, plain, "{limits:?}");
        }
    }
}

/// A value without packed numbers.
fn unpacked(value: &Value) -> Value {
    match value {
        Value::Numbers(numbers) => Value::Array(numbers.iter().copied().map(Value::Number).collect()),
        other => other.clone(),
    }
}

#[test]
fn a_values_text_is_source_of_the_value() {
    let runtime = Runtime::new().expect("a runtime starts");
    check(1_000, &nested(literal()), |value| {
        let result = runtime.eval(format!("({value})")).expect("it is JavaScript");
        let expected = as_javascript_keeps(&value);
        assert!(same(&expected, &result), "{expected}\nwas read as\n{result}");
    });
}

#[test]
fn any_string_is_the_same_on_the_other_side() {
    let echo = Echo::new(ConversionLimits::default());
    let length = match echo.runtime.eval("(x) => [...Array(x.length).keys()].map((i) => x.charCodeAt(i))") {
        Ok(Value::Function(length)) => length,
        other => panic!("{other:?}"),
    };
    check(500, &proptest::collection::vec(any::<u16>(), 0..40), |units| {
        let text = Value::String(JsString::from_utf16(units.clone()));
        let seen = echo.runtime.call_function(&length, [text]).expect("it crosses");
        assert_eq!(seen, Value::Array(units.into_iter().map(|unit| Value::from(u32::from(unit))).collect()));
    });
}

#[test]
fn any_big_int_is_the_same_number_on_the_other_side() {
    let echo = Echo::new(ConversionLimits::default());
    let hexadecimal =
        match echo.runtime.eval("(x) => (x < 0n ? '-' : '') + '0x' + (x < 0n ? -x : x).toString(16)") {
            Ok(Value::Function(hexadecimal)) => hexadecimal,
            other => panic!("{other:?}"),
        };
    check(500, &big_int(), |number| {
        let text =
            echo.runtime.call_function(&hexadecimal, [Value::BigInt(number.clone())]).expect("it crosses");
        assert_eq!(text.as_str(), Some(number.to_string().as_str()));
    });
}

#[test]
fn sizes_and_depths_count_the_same_both_ways() {
    let mut refused = 0;
    check(100, &(nested(literal()), 0_u64..=100), |(value, percent)| {
        // As JavaScript keeps it: what is left out on the way would be counted on one way only.
        let value = as_javascript_keeps(&value);
        let (size, depth) = (size(&value), depth(&value));
        // The function that echoes counts 8 bytes itself.
        let whole = Echo::new(ConversionLimits {
            depth,
            size: ByteSize::bytes(size.max(8)),
            ..ConversionLimits::default()
        });
        assert!(same(&value, &whole.echo(value.clone()).expect("what fits in fits out")), "{value}");
        for limits in [
            ConversionLimits {
                size: ByteSize::bytes((size * percent / 100).max(8)),
                ..ConversionLimits::default()
            },
            ConversionLimits { depth: depth.saturating_sub(1), ..ConversionLimits::default() },
        ] {
            let echo = Echo::new(limits);
            let inwards = refusal(echo.echo(value.clone()), "args[0]");
            let outwards = refusal(echo.runtime.eval(format!("({value})")), "value");
            assert_eq!(inwards, outwards, "{value} under {limits:?}");
            refused += u32::from(inwards.is_some());
        }
    });
    assert!(refused > 20, "{refused}");
}

/// Why a value did not cross, and where.
fn refusal(result: Result<Value, Error>, root: &str) -> Option<(&'static str, String)> {
    match result {
        Ok(_) => None,
        Err(Error::Conversion(error)) => {
            let path = error.path.strip_prefix(root).expect("the path begins with the root").to_owned();
            match error.kind {
                ConversionErrorKind::Depth { .. } => Some(("depth", path)),
                ConversionErrorKind::Size { .. } => Some(("size", path)),
                other => panic!("{other:?} at {path}"),
            }
        }
        Err(error) => panic!("{error}"),
    }
}

/// What docs/values.md says that a value counts.
fn size(value: &Value) -> u64 {
    let part = |part: &Value| size(part);
    let least = |parts: u64, sum: u64| 8 + sum.max(8 * parts);
    match value {
        Value::Array(elements) | Value::Set(elements) => {
            least(elements.len() as u64, elements.iter().map(part).sum())
        }
        Value::Map(entries) => {
            least(2 * entries.len() as u64, entries.iter().map(|(key, value)| part(key) + part(value)).sum())
        }
        Value::Object(properties) => {
            8 + properties.iter().map(|(key, value)| key.utf8_len() as u64 + part(value)).sum::<u64>()
        }
        Value::String(text) => text.utf8_len() as u64,
        Value::Bytes(bytes) => bytes.len() as u64,
        Value::BigInt(number) => 8 + 8 * number.words().len() as u64,
        _ => 8,
    }
}

fn depth(value: &Value) -> u32 {
    let deepest = |parts: &[Value]| parts.iter().map(depth).max().unwrap_or(0);
    1 + match value {
        Value::Array(elements) | Value::Set(elements) => deepest(elements),
        Value::Object(properties) => properties.iter().map(|(_, value)| depth(value)).max().unwrap_or(0),
        Value::Map(entries) => {
            entries.iter().map(|(key, value)| depth(key).max(depth(value))).max().unwrap_or(0)
        }
        _ => return 0,
    }
}
