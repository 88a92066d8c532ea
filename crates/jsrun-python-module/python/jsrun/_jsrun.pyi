from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from datetime import timedelta
from types import TracebackType
from typing import Any, Literal, TypeVar, final, overload

from typing_extensions import Self, disjoint_base

_F = TypeVar("_F", bound=Callable[..., Any])

__all__ = [
    "InspectorConfig",
    "InspectorEndpoints",
    "JsFunction",
    "JsStream",
    "JsUndefined",
    "Mailbox",
    "Pool",
    "PoolStats",
    "PyStreamSource",
    "Runtime",
    "RuntimeConfig",
    "RuntimeStats",
    "SnapshotBuilder",
    "__version__",
    "_after_fork",
    "_close_all",
    "_is_out_of_breath",
    "_serve_snapshot_builder",
    "_serve_zygote",
    "undefined",
]

__version__: str
undefined: JsUndefined

@disjoint_base
class Runtime:
    """A V8 runtime: one global object, and what programs leave there. Any thread may use it; calls are served in order.

    config: a RuntimeConfig. Default: ECMAScript's globals, no timeout.

    Raises RuntimeError when the configuration contradicts itself or the system refuses what a runtime needs, and
    JavaScriptError when the bootstrap script throws.

    >>> with jsrun.Runtime() as runtime:
    ...     runtime.eval("6 * 7")
    42
    """
    def __new__(cls, config: RuntimeConfig | None = None) -> Self: ...
    def eval(self, code: str) -> Any:
        """Runs a classic script and gives its completion value. Other Python threads run meanwhile. A promise that settles
        without waiting gives its value.

        Raises JavaScriptError when the script throws or is no JavaScript; RuntimeError when it takes longer than the
        configured timeout (a TimeoutError too), when its value cannot cross, when its promise is pending, or when the
        runtime is closed; RuntimeTerminated when it is terminated or exceeds the heap limit.

        >>> runtime.eval("[1, 2].map((n) => n / 4)")
        [0.25, 0.5]
        """
    def eval_async(self, code: str, *, timeout: float | timedelta | None = None) -> Coroutine[Any, Any, Any]:
        """As eval, and waits for a promise; the event loop goes on meanwhile. Cancelling the task stops the JavaScript.

        timeout: in seconds, or a timedelta. Default: that of the configuration.

        Raises ValueError for a timeout that is none, and what eval raises.

        >>> asyncio.run(runtime.eval_async("new Promise((resolve) => setTimeout(resolve, 10, 'done'))"))
        'done'
        """
    def bind_function(self, name: str, handler: Callable[..., Any]) -> None:
        """Makes a Python function a global of JavaScript. It runs on the runtime's thread; a coroutine function gives
        JavaScript a promise, and runs on the event loop that waits for the runtime. What it raises is thrown in
        JavaScript, as an Error with the exception's class as its name.

        Raises TypeError when it is not callable, and RuntimeError when the runtime is closed.

        >>> runtime.bind_function("add", lambda a, b: a + b)
        >>> runtime.eval("add(2, 3)")
        5
        """
    @overload
    def bind(self, func: _F, /, *, name: str | None = None) -> _F: ...
    @overload
    def bind(self, func: None = None, /, *, name: str | None = None) -> Callable[[_F], _F]:
        """As bind_function, as a decorator, with or without a name, or as a call. Gives the Python function back.

        Raises what bind_function raises.

        >>> @runtime.bind
        ... def double(n):
        ...     return 2 * n
        >>> runtime.eval("double(21)")
        42
        """
    def bind_object(self, name: str, obj: Mapping[str, Any]) -> None:
        """Makes an object a global of JavaScript: each callable bound as a function, other values copied. Names and keys
        are data, whatever they contain.

        Raises RuntimeError when a value cannot cross, with the path to it, and when the runtime is closed.

        >>> runtime.bind_object("config", {"debug": True, "greet": lambda name: f"hi {name}"})
        >>> runtime.eval("config.greet('you') + config.debug")
        'hi youtrue'
        """
    def register_op(self, name: str, handler: Callable[..., Any], *, mode: Literal["sync", "async"] = "sync") -> int:
        """Registers a function that JavaScript calls by number: `__host_op_sync__(id, …)`, or, with mode "async",
        `await __host_op_async__(id, …)`. Gives the number; they count from 0.

        Raises ValueError for another mode, and RuntimeError for a plain function with mode "async".

        >>> runtime.register_op("triple", lambda n: 3 * n)
        0
        >>> runtime.eval("__host_op_sync__(0, 14)")
        42
        """
    def add_static_module(self, name: str, source: str) -> None:
        """Adds a module, importable as name and as static:name; its URL is jsrun://static/name. A name that ends in .ts is
        TypeScript. Another of the same name is replaced.

        Raises RuntimeError when the runtime is closed.

        >>> runtime.add_static_module("answer", "export const answer = 42")
        >>> runtime.eval_module("answer")
        {'answer': 42}
        """
    def set_module_resolver(self, resolver: Callable[[str, str], str | None]) -> None:
        """Sets who makes URLs of specifiers: called with the specifier and the importer's URL (empty for eval_module), it
        gives a URL; None or an empty string leaves it to the static modules. What it raises is thrown to who imports.

        Raises TypeError when it is not callable, and RuntimeError when the runtime is closed.

        >>> runtime.set_module_resolver(lambda specifier, referrer: f"memory:/{specifier}.js")
        >>> runtime.set_module_loader(lambda url: f"export const url = {url!r}")
        >>> runtime.eval_module("a")
        {'url': 'memory:/a.js'}
        """
    def set_module_loader(self, loader: Callable[[str], str | bytes | Awaitable[str | bytes]]) -> None:
        """Sets who loads modules that are not static: called with a URL, it gives the source as a str or bytes, or an
        awaitable of it. The URL's extension tells TypeScript, JSON and Wasm. What it raises is thrown to who imports.

        Raises TypeError when it is not callable, and RuntimeError when the runtime is closed.

        >>> runtime.set_module_resolver(lambda specifier, referrer: specifier)
        >>> runtime.set_module_loader({"app:answer.ts": "export const answer: number = 42"}.__getitem__)
        >>> runtime.eval_module("app:answer.ts")
        {'answer': 42}
        """
    def eval_module(self, specifier: str) -> dict[str, Any]:
        """Evaluates a module and gives its namespace as a dict. A module is evaluated once.

        Raises what eval raises; RuntimeError when the module waits for something, such as an async loader.

        >>> runtime.add_static_module("lib", "export const double = (n) => 2 * n")
        >>> runtime.add_static_module("main", "import { double } from 'lib'; export const answer = double(21)")
        >>> runtime.eval_module("main")
        {'answer': 42}
        """
    def eval_module_async(
        self, specifier: str, *, timeout: float | timedelta | None = None
    ) -> Coroutine[Any, Any, dict[str, Any]]:
        """As eval_module, and waits for what the module waits for; the event loop goes on meanwhile.

        timeout: in seconds, or a timedelta. Default: that of the configuration.

        Raises what eval_async raises.

        >>> runtime.add_static_module("later", "export const answer = await Promise.resolve(42)")
        >>> asyncio.run(runtime.eval_module_async("later"))
        {'answer': 42}
        """
    def stream_from_async_iterable(self, iterable: AsyncIterable[Any]) -> PyStreamSource:
        """Makes an async iterable a stream, to be passed to JavaScript, which sees a ReadableStream. A chunk is asked for
        when JavaScript reads; an exception rejects its reader; its cancel() calls the iterator's aclose().

        Raises TypeError when it is no async iterable, and RuntimeError when the runtime is closed.

        >>> async def count():
        ...     for number in (1, 2, 3):
        ...         yield number
        >>> add_up = runtime.eval("async (stream) => { let sum = 0; for await (const n of stream) sum += n; return sum }")
        >>> async def main():
        ...     return await add_up.call_async(runtime.stream_from_async_iterable(count()))
        >>> asyncio.run(main())
        6
        """
    def get_stats(self) -> RuntimeStats:
        """What the runtime has done and holds.

        Raises RuntimeError when the runtime is closed.

        >>> runtime.eval("1")
        1
        >>> runtime.get_stats().eval_sync_count
        1
        """
    def inspector_endpoints(self) -> InspectorEndpoints | None:
        """Where debuggers find the runtime; None without an inspector.

        Raises RuntimeError when the runtime is closed.

        >>> runtime.inspector_endpoints() is None
        True
        """
    def terminate(self) -> None:
        """Stops running JavaScript at once and closes the runtime, from any thread. Calls that run or come later raise
        RuntimeTerminated. A second time it does nothing.

        >>> import threading
        >>> threading.Timer(0.01, runtime.terminate).start()
        >>> runtime.eval("while (true) {}")
        Traceback (most recent call last):
        jsrun.RuntimeTerminated: ...terminated by host request
        """
    def close(self) -> None:
        """Closes the runtime: what runs is stopped, everything of it is freed. A second time it does nothing.

        >>> runtime.close()
        >>> runtime.eval("1")
        Traceback (most recent call last):
        RuntimeError: Runtime is closed
        """
    def aclose(self) -> Coroutine[Any, Any, None]:
        """As close, without blocking the event loop. It closes when it is called, and may be awaited for the end.

        >>> asyncio.run(runtime.aclose())
        >>> runtime.is_closed()
        True
        """
    def is_closed(self) -> bool:
        """Whether the runtime takes no more calls.

        >>> runtime.is_closed()
        False
        """
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        *_args: type[BaseException] | BaseException | TracebackType | None,
    ) -> Literal[False]: ...
    def __aenter__(self) -> Coroutine[Any, Any, Self]: ...
    def __aexit__(
        self,
        *_args: type[BaseException] | BaseException | TracebackType | None,
    ) -> Coroutine[Any, Any, None]: ...
    def _debug_tracked_function_count(self) -> int: ...
    def _debug_worker_pid(self) -> int | None: ...

