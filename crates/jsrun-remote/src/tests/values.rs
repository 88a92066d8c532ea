//! Values of all kinds and sizes.

use jsrun::{BigInt, Call, ConversionErrorKind, ConversionLimits, Error, JsString, Value};

use super::stage::{call, call_of, remote, unhurried};
use crate::RemoteOptions;

#[test]
fn every_value_comes_back_as_it_was() {
    let remote = remote(unhurried());
    let Ok(Value::Function(same)) = call(&remote, "(x) => x") else { panic!("not a function") };
    let values = vec![
        Value::Undefined,
        Value::Null,
        Value::Boolean(true),
        Value::Number(-0.0),
        Value::Number(f64::INFINITY),
        Value::BigInt(BigInt::from(i128::MAX)),
        Value::from("text"),
        Value::String(JsString::from_utf16(vec![0x61, 0xd800])),
        Value::Bytes(vec![0, 255, 7]),
        Value::Date(86_400_000.0),
        Value::object([("a", Value::Null), ("", Value::Array(vec![]))]),
        Value::Map(vec![(Value::from(1), Value::from("one"))]),
        Value::Set(vec![Value::from(1)]),
    ];
    let there = Value::Array(values);
    let back = call_of(&remote, Call::function(&same, [there.clone()])).expect("a value");
    assert_eq!(format!("{back:?}"), format!("{there:?}"));
    let Ok(Value::Error(error)) = call(&remote, "new RangeError('far')") else { panic!("not an error") };
    assert_eq!(error.headline(), "RangeError: far");
}

#[test]
fn numbers_cross_packed_where_they_are_asked_for() {
    let numbers = || (0..1_000).map(|n| f64::from(n) / 4.0).chain([-0.0, f64::INFINITY]);
    for pack_numbers in [false, true] {
        let conversion = ConversionLimits { pack_numbers, ..ConversionLimits::default() };
        let remote = remote(RemoteOptions { conversion, ..unhurried() });
        let Ok(Value::Function(same)) = call(&remote, "(x) => x") else { panic!("not a function") };
        let back = call_of(&remote, Call::function(&same, [Value::Numbers(numbers().collect())]));
        let expected = if pack_numbers {
            Value::Numbers(numbers().collect())
        } else {
            Value::Array(numbers().map(Value::Number).collect())
        };
        assert_eq!(format!("{:?}", back.expect("a value")), format!("{expected:?}"));
    }
}

#[test]
fn the_deepest_value_crosses_both_ways() {
    let conversion = ConversionLimits { depth: 1_000, ..ConversionLimits::default() };
    let remote = remote(RemoteOptions { conversion, ..unhurried() });
    let Ok(Value::Function(same)) = call(&remote, "(x) => x") else { panic!("not a function") };
    let nest = |depth| (0..depth).fold(Value::Null, |inner, _| Value::object([("inner", inner)]));
    let back = call_of(&remote, Call::function(&same, [nest(1_000)])).expect("a value");
    assert_eq!(back, nest(1_000));
    let code = "let deep = null; for (let i = 0; i < 1001; i++) deep = [deep]; deep";
    let Err(Error::Conversion(error)) = call(&remote, code) else { panic!("too deep") };
    assert_eq!(error.kind, ConversionErrorKind::Depth { limit: 1_000 });
    assert!(call_of(&remote, Call::function(&same, [nest(1_001)])).is_err());
    assert_eq!(call(&remote, "1").expect("it lives on"), Value::from(1));
}

#[test]
fn what_fits_into_no_frame_is_an_error_and_the_runtime_lives_on() {
    let conversion = ConversionLimits { size: jsrun::ByteSize::kib(64), ..ConversionLimits::default() };
    let remote = remote(RemoteOptions { conversion, ..unhurried() });
    // These count nothing by the limit of values.
    let empty = call(&remote, "new Array(200000).fill('')");
    assert!(matches!(empty, Err(Error::Conversion(_))), "{empty:?}");
    let errors = call(&remote, "Array.from({ length: 2500 }, () => new Error())");
    assert!(matches!(errors, Err(Error::Conversion(_))), "{errors:?}");
    let Err(Error::Exception(thrown)) = call(&remote, "throw new Error('x'.repeat(3_000_000))") else {
        panic!("it throws")
    };
    assert_eq!(thrown.exception.name.as_deref(), Some("Error"));
    assert_eq!(call(&remote, "1").expect("it lives on"), Value::from(1));
}

#[test]
fn large_values_cross() {
    let remote = remote(unhurried());
    let Ok(Value::Function(same)) = call(&remote, "(x) => x") else { panic!("not a function") };
    for value in [
        Value::from("x".repeat(9 << 20)),
        Value::Bytes(vec![7; 9 << 20]),
        Value::Array((0..1_000_000).map(Value::from).collect()),
    ] {
        let back = call_of(&remote, Call::function(&same, [value.clone()])).expect("a value");
        assert!(back == value, "another value came back");
    }
}
