//! The conversion table of docs/values.md, walked through both ways.

use jsrun::{BigInt, ByteSize, ConversionErrorKind, ConversionLimits, Error, JsString, Runtime, Value};

use crate::support::runtime;

fn echo(runtime: &Runtime, value: Value) -> Result<Value, Error> {
    let function = match runtime.eval("(x) => x")? {
        Value::Function(function) => function,
        other => panic!("not a function: {other:?}"),
    };
    runtime.call_function(&function, [value])
}

#[test]
fn values_come_out_as_the_table_says() {
    let runtime = runtime();
    for (code, expected) in [
        ("undefined", Value::Undefined),
        ("null", Value::Null),
        ("true", Value::Boolean(true)),
        ("1.5", Value::Number(1.5)),
        ("-0", Value::Number(-0.0)),
        ("2n ** 64n", Value::BigInt(BigInt::from_words(false, vec![0, 1]))),
        ("-5n", Value::BigInt(BigInt::from(-5_i64))),
        ("'aé€😀'", Value::from("aé€😀")),
        ("'\\ud800'", Value::String(JsString::from_utf16(vec![0xd800]))),
        ("new Uint8Array([1, 2])", Value::Bytes(vec![1, 2])),
        ("new Uint16Array([1, 2]).subarray(1)", Value::Bytes(vec![2, 0])),
        ("new DataView(new ArrayBuffer(3), 1)", Value::Bytes(vec![0, 0])),
        ("new Uint8Array([7]).buffer", Value::Bytes(vec![7])),
        ("new SharedArrayBuffer(2)", Value::Bytes(vec![0, 0])),
        ("new Date(86400000)", Value::Date(86_400_000.0)),
        ("[1, , 'x']", Value::Array(vec![Value::from(1), Value::Undefined, Value::from("x")])),
        ("({ b: 1, a: { c: null } })", {
            Value::object([("b", Value::from(1)), ("a", Value::object([("c", Value::Null)]))])
        }),
        ("new Map([[1, 'a'], ['k', [2]]])", {
            Value::Map(vec![(Value::from(1), Value::from("a")), (Value::from("k"), Value::from(vec![2]))])
        }),
        ("new Set([1, 'a'])", Value::Set(vec![Value::from(1), Value::from("a")])),
        ("new (class P { constructor() { this.x = 1 } get y() { return 2 } })", {
            Value::object([("x", Value::from(1))])
        }),
        ("({ get a() { return 3 } })", Value::object([("a", Value::from(3))])),
        ("new Proxy({ p: 1 }, {})", Value::object([("p", Value::from(1))])),
        (
            "Object.create(null, { z: { value: 1, enumerable: true } })",
            Value::object([("z", Value::from(1))]),
        ),
        ("new Number(5)", Value::from(5)),
        ("Object('s')", Value::from("s")),
        ("({ [Symbol('hidden')]: 1, shown: 2 })", Value::object([("shown", Value::from(2))])),
    ] {
        assert_eq!(runtime.eval(code).expect(code), expected, "{code}");
    }
    match runtime.eval("new TypeError('no')").expect("an error is a value") {
        Value::Error(exception) => assert_eq!(exception.headline(), "TypeError: no"),
        other => panic!("{other:?}"),
    }
    match runtime.eval("new DOMException('gone', 'AbortError')").expect("an error is a value") {
        Value::Error(exception) => assert_eq!(exception.headline(), "AbortError: gone"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn values_go_in_and_come_back_the_same() {
    let runtime = runtime();
    for value in [
        Value::Undefined,
        Value::Null,
        Value::Boolean(false),
        Value::Number(f64::INFINITY),
        Value::Number(-0.0),
        Value::BigInt(BigInt::from(i128::MIN)),
        Value::from("aé€😀"),
        Value::String(JsString::from_utf16(vec![0x61, 0xdc00])),
        Value::Bytes((0..=255).collect()),
        Value::Date(-1.0),
        Value::from(vec![1, 2, 3]),
        Value::Array((0..1_000).map(Value::from).collect()),
        Value::object([("__proto__", Value::from(1)), ("a b", Value::Null), ("7", Value::from("seven"))]),
        Value::Map(vec![(Value::from(vec![1]), Value::Set(vec![Value::Null]))]),
    ] {
        let expected = match &value {
            // JavaScript has its own order of keys: numbers first.
            Value::Object(properties) => {
                let mut properties = properties.clone();
                properties.rotate_right(1);
                Value::Object(properties)
            }
            other => other.clone(),
        };
        assert_eq!(echo(&runtime, value).expect("it crosses"), expected);
    }
    match echo(&runtime, Value::Number(f64::NAN)).expect("it crosses") {
        Value::Number(number) => assert!(number.is_nan()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_arrives_is_what_javascript_has() {
    let runtime = runtime();
    let Value::Function(describe) = runtime
        .eval("(x) => `${Object.prototype.toString.call(x)} ${Array.isArray(x)} ${x?.constructor?.name}`")
        .expect("a function")
    else {
        panic!("not a function")
    };
    for (value, text) in [
        (Value::Bytes(vec![1]), "[object Uint8Array] false Uint8Array"),
        (Value::Date(0.0), "[object Date] false Date"),
        (Value::Map(Vec::new()), "[object Map] false Map"),
        (Value::Set(Vec::new()), "[object Set] false Set"),
        (Value::Array(Vec::new()), "[object Array] true Array"),
        (Value::object::<&str>([]), "[object Object] false Object"),
    ] {
        assert_eq!(runtime.call_function(&describe, [value]).expect("it runs").as_str(), Some(text));
    }
}

#[test]
fn what_cannot_cross_names_its_type_and_its_place() {
    let runtime = runtime();
    for (code, text) in [
        ("({ items: [1, { key: Symbol() }] })", "cannot convert Symbol (at value.items[1].key)"),
        ("[new WeakMap()]", "cannot convert WeakMap (at value[0])"),
        ("({ 'a b': /x/ })", "cannot convert RegExp (at value[\"a b\"])"),
        ("new Map([['k', new Date(NaN)]])", "cannot convert invalid Date (at value[\"k\"])"),
        ("[Promise.resolve()]", "cannot convert Promise (at value[0])"),
        ("const a = { n: [] }; a.n.push(a); a", "circular reference in object (at value.n[0])"),
        ("const l = []; l.push(l); l", "circular reference in list (at value[0])"),
    ] {
        let error = runtime.eval(format!("{{ {code} }}")).or_else(|_| runtime.eval(code));
        assert_eq!(error.expect_err(code).to_string(), text, "{code}");
    }
    // The runtime is as before.
    assert_eq!(runtime.eval("1 + 1").expect("it lives").as_f64(), Some(2.0));
}

#[test]
fn depth_and_size_are_limited_both_ways() {
    let runtime = Runtime::builder()
        .conversion(ConversionLimits {
            depth: 5,
            size: ByteSize::bytes(1_000),
            ..ConversionLimits::default()
        })
        .build()
        .expect("a runtime starts");
    let nest = |depth: u32| (0..depth).fold(Value::Null, |value, _| Value::Array(vec![value]));
    let kind = |result: Result<Value, Error>| match result.expect_err("over the limit") {
        Error::Conversion(error) => error.kind,
        other => panic!("{other:?}"),
    };
    assert_eq!(runtime.eval("[[[[[0]]]]]").expect("5 levels").to_string(), "[[[[[0]]]]]");
    assert_eq!(kind(runtime.eval("[[[[[[0]]]]]]")), ConversionErrorKind::Depth { limit: 5 });
    assert!(echo(&runtime, nest(5)).is_ok());
    assert_eq!(kind(echo(&runtime, nest(6))), ConversionErrorKind::Depth { limit: 5 });

    assert!(runtime.eval("'x'.repeat(1000)").is_ok());
    let too_large = |bytes| ConversionErrorKind::Size { bytes, limit: 1_000 };
    assert_eq!(kind(runtime.eval("'x'.repeat(1001)")), too_large(1_001));
    assert_eq!(kind(echo(&runtime, Value::Bytes(vec![0; 1_001]))), too_large(1_001));
    // Refused before any of it is read.
    assert_eq!(kind(runtime.eval("new Array(4_000_000_000)")), too_large(32_000_000_008));
    assert_eq!(kind(runtime.eval("new Array(200).fill('abcdefgh')")), too_large(1_608));
}

#[test]
fn values_far_deeper_than_any_stack_cross() {
    let runtime = Runtime::builder()
        .conversion(ConversionLimits { depth: u32::MAX, ..ConversionLimits::default() })
        .build()
        .expect("a runtime starts");
    let deep = "let v = null; for (let i = 0; i < 4096; i++) v = { v }; v";
    assert!(runtime.eval(deep).is_ok());
    let deeper = runtime.eval("({ v })").expect_err("over the deepest");
    assert!(deeper.to_string().starts_with("Depth exceeded maximum limit of 4096"), "{deeper}");
}

#[test]
fn getters_and_proxies_run_under_the_deadline() {
    let runtime = runtime();
    for code in [
        "({ get a() { for (;;); } })",
        "new Proxy({}, { ownKeys() { for (;;); } })",
        "[1, { get a() { for (;;); } }]",
        "Object.defineProperty([], 0, { get() { for (;;); } })",
    ] {
        let call = jsrun::Call::eval(code).wall(std::time::Duration::from_millis(50));
        let error = runtime.call(call).expect_err(code);
        assert!(matches!(error, Error::Limit { kind: jsrun::LimitKind::Wall, .. }), "{code}: {error:?}");
        assert_eq!(runtime.eval("1 + 1").expect("it lives").as_f64(), Some(2.0));
    }
    let error = runtime.eval("({ get a() { throw new RangeError('mine') } })").expect_err("it throws");
    assert_eq!(error.to_string(), "RangeError: mine (<eval>:1:14)");
}

#[test]
fn a_programs_patches_change_no_conversion() {
    let runtime = runtime();
    runtime
        .eval(
            "Map.prototype.set = Set.prototype.add = Array.prototype.push = () => { throw 1 };
             Object.defineProperty(Array.prototype, 0, { set() { throw 2 } });
             Object.defineProperty(Object.prototype, 'a', { set() { throw 3 } });
             globalThis.Uint8Array = globalThis.Date = globalThis.Map = undefined; 0",
        )
        .expect("it runs");
    for value in [
        Value::from(vec![1, 2]),
        Value::object([("a", Value::from(1))]),
        Value::Map(vec![(Value::Null, Value::Null)]),
        Value::Set(vec![Value::Null]),
        Value::Bytes(vec![1]),
        Value::Date(1.0),
    ] {
        assert_eq!(echo(&runtime, value.clone()).expect("it crosses"), value);
    }
}

#[test]
fn each_element_of_an_array_is_read_once() {
    let runtime = runtime();
    for (begin, then) in [(0, "'text'"), (0, "1"), (5, "{ a: 1 }"), (5, "2.5"), (99, "null")] {
        let code = format!(
            "globalThis.reads = 0;
             const array{begin} = Array.from({{ length: 100 }}, (_, i) => i);
             Object.defineProperty(array{begin}, {begin}, {{ get() {{ ++reads; return {then} }}, enumerable: true }});
             Object.defineProperty(array{begin}, 70, {{ get() {{ ++reads; return 'seventy' }}, enumerable: true }});
             array{begin}"
        );
        let runtime_value = runtime.eval(format!("{{ {code} }}")).expect(&code);
        let Value::Array(elements) = &runtime_value else { panic!("{runtime_value:?}") };
        assert_eq!((elements.len(), elements[70].as_str()), (100, Some("seventy")), "{code}");
        assert_eq!(elements[50], Value::from(50), "{code}");
        assert_eq!(runtime.eval("reads").expect("it runs"), Value::from(2), "{code}");
    }
    let throws = "const thrower = Array.from({ length: 100 }, (_, i) => i); globalThis.reads = 0;
        Object.defineProperty(thrower, 3, { get() { ++reads; throw new TypeError('three') } }); thrower";
    let error = runtime.eval(throws).expect_err("it throws");
    assert!(error.to_string().starts_with("TypeError: three"), "{error}");
    assert_eq!(runtime.eval("reads").expect("it runs"), Value::from(1));
}
