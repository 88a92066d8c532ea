"""What is wrong, at every door and in both homes: types, values that cannot cross, and calls out of their order."""

import asyncio
import contextlib
import socket

import pytest

import jsrun


class Socket(socket.socket):
    """Closed when it is collected, and nothing to warn of."""

    def __init__(self):
        super().__init__()
        self.close()


def circular():
    value = []
    value.append({"again": value})
    return value


# What cannot cross, and what is said of it.
CULPRITS = {
    "lambda": (lambda: (lambda: 1), "cannot convert function"),
    "socket": (Socket, "cannot convert Socket"),
    "generator": (lambda: (n for n in [1]), "cannot convert generator"),
    "class": (lambda: dict, "cannot convert type"),
    "tuple key": (lambda: {(1, 2): 3}, r"cannot convert a dict key of type tuple"),
    "cyclic list": (circular, "circular reference in list"),
}

# What stands behind the path to the culprit itself.
FURTHER = {"tuple key": "[(1, 2)]", "cyclic list": "[0].again"}


@pytest.fixture(params=CULPRITS)
def culprit(request):
    make, said = CULPRITS[request.param]

    def message(root):
        return f"{said} (at {root}.items[3].key{FURTHER.get(request.param, '')})"

    return {"items": [0, 1, 2, {"key": make()}]}, message


def said_by(call):
    with pytest.raises(RuntimeError) as raised:
        call()
    assert type(raised.value) is RuntimeError
    return str(raised.value)


def test_an_argument_of_a_function(runtime, culprit):
    value, message = culprit
    function = runtime.eval("(...args) => args.length")
    assert said_by(lambda: function(value)) == message("args[0]")
    assert said_by(lambda: function(1, 2, value)) == message("args[2]")
    assert said_by(lambda: function.call_async(value)) == message("args[0]")
    assert function(1, 2) == 2


def test_a_member_of_a_bound_object(runtime, culprit):
    value, message = culprit
    assert said_by(lambda: runtime.bind_object("o", {"fine": 1, "wrong": value})) == message("o.wrong")
    assert runtime.eval("typeof o") == "undefined"


def test_the_result_of_a_bound_function(runtime, culprit):
    value, message = culprit
    runtime.bind_function("give", lambda: value)
    with pytest.raises(jsrun.JavaScriptError) as raised:
        runtime.eval("give()")
    assert (raised.value.name, raised.value.message) == ("RuntimeError", message("result"))
    assert runtime.eval("try { give() } catch (e) { e instanceof Error }") is True


def test_the_result_of_a_coroutine_function_and_of_an_op(runtime, run, culprit):
    value, message = culprit

    async def give():
        await asyncio.sleep(0)
        return value

    runtime.bind_function("give", give)
    runtime.register_op("give", give, mode="async")

    async def main():
        for code in ["give()", "__host_op_async__(0)"]:
            with pytest.raises(jsrun.JavaScriptError) as raised:
                await runtime.eval_async(code)
            assert raised.value.message == message("result")
        assert await runtime.eval_async("1") == 1

    run(main())


def test_a_chunk_of_a_stream(runtime, run, culprit):
    value, message = culprit

    async def chunks():
        yield "fine"
        yield value

    async def main():
        read = runtime.eval("async (stream) => { for await (const chunk of stream); }")
        with pytest.raises(jsrun.JavaScriptError) as raised:
            await read(runtime.stream_from_async_iterable(chunks()))
        assert raised.value.message == message("result")
        assert await runtime.eval_async("1") == 1

    run(main())


def test_large_integers_cross(runtime):
    identity = runtime.eval("(value) => value")
    assert identity([2**5000, -(2**5000)]) == [2**5000, -(2**5000)]
    with pytest.raises(RuntimeError, match=r"size limit exceeded: \d+ > 10485760 \(at args\[0\]\[0\]\)"):
        identity([1 << (10 << 23)])


