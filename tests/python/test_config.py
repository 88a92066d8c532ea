"""RuntimeConfig, timeouts and limits."""

import asyncio
import math
from datetime import timedelta

import pytest

import jsrun

MIB = 1 << 20

BAD_TIMEOUTS = [
    (-1, "Timeout cannot be negative"),
    (-0.5, "Timeout cannot be negative"),
    (timedelta(seconds=-1), "Timeout cannot be negative"),
    (0, "Timeout cannot be zero"),
    (0.0, "Timeout cannot be zero"),
    (timedelta(0), "Timeout cannot be zero"),
    (math.nan, "Timeout must be finite"),
    (math.inf, "Timeout must be finite"),
    (-math.inf, "Timeout must be finite"),
    (10**400, "Timeout must be finite"),
    ("1", "Timeout must be a number"),
    (True, "Timeout must be a number"),
    ([1], "Timeout must be a number"),
]


@pytest.mark.parametrize(("timeout", "message"), BAD_TIMEOUTS)
def test_bad_timeouts(runtime, timeout, message):
    function = runtime.eval("() => 1")
    config = jsrun.RuntimeConfig()

    def assign():
        config.timeout = timeout

    for use in [
        lambda: jsrun.RuntimeConfig(timeout=timeout),
        assign,
        lambda: function(timeout=timeout),
        lambda: asyncio.run(runtime.eval_async("1", timeout=timeout)),
        lambda: asyncio.run(runtime.eval_module_async("x", timeout=timeout)),
        lambda: asyncio.run(function.call_async(timeout=timeout)),
    ]:
        with pytest.raises(ValueError, match=message):
            use()


@pytest.mark.parametrize("timeout", [100, 100.5, timedelta(minutes=2), 1e300])
def test_good_timeouts(runtime, timeout):
    assert asyncio.run(runtime.eval_async("1", timeout=timeout)) == 1


def test_the_configured_timeout():
    with jsrun.Runtime(jsrun.RuntimeConfig(timeout=0.05)) as runtime:
        with pytest.raises(RuntimeError, match="timed out") as caught:
            runtime.eval("while (true) {}")
        assert isinstance(caught.value, TimeoutError)
        with pytest.raises(TimeoutError, match="timed out"):
            asyncio.run(runtime.eval_async("new Promise((resolve) => setTimeout(resolve, 1e6))"))
        assert asyncio.run(runtime.eval_async("new Promise((r) => setTimeout(r, 100, 1))", timeout=100)) == 1


def test_every_argument_is_a_property():
    config = jsrun.RuntimeConfig()
    assert repr(config) == (
        "RuntimeConfig(max_heap_size=None, initial_heap_size=None, bootstrap=None, timeout=None, enable_console=False,"
        " inspector=None, snapshot=None, max_serialization_depth=100, max_serialization_bytes=10485760,"
        " max_buffer_size=None, web_apis=False, typescript=False, isolation='thread', on_console=None)"
    )
    values = {
        "max_heap_size": 64 * MIB,
        "initial_heap_size": MIB,
        "bootstrap": "1",
        "timeout": 2.5,
        "max_serialization_depth": 7,
        "max_serialization_bytes": 1000,
        "max_buffer_size": MIB,
        "web_apis": True,
        "typescript": True,
        "isolation": "thread",
        "on_console": print,
    }
    for name, value in values.items():
        setattr(config, name, value)
        assert getattr(config, name) == value
        assert getattr(jsrun.RuntimeConfig(**{name: value}), name) == value
    assert "max_heap_size=67108864" in repr(config)
    assert "timeout=2.5" in repr(config)
    with pytest.raises(AttributeError):
        config.enable_console = True
    config.timeout = timedelta(seconds=3)
    assert config.timeout == 3.0
    config.timeout = None
    assert config.timeout is None


