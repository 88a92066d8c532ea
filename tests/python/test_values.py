"""The conversion table of docs/python.md, row by row."""

import copy
import math
import pickle
from collections import OrderedDict, namedtuple
from datetime import datetime, timedelta, timezone
from enum import IntEnum

import pytest

import jsrun

SAFE = 2**53 - 1


@pytest.fixture
def identity(runtime):
    return runtime.eval("(value) => value")


@pytest.fixture
def describe(runtime):
    return runtime.eval("(value) => Object.prototype.toString.call(value)")


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, "Null"),
        (jsrun.undefined, "Undefined"),
        (True, "Boolean"),
        (False, "Boolean"),
        ("", "String"),
        ("héllo \U0001f600 \0", "String"),
        ("a\ud800b", "String"),
        ("\udc00\ud800", "String"),
        (0, "Number"),
        (-7, "Number"),
        (SAFE, "Number"),
        (-SAFE, "Number"),
        (SAFE + 1, "BigInt"),
        (-SAFE - 1, "BigInt"),
        (2**63 - 1, "BigInt"),
        (-(2**63), "BigInt"),
        (2**64, "BigInt"),
        (-(2**64), "BigInt"),
        (2**200 + 1, "BigInt"),
        (-(2**5000) + 1, "BigInt"),
        (0.5, "Number"),
        (-1.5e300, "Number"),
        (math.inf, "Number"),
        (-math.inf, "Number"),
        (b"", "Uint8Array"),
        (bytes(range(256)), "Uint8Array"),
        (datetime(2024, 2, 29, 12, 30, 15, 250000, timezone.utc), "Date"),
        (datetime(1, 1, 1, tzinfo=timezone.utc), "Date"),
        (datetime(9999, 12, 31, 23, 59, 59, 999000, timezone.utc), "Date"),
        (set(), "Set"),
        ({1, "a", None}, "Set"),
        ([], "Array"),
        ([1, [2.5, ["x", None]], {}], "Array"),
        ({}, "Object"),
        ({"a": 1, "": [], "__proto__": 2, "constructor": {"b": jsrun.undefined}}, "Object"),
        ({1: "a", "b": 2, None: 3, 1.5: 4, b"x": 5}, "Map"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_there_and_back(identity, describe, value, kind):
    back = identity(value)
    assert back == value
    assert type(back) is type(value)
    assert describe(value) == f"[object {kind}]"


@pytest.mark.parametrize(
    ("value", "back"),
    [
        (5.0, 5),
        (1e15, 10**15),
        (bytearray(b"ab"), b"ab"),
        (memoryview(b"abcd")[::2], b"ac"),
        ((1, 2), [1, 2]),
        (frozenset([1]), {1}),
        (OrderedDict(a=1), {"a": 1}),
        (namedtuple("Point", "x y")(1, 2), [1, 2]),
        (IntEnum("Colour", ["RED"]).RED, 1),
        (type("Text", (str,), {})("a"), "a"),
        (datetime(2024, 1, 2, 3, 4, 5, 6789), datetime(2024, 1, 2, 3, 4, 5, 6000, timezone.utc)),
        (
            datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=2))),
            datetime(2023, 12, 31, 22, tzinfo=timezone.utc),
        ),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_there_and_back_as_something_else(identity, value, back):
    assert identity(value) == back
    assert type(identity(value)) is type(back)


def test_numbers_without_a_whole_value(identity):
    assert math.isnan(identity(math.nan))
    assert math.copysign(1, identity(-0.0)) == -1
    assert type(identity(-0.0)) is float
    assert type(identity(1e16)) is float


def test_undefined_is_a_falsy_singleton(runtime):
    undefined = runtime.eval("undefined")
    assert undefined is jsrun.undefined is jsrun.JsUndefined()
    assert not undefined
    assert repr(undefined) == "undefined"
    assert copy.deepcopy(undefined) is undefined
    assert pickle.loads(pickle.dumps(undefined)) is undefined


@pytest.mark.parametrize(
    "code",
    ["new Uint8Array([1, 2, 3])", "new Uint8Array([0, 1, 2, 3]).subarray(1)", "new Uint8Array([1, 2, 3]).buffer"]
    + ["new DataView(new Uint8Array([1, 2, 3]).buffer)", "new Int8Array([1, 2, 3])", "new Uint8ClampedArray([1, 2, 3])"],
)
def test_any_view_is_bytes(runtime, code):
    assert runtime.eval(code) == b"\1\2\3"


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("new Map([['a', 1], [2, new Set([3])]])", {"a": 1, 2: {3}}),
        ("[1, , 3]", [1, jsrun.undefined, 3]),
        ("class A { a = 1; #b = 2; get c() { return 3 } }; new A()", {"a": 1}),
        ("new Proxy({ a: 1 }, {})", {"a": 1}),
        ("Object.defineProperty({ a: 1 }, 'b', { value: 2 })", {"a": 1}),
        ("({ get a() { return 4 } })", {"a": 4}),
        ("Object(1n)", 1),
        ("new String('x')", "x"),
        ("2n ** 70n", 2**70),
        ("5n", 5),
        ("new Date(-1)", datetime(1969, 12, 31, 23, 59, 59, 999000, timezone.utc)),
    ],
)
def test_from_javascript(runtime, code, value):
    assert runtime.eval(code) == value