# Made to be of no use where something else is needed.
WRONG_TYPES = [
    ("eval", (5,)),
    ("eval", ()),
    ("eval", ("1", "2")),
    ("eval_async", (None,)),
    ("eval_async", ("1", 5)),
    ("eval_module", (5,)),
    ("eval_module_async", (b"m",)),
    ("bind_function", (5, print)),
    ("bind_function", ("f", 5)),
    ("bind_function", ("f",)),
    ("bind", (5,)),
    ("bind_object", (5, {})),
    ("bind_object", ("o", [("a", 1)])),
    ("bind_object", ("o", None)),
    ("register_op", (None, print)),
    ("register_op", ("f", None)),
    ("add_static_module", ("m", None)),
    ("add_static_module", (5, "")),
    ("add_static_module", ("m", b"export {}")),
    ("set_module_resolver", (None,)),
    ("set_module_loader", ("load",)),
    ("stream_from_async_iterable", ([1],)),
    ("stream_from_async_iterable", (None,)),
    ("get_stats", (1,)),
    ("close", (1,)),
    ("terminate", (1,)),
]


@pytest.mark.parametrize(("method", "arguments"), WRONG_TYPES, ids=[f"{method}{arguments}" for method, arguments in WRONG_TYPES])
def test_wrong_types(runtime, method, arguments):
    with pytest.raises(TypeError):
        getattr(runtime, method)(*arguments)
    assert runtime.eval("1 + 1") == 2


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"bootstrap": 5}, TypeError),
        ({"snapshot": "text"}, TypeError),
        ({"inspector": {}}, TypeError),
        ({"web_apis": "yes"}, TypeError),
        ({"enable_console": 1}, TypeError),
        ({"typescript": None}, TypeError),
        ({"isolation": None}, TypeError),
        ({"isolation": "Process"}, ValueError),
        ({"on_console": "print"}, TypeError),
        ({"initial_heap_size": -1}, ValueError),
        ({"max_heap_size": 2.0}, ValueError),
        ({"nonsense": 1}, TypeError),
    ],
    ids=str,
)
def test_wrong_settings(settings, error):
    with pytest.raises(error):
        jsrun.RuntimeConfig(**settings)
    (name, value), *_ = settings.items()
    config = jsrun.RuntimeConfig()
    with pytest.raises((error, AttributeError)):
        setattr(config, name, value)
    assert repr(config) == repr(jsrun.RuntimeConfig())


def test_settings_by_place():
    config = jsrun.RuntimeConfig(64 << 20, 1 << 20, "1", 2.5, True, None, None, 7, 1000)
    assert (config.max_heap_size, config.initial_heap_size, config.bootstrap, config.timeout) == (64 << 20, 1 << 20, "1", 2.5)
    assert config.enable_console is True
    assert (config.inspector, config.snapshot) == (None, None)
    assert (config.max_serialization_depth, config.max_serialization_bytes) == (7, 1000)


@pytest.mark.parametrize("settings", [{"max_heap_size": 1}, {"max_heap_size": 1 << 20}, {"max_buffer_size": 1}], ids=str)
def test_limits_that_nothing_fits_into(settings):
    """V8 would end the process if it had no room for what a runtime itself consists of, or its snapshot."""
    snapshot = jsrun.SnapshotBuilder(bootstrap="globalThis.kept = new Uint8Array(2 << 20)").build()
    for more in [{}, {"web_apis": True}, {"snapshot": snapshot}]:
        with contextlib.suppress(jsrun.RuntimeTerminated):
            with jsrun.Runtime(jsrun.RuntimeConfig(**settings, **more)) as runtime:
                runtime.eval("1")
                with pytest.raises(jsrun.RuntimeTerminated, match="Heap limit exceeded"):
                    runtime.eval("const hoard = []; while (true) hoard.push(new Uint8Array(1000).fill(1))")
    with jsrun.Runtime() as another:
        assert another.eval("1") == 1


