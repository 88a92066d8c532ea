//! A grammar of values that are hard to convert.

/// What the programs of a runtime share, taken before any of them patches something. No typed array gets an element: that
/// makes text of an array, and V8 does not stop while it joins one of 2 ** 32 - 1 holes.
pub(crate) const PRELUDE: &str = r"
const { defineProperty, setPrototypeOf } = Object, { isView } = ArrayBuffer;
const kept = [];
const hold = (x) => { kept.push(x); if (kept.length > 20) kept.shift(); return x };
const held = (i) => kept[i % (kept.length || 1)];
const tie = (a, key, b) => { try { if (!isView(a)) a[key] = b } catch {} return a };
const detached = (buffer) => { try { buffer.transfer() } catch {} return buffer };
const resized = (buffer, size) => { try { buffer.resize(size) } catch {} return buffer };
const revoked = (target) => { const { proxy, revoke } = Proxy.revocable(target, {}); revoke(); return proxy };
const nest = (depth, wrap, x) => { for (let i = 0; i < depth; i++) x = wrap(x); return x };
const attempt = (make) => { try { return make() } catch (error) { return error } };
const numbers = (count) => Array.from({ length: count }, (_, i) => i / 2);
const at = (object, key, descriptor) => { try { defineProperty(object, key, descriptor) } catch {} return object };
const of = (object, prototype) => { try { setPrototypeOf(object, prototype) } catch {} return object };
const locked = (stream) => { stream.getReader(); return stream };
class Point { #secret = 1; x = 1; get y() { return 2 } static z = 3; get [Symbol.toStringTag]() { return 'Map' } }
class MyArray extends Array { constructor(...args) { super(...args); this.extra = 1 } }
class MyMap extends Map { get size() { throw 'size' } entries() { throw 'entries' } }
class MySet extends Set { get size() { for (;;); } }
class MyError extends Error { get name() { throw 'name' } get message() { for (;;); } }
class MyBytes extends Uint8Array { get length() { throw 'length' } get byteLength() { return 1e9 } }
class MyDate extends Date { valueOf() { throw 'valueOf' } getTime() { for (;;); } }
class MyPromise extends Promise { then() { throw 'then' } }
0
";

/// Values without parts, or with parts of their own.
const LEAVES: &[&str] = &[
    "undefined",
    "null",
    "true",
    "false",
    "0",
    "-0",
    "NaN",
    "1.5",
    "-Infinity",
    "2 ** 53",
    "5e-324",
    "0n",
    "-1n",
    "2n ** 64n",
    "-(2n ** 200n)",
    "1n << 4000n",
    "''",
    "'text'",
    "'\\ud800'",
    "'a\\udc00b'",
    "'😀'",
    "'é'.repeat(300)",
    "'x'.repeat(3000)",
    "'x'.repeat(300000)",
    "'\\0'",
    "'__proto__'",
    "('a'.repeat(50) + 'b'.repeat(50))",
    "'abcdefghijklmnopqrstuvwxyz'.slice(3, 20)",
    "Symbol()",
    "Symbol.iterator",
    "Object(Symbol())",
    "Object(1n)",
    "new Number(-0)",
    "new String('boxed')",
    "new Boolean(false)",
    "Object.assign(new String('boxed'), { extra: 1 })",
    "at(new Number(1), 'valueOf', { get() { throw 1 } })",
    "new Date(0)",
    "new Date(NaN)",
    "new Date(8.64e15)",
    "new MyDate(5)",
    "of(new Date(1), null)",
    "/x/g",
    "at(/y/, 'flags', { get() { throw 'flags' } })",
    "Promise.resolve(1)",
    "Promise.reject(2).catch(() => {})",
    "new MyPromise(() => {})",
    "new Promise(() => {})",
    "() => 1",
    "function f() {}",
    "class {}",
    "Math.max",
    "async () => 1",
    "function* () {}",
    "Point",
    "eval",
    "Proxy",
    "new WeakMap()",
    "new WeakSet()",
    "new WeakRef({})",
    "new FinalizationRegistry(() => {})",
    "(function* () { yield 1 })()",
    "[].values()",
    "new Map().keys()",
    "new Set().entries()",
    "'s'[Symbol.iterator]()",
    "(function () { return arguments })(1, 2)",
    "(async function* () {})()",
    "Iterator.from([])",
    "new Uint8Array(3)",
    "new Uint16Array([1, 2, 3]).subarray(1)",
    "new Float64Array(2)",
    "new BigInt64Array(1)",
    "new DataView(new ArrayBuffer(8), 2, 3)",
    "new ArrayBuffer(0)",
    "new ArrayBuffer(4096)",
    "new Uint8Array(0)",
    "new MyBytes(4)",
    "of(new Uint8Array(2), null)",
    "new Uint8Array(70000)",
    "new Uint8Array(400000)",
    "new SharedArrayBuffer(4)",
    "new SharedArrayBuffer(4, { maxByteLength: 64 })",
    "new Int32Array(new SharedArrayBuffer(8))",
    "new ArrayBuffer(4, { maxByteLength: 64 })",
    "resized(new ArrayBuffer(40, { maxByteLength: 64 }), 8)",
    "attempt(() => { const b = new ArrayBuffer(40, { maxByteLength: 64 }); const v = new Uint8Array(b, 16); resized(b, 8); return v })",
    "attempt(() => { const b = new ArrayBuffer(40, { maxByteLength: 64 }); const v = new DataView(b, 16, 8); resized(b, 8); return v })",
    "attempt(() => { const b = new ArrayBuffer(8, { maxByteLength: 64 }); const v = new Uint16Array(b); resized(b, 33); return v })",
    "detached(new ArrayBuffer(8))",
    "attempt(() => { const v = new Uint32Array(8); detached(v.buffer); return v })",
    "attempt(() => { const v = new DataView(new ArrayBuffer(8)); detached(v.buffer); return v })",
    "attempt(() => new WebAssembly.Memory({ initial: 1 }).buffer.byteLength)",
    "attempt(() => new WebAssembly.Memory({ initial: 1 }))",
    "attempt(() => new Uint8Array(new WebAssembly.Memory({ initial: 1 }).buffer, 0, 9))",
    "new Error('plain')",
    "new TypeError('typed', { cause: new Error('inner') })",
    "new AggregateError([1], 'many')",
    "new MyError('own')",
    "new DOMException('gone', 'AbortError')",
    "Object.assign(new Error('x'), { name: 'y', message: {} })",
    "Object.assign(new Error('x'.repeat(100000)), { stack: 7 })",
    "at(new Error('s'), 'stack', { get() { for (;;); } })",
    "attempt(() => { const e = new Error('loop'); e.cause = e; return e })",
    "of(new Error('bare'), null)",
    "Object.create(Error.prototype)",
    "at(new Error('named'), 'name', { get() { throw 1 } })",
    "Error.prototype",
    "Object.assign(new Error('n'), { name: '\\ud800' })",
    "Object.assign(new Error(''), { name: '' })",
    "Object.create(null)",
    "Object.create([1, 2])",
    "Object.create(new Map([[1, 2]]))",
    "Object.create(new Date(0))",
    "new Point()",
    "of({}, Map.prototype)",
    "of([], null)",
    "of(new Map([[1, 2]]), null)",
    "of(new Set([1]), Array.prototype)",
    "Object.freeze([1])",
    "Object.seal({ a: 1 })",
    "Object.prototype",
    "Array.prototype",
    "Map.prototype",
    "Math",
    "JSON",
    "Reflect",
    "Intl",
    "new Intl.NumberFormat('en')",
    "attempt(() => Temporal.PlainDate.from('2020-01-01'))",
    "globalThis",
    "new URL('http://a/')",
    "new URLSearchParams('a=1')",
    "new Blob(['x'])",
    "new AbortController()",
    "AbortSignal.abort()",
    "new ReadableStream()",
    "locked(new ReadableStream())",
    "new TransformStream()",
    "new WritableStream()",
    "new TextEncoder()",
    "new Event('e')",
    "new MessageChannel().port1",
    "performance",
    "crypto",
    "console",
    "revoked({})",
    "revoked([])",
    "revoked(() => 1)",
    "new Proxy(() => 1, {})",
    "new Proxy(class {}, { get() { throw 1 } })",
    "new Array(5)",
    "new Array(4294967295)",
    "new Array(20000)",
    "numbers(64)",
    "numbers(2000)",
    "numbers(100000)",
    "Array(70).fill('')",
    "at(numbers(100), 50, { get() { this.length = 3; return 1 } })",
    "at(numbers(100), 70, { get() { throw 'element' } })",
    "at(numbers(100), 99, { get() { for (;;); } })",
    "at(numbers(80), 20, { get() { detached(new ArrayBuffer(8)); return {} } })",
    "at(numbers(100), 0, { get() { this.push(1); return 0 } })",
    "Object.assign(numbers(70), { [2 ** 31]: 1 })",
    "new MyArray(3)",
    "new MyArray(1, 2, 3)",
    "new MyMap([[1, 2]])",
    "new MySet([1])",
    "Object.assign([], { 'not an index': 1 })",
    "({ length: 4294967295 })",
    "({ then(resolve) { resolve(1) } })",
    "({ get then() { throw 'then' } })",
    "({ toJSON() { throw 1 } })",
    "({ get a() { for (;;); } })",
    "({ get a() { return this } })",
    "({ get a() { return { get a() { return held(3) } } } })",
    "({ get a() { this.b = 1; delete this.c; return 0 }, c: 1, d: 2 })",
    "attempt(function f() { return f() })",
    "({ get a() { return (function f() { return f() })() } })",
    "({ get a() { return eval('(') } })",
    "({ valueOf() { throw 1 }, [Symbol.toPrimitive]() { throw 2 } })",
    "[, 1, , 2, ,]",
    "nest(59, (x) => [x], 0)",
    "nest(60, (x) => ({ x }), [])",
    "nest(61, (x) => new Map([[x, 1]]), 0)",
    "nest(2000, (x) => new Set([x]), 0)",
    "nest(58, (x) => new Proxy([x], {}), 0)",
    "host(1, 'a', [2])",
    "attempt(() => host(Symbol()))",
    "attempt(() => host({ get a() { throw 1 } }))",
    "attempt(() => host(new Proxy({}, { ownKeys() { throw 2 } })))",
    "host(() => 1)",
    "host(new Map([[{}, []]]))",
    "host",
];

/// The traps of a proxy, some of which break what a proxy must keep to.
const TRAPS: &[&str] = &[
    "ownKeys() { return ['a', 'b'] }",
    "ownKeys() { return [] }",
    "ownKeys() { throw 'ownKeys' }",
    "ownKeys() { for (;;); }",
    "ownKeys() { return [1] }",
    "ownKeys() { return Array.from({ length: 3000 }, (_, i) => 'k' + i) }",
    "ownKeys() { return 7 }",
    "get() { return 1 }",
    "get(t, k, r) { return r }",
    "get(t, k) { return t[k] }",
    "get() { throw 'get' }",
    "get() { for (;;); }",
    "get(t, k) { return { [String(k)]: new Proxy({}, { get() { throw 1 } }) } }",
    "getOwnPropertyDescriptor() { return { value: 1, enumerable: true, configurable: true } }",
    "getOwnPropertyDescriptor() { return undefined }",
    "getOwnPropertyDescriptor() { throw 'descriptor' }",
    "getOwnPropertyDescriptor() { return 1 }",
    "getPrototypeOf() { throw 'prototype' }",
    "getPrototypeOf() { return Map.prototype }",
    "getPrototypeOf() { for (;;); }",
    "has() { throw 'has' }",
    "isExtensible() { throw 'isExtensible' }",
];

const KEYS: &[&str] = &[
    "a",
    "b",
    "'a b'",
    "7",
    "'0'",
    "'4294967295'",
    "'-1'",
    "'01'",
    "''",
    "['__proto__']",
    "constructor",
    "toString",
    "'\\ud800'",
    "'é'",
    "then",
    "[Symbol('s')]",
    "length",
    "value",
    "get",
    "1.5",
    "1e21",
    "'a\\nb'",
];

/// What a program may do to what conversions could be tempted to use.
const PATCHES: &[&str] = &[
    "Array.prototype[Symbol.iterator] = function () { throw 'iterator' }",
    "Map.prototype.set = Map.prototype.get = Set.prototype.add = () => { throw 'patched' }",
    "defineProperty(Map.prototype, 'size', { get() { throw 'size' }, configurable: true })",
    "defineProperty(Object.prototype, '0', { get() { throw 'zero' }, set() { throw 'zero' }, configurable: true })",
    "defineProperty(Array.prototype, '1', { get() { return Symbol() }, set() { for (;;); }, configurable: true })",
    "defineProperty(Object.prototype, 'a', { get() { throw 'a' }, set() { throw 'a' }, configurable: true })",
    "Object.prototype.get = Object.prototype.set = () => 1",
    "Object.prototype.value = 1",
    "Object.prototype.enumerable = false",
    "defineProperty(Object.prototype, 'then', { get() { throw 'then' }, configurable: true })",
    "Object.prototype.toJSON = () => { throw 1 }",
    "Error.prepareStackTrace = () => { for (;;); }",
    "Error.prepareStackTrace = () => { throw 1 }",
    "Error.prepareStackTrace = (e) => e",
    "Error.stackTraceLimit = 0",
    "Error.stackTraceLimit = { valueOf() { throw 1 } }",
    "globalThis.Uint8Array = globalThis.Map = globalThis.Error = undefined",
    "Promise.prototype.then = () => { throw 'then' }",
    "defineProperty(Promise, Symbol.species, { get() { throw 'species' } })",
    "defineProperty(Array, Symbol.species, { get() { throw 'species' } })",
    "defineProperty(Uint8Array.prototype, 'length', { get() { throw 'length' } })",
    "defineProperty(Object.getPrototypeOf(Uint8Array.prototype), 'byteLength', { get() { return 1e9 } })",
    "Number.prototype.valueOf = String.prototype.valueOf = Symbol.prototype.valueOf = () => { throw 'valueOf' }",
    "Date.prototype.getTime = Date.prototype.valueOf = () => NaN",
    "Function.prototype.call = Function.prototype.apply = () => { throw 'call' }",
    "Reflect.apply = Reflect.ownKeys = Object.keys = () => { throw 'reflect' }",
    "setPrototypeOf(Array.prototype, new Proxy(Object.prototype, { get() { throw 'proxied' } }))",
    "setPrototypeOf(Map.prototype, null)",
    "setPrototypeOf(Error, null)",
    "defineProperty(Error, Symbol.hasInstance, { value() { throw 'instance' } })",
    "Object.freeze(Object.prototype)",
    "Object.freeze(Array.prototype)",
    "ReadableStream.prototype.getReader = () => { throw 'reader' }",
    "defineProperty(ReadableStream, Symbol.hasInstance, { value: () => true })",
    "delete globalThis.DOMException",
    "TypeError.prototype.name = { toString() { throw 1 } }",
    "defineProperty(Error.prototype, 'message', { get() { throw 'message' } })",
    "defineProperty(Error.prototype, 'name', { get() { for (;;); } })",
];

/// A program whose value is hard to convert.
pub(crate) fn program(random: &mut Random) -> String {
    let patch = if random.below(6) == 0 { random.pick(PATCHES) } else { "" };
    let value = value(random, 4);
    // A block of its own: what programs declare does not meet.
    let value = match random.below(5) {
        0 => format!("host({value})"),
        1 => format!("Promise.resolve(({value}))"),
        _ => format!("({value})"),
    };
    format!("{{ {patch}; }} {value}")
}

fn value(random: &mut Random, depth: usize) -> String {
    if depth == 0 || random.below(4) == 0 {
        return format!("({})", random.pick(LEAVES));
    }
    let inside = depth - 1;
    match random.below(16) {
        0..=2 => format!("[{}]", list(random, inside)),
        3..=6 => format!("({{ {} }})", properties(random, inside)),
        7 => format!("new Map([{}])", entries(random, inside)),
        8 => format!("new Set([{}])", list(random, inside)),
        9 => {
            let traps: Vec<_> = (0..=random.below(3)).map(|_| random.pick(TRAPS)).collect();
            format!("new Proxy({}, {{ {} }})", object(random, inside), traps.join(", "))
        }
        10 => format!("hold({})", value(random, inside)),
        11 => format!("held({})", random.below(20)),
        12 => format!("tie({}, '{}', held({}))", value(random, inside), random.below(3), random.below(20)),
        13 => {
            let (object, key, found) = (object(random, inside), random.below(5), value(random, inside));
            let enumerable = random.below(4) != 0;
            format!("at({object}, {key}, {{ get() {{ return {found} }}, enumerable: {enumerable} }})")
        }
        14 => format!("of({}, {})", value(random, inside), value(random, inside)),
        _ => format!("attempt(() => {})", value(random, inside)),
    }
}

/// Something that can be proxied.
fn object(random: &mut Random, depth: usize) -> String {
    match random.below(4) {
        0 => format!("[{}]", list(random, depth)),
        1 => "() => 1".to_owned(),
        2 => format!("new Map([{}])", entries(random, depth)),
        _ => format!("({{ {} }})", properties(random, depth)),
    }
}

fn list(random: &mut Random, depth: usize) -> String {
    let count = random.below(4);
    (0..count).map(|_| value(random, depth)).collect::<Vec<_>>().join(", ")
}

fn entries(random: &mut Random, depth: usize) -> String {
    let count = random.below(4);
    let entry = |random: &mut Random| format!("[{}, {}]", value(random, depth), value(random, depth));
    (0..count).map(|_| entry(random)).collect::<Vec<_>>().join(", ")
}

fn properties(random: &mut Random, depth: usize) -> String {
    let count = random.below(4);
    let property = |random: &mut Random| {
        let (key, value) = (random.pick(KEYS), value(random, depth));
        match random.below(5) {
            0 => format!("get {key}() {{ return {value} }}"),
            _ => format!("{key}: {value}"),
        }
    };
    (0..count).map(|_| property(random)).collect::<Vec<_>>().join(", ")
}

/// Xorshift, <https://www.jstatsoft.org/article/view/v008i14>: numbers that a seed alone decides.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number from zero to below `end`, which is not zero.
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).expect("it is below a usize")
    }

    fn pick(&mut self, choices: &[&'static str]) -> &'static str {
        choices[self.below(choices.len())]
    }
}