def test_an_error_as_a_value(runtime, identity):
    error = runtime.eval("({ e: new TypeError('x') })")["e"]
    assert isinstance(error, jsrun.JavaScriptError)
    assert (error.name, error.message) == ("TypeError", "x")
    assert identity(error).message == "x"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("Symbol()", r"Symbol \(at value\)"),
        ("({ a: [0, new WeakMap()] })", r"WeakMap \(at value\.a\[1\]\)"),
        ("({ 'a b': /x/ })", r'RegExp \(at value\["a b"\]\)'),
        ("[new Date(NaN)]", r"invalid Date \(at value\[0\]\)"),
        ("[Promise.resolve()]", r"Promise \(at value\[0\]\)"),
        ("const a = []; a.push({ a }); a", r"circular reference in list"),
        ("const o = {}; o.o = o; o", r"circular reference in object"),
        ("[[new Date(8.64e15)]]", r"Date .*year 9999 \(at value\[0\]\[0\]\)"),
        ("({ m: new Map([[{}, 1]]) })", r"Map key that is a dict.*\(at value\.m\[0\]\)"),
        ("new Set([1, []])", r"Set element that is a list.*\(at value\[1\]\)"),
    ],
)
def test_what_does_not_cross_from_javascript(runtime, code, message):
    with pytest.raises(RuntimeError, match=message):
        runtime.eval(f"{code}")
    assert runtime.eval("1") == 1


def circular_list():
    value = []
    value.append(value)
    return value


def circular_dict():
    value = {}
    value["a"] = [value]
    return value


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"items": [0, 1, 2, {"key": print}]}, r"cannot convert builtin_function_or_method \(at args\[0\]\.items\[3\]\.key\)"),
        ([lambda: 1], r"cannot convert function \(at args\[0\]\[0\]\)"),
        (object(), r"cannot convert object \(at args\[0\]\)"),
        (int, r"cannot convert type \(at args\[0\]\)"),
        ((n for n in []), r"cannot convert generator"),
        (1j, r"cannot convert complex"),
        ({(1, 2): 3}, r"dict key of type tuple \(at args\[0\]\[\(1, 2\)\]\)"),
        ({"a": {1: {frozenset(): 1}}}, r"dict key of type frozenset \(at args\[0\]\.a\[1\]\[frozenset\(\)\]\)"),
        (circular_list(), r"circular reference in list \(at args\[0\]\[0\]\)"),
        (circular_dict(), r"circular reference in dict \(at args\[0\]\.a\[0\]\)"),
        ({"a b": {1}, "c": [{"": print}]}, r'at args\[0\]\.c\[0\]\[""\]'),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_does_not_cross_from_python(identity, value, message):
    with pytest.raises(RuntimeError, match=message):
        identity(value)
    assert identity(1) == 1


def test_what_does_not_cross_from_a_bound_function(runtime):
    runtime.bind_function("give", lambda: {"a": [print]})
    error = runtime.eval("try { give() } catch (e) { [e instanceof Error, e.message] }")
    assert error == [True, "cannot convert builtin_function_or_method (at result.a[0])"]


def test_what_does_not_cross_to_a_bound_function(runtime):
    runtime.bind_function("take", lambda *args: None)
    error = runtime.eval("try { take(1, { a: Symbol() }) } catch (e) { [e instanceof Error, e.message] }")
    assert error == [True, "cannot convert Symbol (at args[1].a)"]


def nested(depth):
    value = []
    for _ in range(depth - 1):
        value = [value]
    return value


def test_the_depth_limit():
    with jsrun.Runtime(jsrun.RuntimeConfig(max_serialization_depth=10)) as runtime:
        identity = runtime.eval("(value) => value")
        assert identity(nested(10)) == nested(10)
        with pytest.raises(RuntimeError, match="Depth exceeded maximum limit of 10"):
            identity(nested(11))
        with pytest.raises(RuntimeError, match="Depth exceeded maximum limit of 10"):
            runtime.eval("let v = []; for (let i = 0; i < 10; ++i) v = [v]; v")
        runtime.bind_function("give", lambda: nested(11))
        assert "Depth exceeded maximum limit of 10" in runtime.eval("try { give() } catch (e) { e.message }")