@final
class RuntimeConfig:
    """Settings of a runtime.

    max_heap_size: of V8's heap in bytes, array buffers included. Default: V8's own limit, at most 4 GiB.
    initial_heap_size: with how large a heap V8 begins, in bytes; needs max_heap_size.
    bootstrap: a script that runs first.
    timeout: of each call, in seconds or as a timedelta. Default: none.
    enable_console: whether `console` writes to sys.stdout and sys.stderr.
    inspector: an InspectorConfig, for a runtime that debuggers can attach to.
    snapshot: bytes of a SnapshotBuilder, which the runtime starts from; not together with bootstrap.
    max_serialization_depth: how deep values may be that cross. Default 100; at most 1,000.
    max_serialization_bytes: how large they may be. Default 10 MiB.
    max_buffer_size: a limit of their own for array buffers, in bytes.
    web_apis: whether programs have the web platform beside the ECMAScript globals.
    typescript: whether eval takes TypeScript, whose types are removed.
    isolation: "thread", or "process" for a runtime in a sandboxed process of its own, of the default pool (see Pool).
    on_console: called with the level ("log", "error", …) and the text of each console call.

    Raises ValueError for what is out of range.

    >>> jsrun.RuntimeConfig(timeout=2).timeout
    2.0
    """
    def __new__(
        cls,
        max_heap_size: int | None = None,
        initial_heap_size: int | None = None,
        bootstrap: str | None = None,
        timeout: float | timedelta | None = None,
        enable_console: bool | None = None,
        inspector: InspectorConfig | None = None,
        snapshot: bytes | None = None,
        max_serialization_depth: int | None = None,
        max_serialization_bytes: int | None = None,
        *,
        max_buffer_size: int | None = None,
        web_apis: bool = False,
        typescript: bool = False,
        isolation: Literal["thread", "process"] = "thread",
        on_console: Callable[[str, str], object] | None = None,
    ) -> Self: ...
    max_heap_size: int | None
    """The largest heap in bytes, or None."""
    initial_heap_size: int | None
    """The first heap in bytes, or None."""
    bootstrap: str | None
    """The script that runs first, or None."""
    @property
    def timeout(self) -> float | None:
        """The timeout of each call in seconds, or None."""
    @timeout.setter
    def timeout(self, timeout: float | timedelta | None) -> None: ...
    @property
    def enable_console(self) -> bool:
        """Whether `console` writes to sys.stdout and sys.stderr."""
    inspector: InspectorConfig | None
    """How debuggers reach the runtime, or None."""
    snapshot: bytes | None
    """The snapshot that the runtime starts from, or None."""
    max_serialization_depth: int
    """How deep values may be that cross."""
    max_serialization_bytes: int
    """How large values may be that cross, in bytes."""
    max_buffer_size: int | None
    """The limit of array buffers in bytes, or None."""
    web_apis: bool
    """Whether programs have the web platform."""
    typescript: bool
    """Whether eval takes TypeScript."""
    isolation: Literal["thread", "process"]
    """Where the runtime lives: "thread" or "process"."""
    on_console: Callable[[str, str], object] | None
    """Who hears the console, or None."""