@pytest.mark.parametrize("end", ["close", "terminate"])
def test_calls_after_the_end(runtime, end):
    function = runtime.eval("() => 1")
    stream = runtime.eval("new ReadableStream()")
    getattr(runtime, end)()
    getattr(runtime, end)()
    error, text = (RuntimeError, "closed") if end == "close" else (jsrun.RuntimeTerminated, "host request")

    async def numbers():
        yield 1

    for call in [
        lambda: runtime.eval("1"),
        lambda: runtime.eval_module("m"),
        lambda: runtime.bind_function("f", print),
        lambda: runtime.bind(print),
        lambda: runtime.bind_object("o", {}),
        lambda: runtime.register_op("f", print),
        lambda: runtime.add_static_module("m", ""),
        lambda: runtime.set_module_resolver(print),
        lambda: runtime.set_module_loader(print),
        lambda: runtime.stream_from_async_iterable(numbers()),
        lambda: runtime.get_stats(),
        lambda: runtime.inspector_endpoints(),
        lambda: asyncio.run(runtime.eval_async("1")),
        lambda: asyncio.run(runtime.eval_module_async("m")),
    ]:
        with pytest.raises(error, match=text) as raised:
            call()
        assert type(raised.value) is error
    shut_down = "Runtime has been shut down" if end == "close" else "host request"
    for call in [function, function.call_async, lambda: asyncio.run(anext_of(stream))]:
        with pytest.raises(error, match=shut_down):
            call()
    with jsrun.Runtime() as other:
        with pytest.raises(RuntimeError, match=r"another runtime|closed"):
            other.eval("(f) => f")(function)
        assert other.eval("1") == 1
    function.close()
    asyncio.run(close(stream))
    runtime.terminate()
    runtime.close()
    assert runtime.is_closed()


async def anext_of(stream):
    return await stream.__anext__()


async def close(stream):
    await stream.close()


def test_calls_after_the_end_that_were_made_before(runtime, run):
    async def main():
        call = runtime.eval_async("1")
        module = runtime.eval_module_async("m")
        runtime.close()
        for early in [call, module]:
            with pytest.raises(RuntimeError, match="closed"):
                await early

    run(main())


def test_a_call_is_awaited_once(runtime, run):
    async def main():
        call = runtime.eval_async("1")
        assert await call == 1
        with pytest.raises(RuntimeError, match="already awaited"):
            await call

    run(main())


def test_a_stream_that_is_read_or_passed_twice(runtime, run):
    async def numbers():
        yield 1

    async def main():
        source = runtime.stream_from_async_iterable(numbers())
        read = runtime.eval("async (stream) => { for await (const chunk of stream) return chunk }")
        assert await read(source) == 1
        # JavaScript has read it to its end, or given it up.
        assert await read.call_async(source) is jsrun.undefined
        stream = runtime.eval("globalThis.stream = new ReadableStream({ start(c) { c.enqueue(1); c.close() } }); stream")
        runtime.eval("stream.getReader()")
        with pytest.raises((jsrun.JavaScriptError, RuntimeError), match="lock"):
            await stream.__anext__()
        with jsrun.Runtime() as other:
            foreign = other.eval("new ReadableStream()")
            with pytest.raises(RuntimeError, match=r"another runtime"):
                await read.call_async([foreign])
        assert await runtime.eval_async("1") == 1

    run(main())


def test_snapshots_are_built_once():
    builder = jsrun.SnapshotBuilder(bootstrap="globalThis.n = 1", enable_console=True)
    with pytest.raises(TypeError):
        builder.execute_script("name")
    with pytest.raises(TypeError):
        builder.execute_script(5, "1")
    with pytest.raises(TypeError):
        jsrun.SnapshotBuilder("globalThis.n = 1")
    assert type(builder.build()) is bytes
    with pytest.raises(RuntimeError, match="has been built"):
        builder.build()