def test_the_deepest_values_there_are():
    with jsrun.Runtime(jsrun.RuntimeConfig(max_serialization_depth=10**9)) as runtime:
        identity = runtime.eval("(value) => value")
        runtime.bind_function("give", lambda: nested(1000))
        runtime.bind_function("take", lambda value: type(value).__name__)
        assert runtime.eval("take(give())") == "list"
        with pytest.raises(RuntimeError, match="Depth exceeded maximum limit of 1000"):
            identity(nested(1001))


def test_the_size_limit():
    with jsrun.Runtime(jsrun.RuntimeConfig(max_serialization_bytes=1000)) as runtime:
        identity = runtime.eval("(value) => value")
        assert identity("x" * 1000) == "x" * 1000
        with pytest.raises(RuntimeError, match="String size limit exceeded: 1001 > 1000"):
            identity("x" * 1001)
        for value in [b"x" * 1001, [0.5] * 200, 2**10000, {"x" * 1001: 1}, {"k": "é" * 501}]:
            with pytest.raises(RuntimeError, match="size limit exceeded"):
                identity(value)
        with pytest.raises(RuntimeError, match=r"Size \(1001 bytes\) exceeded maximum limit of 1000 bytes"):
            runtime.eval("'x'.repeat(1001)")
        assert runtime.eval("1") == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("give()", "String size limit exceeded: 1001 > 1000 (at result)"),
        ("take('x'.repeat(1001))", "Size (1001 bytes) exceeded maximum limit of 1000 bytes (at args[0])"),
        ("const o = {}; o.o = o; take(o)", "circular reference in object (at args[0].o)"),
        ("take([[[[]]]])", "Depth exceeded maximum limit of 3 (at args[0][0][0][0])"),
    ],
)
def test_limits_reach_javascript_from_inside_a_bound_function(call, message):
    config = jsrun.RuntimeConfig(max_serialization_bytes=1000, max_serialization_depth=3)
    with jsrun.Runtime(config) as runtime:
        runtime.bind_function("give", lambda: "x" * 1001)
        runtime.bind_function("take", lambda value: None)
        assert runtime.eval(f"try {{ {call} }} catch (e) {{ [e instanceof Error, e.message] }}") == [True, message]


def test_a_dict_that_changes_while_it_is_read(identity):
    class Changing(set):
        def __iter__(self):
            values.clear()
            return iter([1])

    values = {"a": Changing(), "b": 2, "c": 3}
    assert identity(values) == {"a": {1}, "b": 2, "c": 3}
    assert values == {}


def test_what_python_raises_meanwhile_comes_through(identity):
    class Failing(set):
        def __iter__(self):
            raise KeyError("own")

    with pytest.raises(KeyError, match="own"):
        identity([Failing()])


def test_long_lists(identity):
    numbers = [n / 2 for n in range(100_000)]
    assert identity(numbers) == numbers
    strings = [str(n) for n in range(100_000)]
    assert identity(strings) == strings


@pytest.mark.parametrize("last", [7, 0.5, -0.0, math.inf, True, None, "x", 2**53, -(2**53), 2**64, [1], jsrun.undefined])
def test_a_list_of_numbers_but_for_the_last(identity, last):
    numbers = [*range(-100, 100), last]
    back = identity({"numbers": numbers})["numbers"]
    assert [(type(n), repr(n)) for n in back] == [(type(n), repr(n)) for n in numbers]


def test_numbers_of_classes_of_ones_own(identity):
    class Own(int):
        def __index__(self):
            raise KeyError("not to be called")

    assert identity([Own(n) for n in range(100)]) == list(range(100))
    assert identity([True] * 100) == [True] * 100
    assert identity([float("nan")] * 100) != [float("nan")] * 100
    nested = [[float(n) + 0.5 for n in range(200)]] * 3
    assert identity(nested) == nested


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 1_000_000])
@pytest.mark.parametrize("text", ["x", "é", "ж", "😀"])
def test_large_texts_and_bytes(runtime, identity, size, text):
    assert identity(text * size) == text * size
    data = bytes(range(256)) * (size // 256 + 1)
    assert identity(data) == data
    length = runtime.eval("(text, bytes) => [text.length, bytes.length, bytes.constructor.name, bytes.byteOffset]")
    assert length(text * size, data) == [size * len(text.encode("utf-16-le")) // 2, len(data), "Uint8Array", 0]
    runtime.bind_function("give", lambda: data)
    assert runtime.eval("give()") == data