@final
class InspectorConfig:
    """How debuggers, such as Chrome DevTools, reach a runtime; for RuntimeConfig(inspector=…). Whoever reaches the port can do
    everything that a program in the runtime can. A paused program takes no time of its timeout.

    host: an IP address, or "localhost". Default "127.0.0.1".
    port: where the server listens. Default 9229, where chrome://inspect looks; 0 takes a free one, which
    Runtime.inspector_endpoints tells. Runtimes of one process may share an address.
    wait_for_connection: whether the first call waits until a debugger is there.
    break_on_next_statement: whether it waits, and then pauses at its first statement.
    target_url: the URL that debuggers show for the runtime. Default "jsrun://runtime".
    display_name: the title that they show. Default: one that names the process.

    Raises ValueError for an address that is none.

    >>> inspector = jsrun.InspectorConfig(port=0, display_name="rules")
    >>> with jsrun.Runtime(jsrun.RuntimeConfig(inspector=inspector)) as runtime:
    ...     runtime.inspector_endpoints().title
    'rules'
    """
    def __new__(
        cls,
        host: str = "127.0.0.1",
        port: int = 9229,
        *,
        wait_for_connection: bool = False,
        break_on_next_statement: bool = False,
        target_url: str | None = None,
        display_name: str | None = None,
    ) -> Self: ...
    @property
    def host(self) -> str:
        """The host, as it was given."""
    @property
    def port(self) -> int:
        """The port; 0 when a free one is to be taken."""
    wait_for_connection: bool
    """Whether the first call waits until a debugger is there."""
    break_on_next_statement: bool
    """Whether the first call waits for a debugger, and then pauses at its first statement."""
    target_url: str | None
    """The URL that debuggers show for the runtime, or None."""
    display_name: str | None
    """The title that debuggers show for the runtime, or None."""
    def endpoint(self) -> str:
        """Host and port, as debuggers are told them.

        >>> jsrun.InspectorConfig().endpoint()
        '127.0.0.1:9229'
        """

