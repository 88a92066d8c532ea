use super::*;
use jsrun_types::{AccessorPreview, StringPreview};
use serde_json::{Value, json};

fn shape(preview: Preview) -> Value {
    serde_json::to_value(PreviewBody::from(preview)).expect("JSON")
}

fn object(kind: ObjectKind, class: &str, entries: Vec<Entry>) -> Preview {
    Preview::Object(Box::new(ObjectPreview {
        id: 1,
        kind,
        class: Some(class.to_owned()),
        tag: None,
        entries,
        omitted: 0,
        collapsed: false,
    }))
}

#[test]
fn primitives_have_the_documented_shapes() {
    let text = StringPreview { text: "abc".to_owned(), omitted: 2 };
    let table = [
        (Preview::Undefined, json!({ "type": "undefined" })),
        (Preview::Null, json!({ "type": "null" })),
        (Preview::Boolean(true), json!({ "type": "boolean", "value": true })),
        (Preview::Number(-0.0), json!({ "type": "number", "text": "-0" })),
        (Preview::Number(f64::NAN), json!({ "type": "number", "text": "NaN" })),
        (Preview::Number(f64::NEG_INFINITY), json!({ "type": "number", "text": "-Infinity" })),
        (Preview::Number(1e21), json!({ "type": "number", "text": "1e+21" })),
        (Preview::Number(0.1), json!({ "type": "number", "text": "0.1" })),
        (Preview::BigInt("10".to_owned()), json!({ "type": "bigint", "text": "10n" })),
        (Preview::String(text), json!({ "type": "string", "text": "abc", "omitted": 2 })),
        (Preview::Symbol("Symbol(x)".to_owned()), json!({ "type": "symbol", "text": "Symbol(x)" })),
        (
            Preview::Accessor(AccessorPreview { getter: true, setter: false }),
            json!({ "type": "accessor", "getter": true, "setter": false }),
        ),
        (Preview::Circular(3), json!({ "type": "circular", "id": 3 })),
    ];
    for (preview, expected) in table {
        assert_eq!(shape(preview), expected);
    }
}

#[test]
fn an_object_has_the_documented_shape() {
    let entries = vec![
        Entry { key: Key::Holes(2), value: Preview::Undefined },
        Entry { key: Key::Element, value: Preview::Null },
        Entry { key: Key::Property("a".to_owned()), value: Preview::Circular(1) },
        Entry { key: Key::Symbol("Symbol(s)".to_owned()), value: Preview::Null },
        Entry { key: Key::Hidden("h".to_owned()), value: Preview::Null },
    ];
    assert_eq!(
        shape(object(ObjectKind::Array(3), "Array", entries)),
        json!({
            "type": "object", "id": 1, "kind": "array", "class": "Array", "tag": null, "label": "Array(3)",
            "entries": [
                { "key": { "type": "holes", "count": 2 }, "value": { "type": "undefined" } },
                { "key": { "type": "element" }, "value": { "type": "null" } },
                { "key": { "type": "property", "name": "a" }, "value": { "type": "circular", "id": 1 } },
                { "key": { "type": "symbol", "text": "Symbol(s)" }, "value": { "type": "null" } },
                { "key": { "type": "hidden", "name": "h" }, "value": { "type": "null" } }
            ],
            "omitted": 0, "collapsed": false, "length": 3
        })
    );
}

#[test]
fn kinds_have_the_documented_names_and_extras() {
    let text = String::new;
    let table = [
        (ObjectKind::Object, "object", json!({})),
        (ObjectKind::Array(1), "array", json!({ "length": 1 })),
        (ObjectKind::Arguments(1), "arguments", json!({ "length": 1 })),
        (ObjectKind::TypedArray(1), "typed_array", json!({ "length": 1 })),
        (
            ObjectKind::ArrayBuffer { byte_length: 9, bytes: vec![1, 2] },
            "array_buffer",
            json!({ "byte_length": 9, "bytes": [1, 2] }),
        ),
        (ObjectKind::DataView, "data_view", json!({})),
        (ObjectKind::Map(1), "map", json!({ "length": 1 })),
        (ObjectKind::Set(1), "set", json!({ "length": 1 })),
        (ObjectKind::WeakMap, "weak_map", json!({})),
        (ObjectKind::WeakSet, "weak_set", json!({})),
        (ObjectKind::Iterator, "iterator", json!({})),
        (ObjectKind::Generator, "generator", json!({})),
        (ObjectKind::Error(text()), "error", json!({})),
        (ObjectKind::Date(None), "date", json!({})),
        (ObjectKind::RegExp(text()), "regexp", json!({})),
        (ObjectKind::Promise(PromiseState::Pending), "promise", json!({ "state": "pending" })),
        (ObjectKind::Promise(PromiseState::Fulfilled), "promise", json!({ "state": "fulfilled" })),
        (ObjectKind::Promise(PromiseState::Rejected), "promise", json!({ "state": "rejected" })),
        (ObjectKind::Proxy, "proxy", json!({})),
        (ObjectKind::Function(text()), "function", json!({})),
        (ObjectKind::Class { name: text(), extends: None }, "class", json!({})),
        (ObjectKind::Boxed(Box::new(Preview::Null)), "boxed", json!({})),
        (ObjectKind::Module, "module", json!({})),
        (ObjectKind::External, "external", json!({})),
    ];
    let common = ["type", "id", "kind", "class", "tag", "label", "entries", "omitted", "collapsed"];
    for (kind, name, extras) in table {
        let Value::Object(mut shape) = shape(object(kind, "Foo", Vec::new())) else { panic!("an object") };
        assert_eq!(shape["kind"], name);
        for field in common {
            assert!(shape.remove(field).is_some(), "{name}: {field}");
        }
        assert_eq!(Value::Object(shape), extras, "{name}");
    }
}

#[test]
fn a_map_key_is_a_preview_and_a_boxed_value_an_internal_entry() {
    let key = Key::MapKey(Box::new(Preview::Null));
    let map = shape(object(ObjectKind::Map(1), "Map", vec![Entry { key, value: Preview::Boolean(true) }]));
    assert_eq!(map["entries"][0]["key"], json!({ "type": "map_key", "value": { "type": "null" } }));
    let boxed = shape(object(ObjectKind::Boxed(Box::new(Preview::Number(3.0))), "Number", Vec::new()));
    assert_eq!(boxed["label"], "[Number: 3]");
    assert_eq!(
        boxed["entries"],
        json!([{ "key": { "type": "internal" }, "value": { "type": "number", "text": "3" } }])
    );
}