@pytest.mark.parametrize("name", ["max_serialization_depth", "max_serialization_bytes", "max_heap_size", "max_buffer_size"])
@pytest.mark.parametrize("value", [0, -1, 1.5, "1", True])
def test_positive_integers(name, value):
    with pytest.raises(ValueError, match=f"{name} must be a positive integer"):
        jsrun.RuntimeConfig(**{name: value})
    config = jsrun.RuntimeConfig()
    with pytest.raises(ValueError, match="positive integer"):
        setattr(config, name, value)


def test_heap_sizes_that_contradict():
    with pytest.raises(RuntimeError, match="initial_heap_size.*max_heap_size"):
        jsrun.Runtime(jsrun.RuntimeConfig(initial_heap_size=MIB))
    with pytest.raises(RuntimeError, match="initial_heap_size.*cannot exceed max_heap_size"):
        jsrun.Runtime(jsrun.RuntimeConfig(initial_heap_size=64 * MIB, max_heap_size=32 * MIB))
    with jsrun.Runtime(jsrun.RuntimeConfig(initial_heap_size=8 * MIB, max_heap_size=64 * MIB)) as runtime:
        assert runtime.eval("1") == 1


def test_what_is_not_there():
    with pytest.raises(ValueError, match="isolation must be"):
        jsrun.RuntimeConfig(isolation="container")
    with pytest.raises(TypeError):
        jsrun.RuntimeConfig(no_such_thing=1)
    with pytest.raises(TypeError):
        jsrun.Runtime({"timeout": 1})


@pytest.mark.parametrize(
    "code",
    [
        "const hoard = []; while (true) hoard.push(new Array(1000).fill(hoard.length))",
        "const hoard = []; while (true) hoard.push(new Uint8Array(1 << 20))",
    ],
    ids=["heap", "buffers"],
)
def test_the_heap_limit(code):
    runtime = jsrun.Runtime(jsrun.RuntimeConfig(max_heap_size=32 * MIB))
    with pytest.raises(jsrun.RuntimeTerminated, match="Heap limit exceeded"):
        runtime.eval(code)
    assert runtime.is_closed()
    with pytest.raises(RuntimeError, match="closed"):
        runtime.eval("1")
    runtime.close()
    with jsrun.Runtime() as another:
        assert another.eval("1") == 1


def test_the_buffer_limit():
    config = jsrun.RuntimeConfig(max_heap_size=32 * MIB, max_buffer_size=64 * MIB)
    with jsrun.Runtime(config) as runtime:
        assert runtime.eval("globalThis.kept = new Uint8Array(48 << 20); kept.length") == 48 * MIB
        with pytest.raises(jsrun.RuntimeTerminated, match="Heap limit exceeded"):
            runtime.eval("const more = new Uint8Array(48 << 20)")


def test_the_bootstrap_script():
    with jsrun.Runtime(jsrun.RuntimeConfig(bootstrap="globalThis.ready = 1")) as runtime:
        assert runtime.eval("ready") == 1
    with pytest.raises(jsrun.JavaScriptError, match="no good"):
        jsrun.Runtime(jsrun.RuntimeConfig(bootstrap="throw new Error('no good')"))


def test_the_console(capsys):
    with jsrun.Runtime(jsrun.RuntimeConfig(enable_console=True)) as runtime:
        runtime.eval("console.log('hello %s', 'you'); console.error({ a: 1 })")
    out, err = capsys.readouterr()
    assert (out, err) == ("hello you\n", "{ a: 1 }\n")


def test_a_console_listener(capsys):
    heard = []
    with jsrun.Runtime(jsrun.RuntimeConfig(on_console=lambda level, text: heard.append((level, text)))) as runtime:
        runtime.eval("console.log(1, 'two'); console.warn('careful')")
    assert heard == [("log", "1 two"), ("warn", "careful")]
    assert capsys.readouterr() == ("", "")


def test_typescript():
    with jsrun.Runtime(jsrun.RuntimeConfig(typescript=True)) as runtime:
        assert runtime.eval("const n: number = 41; (n as number) + 1") == 42
        assert asyncio.run(runtime.eval_async("enum A { B = 3 } Promise.resolve(A.B)")) == 3