@final
class InspectorEndpoints:
    """Where debuggers find a runtime; from `Runtime.inspector_endpoints`.

    >>> inspector = jsrun.InspectorConfig(port=0)
    >>> with jsrun.Runtime(jsrun.RuntimeConfig(inspector=inspector)) as runtime:
    ...     runtime.inspector_endpoints().websocket_url
    'ws://127.0.0.1:...'
    """
    @property
    def id(self) -> str:
        """The runtime's id on the server."""
    @property
    def websocket_url(self) -> str:
        """Where debuggers connect."""
    @property
    def devtools_frontend_url(self) -> str:
        """What to open in Chrome."""
    @property
    def title(self) -> str:
        """The name of the runtime."""
    @property
    def description(self) -> str:
        """What it is: "jsrun"."""
    @property
    def target_url(self) -> str:
        """The URL that debuggers show for the runtime."""
    @property
    def favicon_url(self) -> str:
        """Empty: there is no picture."""
    @property
    def host(self) -> str:
        """The server's address, with the port that it took."""

@final
class RuntimeStats:
    """What a runtime has done and holds, as of one moment; from `Runtime.get_stats`. Sizes are in bytes, times in
    milliseconds.

    >>> _ = runtime.eval("setTimeout(() => {}, 1000)")
    >>> stats = runtime.get_stats()
    >>> stats.active_timers, stats.last_execution_kind
    (1, 'eval_sync')
    """
    @property
    def heap_total_bytes(self) -> int:
        """V8's heap as it is committed."""
    @property
    def heap_used_bytes(self) -> int:
        """What of it is in use."""
    @property
    def external_memory_bytes(self) -> int:
        """Array buffers."""
    @property
    def physical_total_bytes(self) -> int:
        """What of the heap is in physical memory."""
    @property
    def total_execution_time_ms(self) -> int:
        """Time in JavaScript, all calls together."""
    @property
    def last_execution_time_ms(self) -> int:
        """Time in JavaScript of the call that ended last."""
    @property
    def last_execution_kind(self) -> str | None:
        """Its kind: eval_sync, eval_async, eval_module_sync, eval_module_async, call_function_sync, call_function_async, or
        None.
        """
    @property
    def eval_sync_count(self) -> int:
        """Calls of eval."""
    @property
    def eval_async_count(self) -> int:
        """Calls of eval_async."""
    @property
    def eval_module_sync_count(self) -> int:
        """Calls of eval_module."""
    @property
    def eval_module_async_count(self) -> int:
        """Calls of eval_module_async."""
    @property
    def call_function_sync_count(self) -> int:
        """Calls of functions."""
    @property
    def call_function_async_count(self) -> int:
        """Calls of functions by call_async."""
    @property
    def active_async_ops(self) -> int:
        """Calls of coroutine functions that go on."""
    @property
    def open_resources(self) -> int:
        """What the event loop holds open besides."""
    @property
    def active_timers(self) -> int:
        """Timeouts that wait."""
    @property
    def active_intervals(self) -> int:
        """Intervals that are set."""
    @property
    def active_js_streams(self) -> int:
        """Streams of JavaScript that Python holds."""
    @property
    def active_py_streams(self) -> int:
        """Streams of Python that JavaScript has not read to their end."""
    @property
    def total_js_streams(self) -> int:
        """Streams of JavaScript that Python has ever held."""
    @property
    def total_py_streams(self) -> int:
        """Streams of Python that were ever made."""
    @property
    def bytes_streamed_js_to_py(self) -> int:
        """Bytes of strings and buffers in chunks from JavaScript."""
    @property
    def bytes_streamed_py_to_js(self) -> int:
        """Bytes of strings and buffers in chunks from Python."""

@final
class JsFunction:
    """A function of JavaScript. It keeps the object that it was read from as its `this`.

    Calling it gives its value, or an awaitable when it returned a promise that is pending. Beside its arguments it takes
    timeout=, in seconds or as a timedelta; the default is that of the runtime's configuration.

    Raises JavaScriptError when the function throws, RuntimeError when it times out (a TimeoutError too), when a value
    cannot cross, when the function is closed ("Function has been closed") or its runtime is ("Runtime has been shut
    down").

    >>> add = runtime.eval("(a, b) => a + b")
    >>> add(2, 3, timeout=1)
    5
    """
    def __call__(self, *args: Any, timeout: float | timedelta | None = None) -> Any: ...
    def call_async(self, *args: Any, timeout: float | timedelta | None = None) -> Coroutine[Any, Any, Any]:
        """Calls the function; always gives an awaitable. Arguments and errors as when called directly.

        >>> later = runtime.eval("(value) => new Promise((resolve) => setTimeout(resolve, 1, value))")
        >>> asyncio.run(later.call_async("done"))
        'done'
        """
    def close(self) -> Awaitable[None]:
        """Lets go of the function: calling it, or passing it back, is a RuntimeError from now on. May be awaited.

        >>> function = runtime.eval("() => 1")
        >>> _ = function.close()
        >>> function()
        Traceback (most recent call last):
        RuntimeError: Function has been closed
        """

@final
class JsStream(AsyncIterator[Any]):
    """A `ReadableStream` of JavaScript: an async iterator of its chunks.

    >>> async def read(stream):
    ...     return [chunk async for chunk in stream]
    >>> stream = runtime.eval("new ReadableStream({ start(c) { c.enqueue(1); c.close() } })")
    >>> asyncio.run(read(stream))
    [1]
    """
    def __aiter__(self) -> Self: ...
    def __anext__(self) -> Coroutine[Any, Any, Any]: ...
    def close(self) -> Awaitable[None]:
        """Cancels the stream at once: its source is told that nobody reads any more. May be awaited, for the source's own
        cleaning up. A second time it does nothing.

        >>> async def first(stream):
        ...     async for chunk in stream:
        ...         await stream.close()
        ...     return chunk
        >>> stream = runtime.eval("new ReadableStream({ pull(c) { c.enqueue('endless') } })")
        >>> asyncio.run(first(stream))
        'endless'
        """
    def aclose(self) -> Awaitable[None]:
        """As close(), for contextlib.aclosing.

        >>> import contextlib
        >>> async def first(stream):
        ...     async with contextlib.aclosing(stream):
        ...         return await anext(stream)
        >>> asyncio.run(first(runtime.eval("new ReadableStream({ pull(c) { c.enqueue('endless') } })")))
        'endless'
        """

@final
class PyStreamSource:
    """A stream of Python, to be passed to JavaScript, which sees a `ReadableStream`. From
    `Runtime.stream_from_async_iterable`.

    >>> async def rows():
    ...     yield {"number": 1}
    >>> runtime.stream_from_async_iterable(rows())
    <PyStreamSource>
    """

@final
class SnapshotBuilder:
    """Makes a snapshot of what scripts leave in the global object, for RuntimeConfig(snapshot=…): runtimes start from it as
    fast as from nothing. It is made in a process of its own, by the same engine that is to use it.

    bootstrap: a script that runs first.
    enable_console: no effect: scripts of a snapshot are silent.
    web_apis: whether they, and later the programs, have the web platform beside the ECMAScript globals.

    >>> builder = jsrun.SnapshotBuilder(bootstrap="function twice(x) { return 2 * x }")
    >>> config = jsrun.RuntimeConfig(snapshot=builder.build())
    >>> with jsrun.Runtime(config) as runtime:
    ...     runtime.eval("twice(21)")
    42
    """
    def __new__(cls, *, bootstrap: str | None = None, enable_console: bool = False, web_apis: bool = False) -> Self: ...
    def execute_script(self, name: str, source: str) -> None:
        """Adds a script, which runs after those before it. Its name is its file in stacks. It runs when the snapshot is
        built.

        Raises RuntimeError when the snapshot is built.

        >>> builder = jsrun.SnapshotBuilder()
        >>> builder.execute_script("library.js", "const twice = (x) => 2 * x")
        """
    def build(self) -> bytes:
        """Runs the scripts and gives the snapshot. The builder is used up.

        Raises JavaScriptError when a script throws; RuntimeError when scripts take more than ten seconds or too much
        memory, when they leave what no snapshot can hold, or when the building process fails.

        >>> snapshot = jsrun.SnapshotBuilder(bootstrap="globalThis.answer = 42").build()
        >>> type(snapshot)
        <class 'bytes'>
        """

@final
class Pool:
    """Worker processes that are ready to be runtimes: forked, confined, V8 in place. A runtime of a pool is like any other, in a
    process of its own that ends with it. `RuntimeConfig(isolation="process")` takes one of a default pool.

    size: how many workers are kept ready. Default 4. The web platform (web_apis) and each snapshot have workers of their own,
    from their first use on.
    max_runtimes: how many runtimes there may be at a time. Default 1,000.
    sandbox: "auto" warns (RuntimeWarning) where this system cannot confine workers as it should, "require" raises then, and
    "off" confines nothing.
    jitless: whether V8 interprets everything and makes no machine code: slower, and one kind of bug less.

    Raises ValueError for what is out of range, and RuntimeError when no worker can be started.

    >>> with jsrun.Pool(size=1) as pool, pool.runtime() as runtime:
    ...     runtime.eval("6 * 7")
    42
    """
    def __new__(
        cls,
        size: int = 4,
        *,
        max_runtimes: int = 1000,
        sandbox: Literal["auto", "require", "off"] = "auto",
        jitless: bool = False,
    ) -> Self: ...
    def runtime(self, config: RuntimeConfig | None = None) -> Runtime:
        """A runtime in one of the pool's workers, whatever the configuration says of isolation.

        Raises RuntimeError when the pool is closed or has max_runtimes, and what Runtime(config) raises.

        >>> with jsrun.Pool(size=1) as pool:
        ...     runtime = pool.runtime(jsrun.RuntimeConfig(timeout=1))
        ...     runtime.eval("1 + 1")
        2
        """
    def stats(self) -> PoolStats:
        """Counts of the pool's workers as of now.

        >>> with jsrun.Pool(size=1) as pool, pool.runtime():
        ...     pool.stats().runtimes
        1
        """
    def sandbox(self) -> dict[str, Any] | None:
        """What confines the workers: a dict with `layers`, which maps each layer to whether it holds and how or why not, and
        `shortcomings`, a list that is empty when the sandbox is whole. None when the pool is closed or its sandbox is off.

        >>> with jsrun.Pool(size=1) as pool:
        ...     report = pool.sandbox()
        >>> holds, how = report.get("layers").get("no-new-privileges")
        >>> holds
        True
        """
    def close(self) -> None:
        """Closes the pool's runtimes and ends its workers. A second time it does nothing.

        >>> pool = jsrun.Pool(size=1)
        >>> pool.close()
        >>> pool
        <Pool (closed)>
        """
    def aclose(self) -> Coroutine[Any, Any, None]:
        """As close, without blocking the event loop.

        >>> pool = jsrun.Pool(size=1)
        >>> asyncio.run(pool.aclose())
        """
    def is_closed(self) -> bool:
        """Whether the pool has no more runtimes to give.

        >>> with jsrun.Pool(size=1) as pool:
        ...     pool.is_closed()
        False
        """
    def __enter__(self) -> Self: ...
    def __exit__(
        self, exc_type: type[BaseException] | None, exc_value: BaseException | None, traceback: TracebackType | None
    ) -> Literal[False]: ...
    def __aenter__(self) -> Coroutine[Any, Any, Self]: ...
    def __aexit__(
        self, exc_type: type[BaseException] | None, exc_value: BaseException | None, traceback: TracebackType | None
    ) -> Coroutine[Any, Any, None]: ...

@final
class PoolStats:
    """Counts of a pool's workers; from `Pool.stats`.

    >>> with jsrun.Pool(size=1) as pool:
    ...     pool.stats()
    PoolStats(ready=..., runtimes=0, processes=..., workers_total=..., crashed_total=0)
    """
    @property
    def ready(self) -> int:
        """Workers that wait to be a runtime."""
    @property
    def runtimes(self) -> int:
        """Runtimes."""
    @property
    def processes(self) -> int:
        """Worker processes that exist or were asked for."""
    @property
    def workers_total(self) -> int:
        """Workers made so far."""
    @property
    def crashed_total(self) -> int:
        """Workers that died by a signal that was not the pool's."""

@final
class JsUndefined:
    """The type of `undefined`, which has one instance.

    It is false, and equal to itself only.

    >>> bool(jsrun.undefined)
    False
    """
    def __new__(cls) -> Self: ...
    def __bool__(self) -> Literal[False]: ...

@final
class Mailbox:
    """Where letters for one event loop go. Its methods are for `jsrun._bridge`, and for the loop."""
    def __new__(cls) -> Self: ...
    def fileno(self) -> int:
        """What the loop is to watch."""
    def deliver(self) -> None:
        """Reads all letters."""
    def is_delivering(self) -> bool:
        """The loop takes a turn that was asked for. Whether that comes inside a delivery."""
    def close(self) -> None:
        """The loop is closed: letters are thrown away from now on."""

def _after_fork() -> None: ...
def _close_all() -> None: ...
def _is_out_of_breath() -> bool: ...
def _serve_snapshot_builder(arguments: list[str]) -> int: ...
def _serve_zygote(arguments: list[str]) -> int: ...
