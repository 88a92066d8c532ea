"""Measures operations of one package: reads a name of an operation and a time in seconds per line, and answers each with
a line of JSON. compare.py starts one such process per package, and one more per measurement of memory."""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

TEXT = "x" * 1_000_000
BYTES = b"x" * 1_000_000
NUMBERS = list(range(100_000))
IDLE_RUNTIMES = 16
THREADS = 8
AT_ONCE = 100
CALLS = 1_000
ASYNC_CALLS = 200

# Some 10 ms on one core.
WORK = "(() => { let n = 0; for (let i = 0; i < 5e6; i++) n = (n * 31 + i) | 0; return n })()"


class Unavailable(Exception):
    """The package cannot do that."""


class JsrunLike:
    """What jsrun, the public package of its name, and pydeno have in common."""

    def __init__(self, module: str) -> None:
        self.package = importlib.import_module(module)

    def open(self) -> Any:
        return self.package.Runtime()

    # On the event loop that is running.
    open_on_loop = open

    def eval(self, runtime: Any, code: str) -> Any:
        return runtime.eval(code)

    async def eval_async(self, runtime: Any, code: str) -> Any:
        return await runtime.eval_async(code)

    def identity(self, runtime: Any) -> Callable[[Any], Any]:
        return runtime.eval("(value) => value")

    identity_of_list = identity

    def bind(self, runtime: Any) -> None:
        runtime.bind_function("bound", lambda n: n)

    async def bind_async(self, runtime: Any) -> Callable[[], Awaitable[None]]:
        async def bound(n: int) -> int:
            return n

        runtime.bind_function("bound", bound)

        async def nothing() -> None:
            pass

        return nothing

    def open_isolated(self) -> Any:
        if hasattr(self.package, "IsolatedRuntime"):
            # As its documentation has it, but for layers of the sandbox that this machine may lack.
            return self.package.IsolatedRuntime(sandbox="auto")
        try:
            config = self.package.RuntimeConfig(isolation="process")
        except (TypeError, ValueError) as error:
            raise Unavailable from error
        return self.package.Runtime(config)


class MiniRacer:
    def __init__(self) -> None:
        self.package = importlib.import_module("py_mini_racer")

    def open(self) -> Any:
        return self.package.MiniRacer()

    def open_on_loop(self) -> Any:
        return self.package.mini_racer(asyncio.get_running_loop())

    def eval(self, runtime: Any, code: str) -> Any:
        return runtime.eval(code)

    async def eval_async(self, runtime: Any, code: str) -> Any:
        result = await runtime.eval_cancelable(code)
        return await result if hasattr(result, "__await__") else result

    def identity(self, runtime: Any) -> Callable[[Any], Any]:
        return runtime.eval("(value) => value")

    def identity_of_list(self, runtime: Any) -> Callable[[Any], Any]:
        # Composite values cross as JSON.
        return lambda value: runtime.call("((value) => value)", value)

    def bind(self, runtime: Any) -> None:
        raise Unavailable

    async def bind_async(self, runtime: Any) -> Callable[[], Awaitable[None]]:
        async def bound(n: int) -> int:
            return n

        context = runtime.wrap_py_function(bound)
        runtime.eval("this")["bound"] = await context.__aenter__()
        return lambda: context.__aexit__(None, None, None)

    def open_isolated(self) -> Any:
        raise Unavailable


def check(value: Any, expected: Any) -> None:
    """No figure for a wrong result."""
    if value != expected:
        raise AssertionError(f"{value!r:.100} is not {expected!r:.100}")


def spend(seconds: float, operation: Callable[[], None], count: int = 1) -> Iterator[float]:
    """Does the operation for so long; yields how long each took, or each of the `count` that it consists of."""
    end = time.perf_counter() + seconds
    while (begin := time.perf_counter()) < end:
        operation()
        yield (time.perf_counter() - begin) / count


def repeat(operation: Callable[[], None], times: int) -> Callable[[], None]:
    def repeated() -> None:
        for _ in range(times):
            operation()

    return repeated


def create(package: Any, seconds: float) -> Iterator[float]:
    def operation() -> None:
        with package.open() as runtime:
            check(package.eval(runtime, "2 + 2"), 4)

    return spend(seconds, operation)


def warm_eval(package: Any, seconds: float) -> Iterator[float]:
    with package.open() as runtime:
        operation = repeat(lambda: check(package.eval(runtime, "1 + 1"), 2), 20)
        yield from spend(seconds, operation, 20)


def on_loop(work: Callable[[Any, Any], Awaitable[int]]) -> Callable[[Any, float], list[float]]:
    """Measures what `work` does on an event loop; it gives how many operations that were."""

    async def main(package: Any, seconds: float) -> list[float]:
        times = []
        with package.open_on_loop() as runtime:
            unbind = await package.bind_async(runtime)
            end = time.perf_counter() + seconds
            while (begin := time.perf_counter()) < end:
                count = await work(package, runtime)
                times.append((time.perf_counter() - begin) / count)
            await unbind()
        return times

    return lambda package, seconds: asyncio.run(main(package, seconds))


async def evals_in_turn(package: Any, runtime: Any) -> int:
    for _ in range(20):
        check(await package.eval_async(runtime, "1 + 1"), 2)
    return 20


async def evals_at_once(package: Any, runtime: Any) -> int:
    calls = [package.eval_async(runtime, f"{n} + 1") for n in range(AT_ONCE)]
    check(await asyncio.gather(*calls), list(range(1, AT_ONCE + 1)))
    return AT_ONCE


async def bound_coroutine_calls(package: Any, runtime: Any) -> int:
    code = f"(async () => {{ let last = 0; for (let i = 0; i < {ASYNC_CALLS}; i++) last = await bound(i); return last }})()"
    check(await package.eval_async(runtime, code), ASYNC_CALLS - 1)
    return ASYNC_CALLS


def bound_call(package: Any, seconds: float) -> Iterator[float]:
    code = f"{{ let last = 0; for (let i = 0; i < {CALLS}; i++) last = bound(i); last }}"
    with package.open() as runtime:
        package.bind(runtime)
        yield from spend(seconds, lambda: check(package.eval(runtime, code), CALLS - 1), CALLS)


def there_and_back(value: Any) -> Callable[[Any, float], Iterator[float]]:
    def measure(package: Any, seconds: float) -> Iterator[float]:
        with package.open() as runtime:
            make = package.identity_of_list if isinstance(value, list) else package.identity
            identity = make(runtime)
            try:
                check(identity(value), value)
            except Exception as error:
                if type(error).__name__ == "JSConversionException":
                    raise Unavailable from error
                raise
            end = time.perf_counter() + seconds
            while (begin := time.perf_counter()) < end:
                back = identity(value)
                took = time.perf_counter() - begin
                # To compare it and to let go of it is Python's work.
                check(back, value)
                del back
                yield took

    return measure


def memory(package: Any, _seconds: float) -> list[float]:
    """Bytes per runtime. In a fresh process: what others have freed would be used again."""

    def resident() -> int:
        with open("/proc/self/statm") as statm:
            return int(statm.read().split()[1]) * 4096

    # What the first one brings belongs to the process.
    runtimes = [package.open()]
    package.eval(runtimes[0], "2 + 2")
    before = resident()
    for _ in range(IDLE_RUNTIMES):
        runtimes.append(package.open())
        package.eval(runtimes[-1], "2 + 2")
    each = (resident() - before) / IDLE_RUNTIMES
    for runtime in runtimes:
        runtime.close()
    return [each]


def threads(package: Any, seconds: float) -> list[float]:
    """Each thread has a runtime of its own, which only some packages let others use."""
    barrier = threading.Barrier(THREADS + 1)
    going = True

    def work() -> None:
        with package.open() as runtime:
            while True:
                barrier.wait()
                if not going:
                    return
                package.eval(runtime, WORK)
                barrier.wait()

    workers = [threading.Thread(target=work) for _ in range(THREADS)]
    for worker in workers:
        worker.start()
    times = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        barrier.wait()
        begin = time.perf_counter()
        barrier.wait()
        times.append(time.perf_counter() - begin)
    going = False
    barrier.wait()
    for worker in workers:
        worker.join()
    return times


def isolated(package: Any, seconds: float) -> Iterator[float]:
    def operation() -> None:
        with package.open_isolated() as runtime:
            check(package.eval(runtime, "2 + 2"), 4)

    # The first one brings up what the others share.
    operation()
    return spend(seconds, operation)


OPERATIONS: dict[str, Callable[[Any, float], Any]] = {
    "create": create,
    "warm_eval": warm_eval,
    "warm_eval_async": on_loop(evals_in_turn),
    "many_evals_async": on_loop(evals_at_once),
    "bound_call": bound_call,
    "bound_call_async": on_loop(bound_coroutine_calls),
    "text": there_and_back(TEXT),
    "bytes": there_and_back(BYTES),
    "list": there_and_back(NUMBERS),
    "memory": memory,
    "threads": threads,
    "isolated": isolated,
}


def main() -> None:
    name = sys.argv[1]
    package = MiniRacer() if name == "mini-racer" else JsrunLike(name)
    for line in sys.stdin:
        operation, seconds = line.split()
        try:
            answer: Any = list(OPERATIONS[operation](package, float(seconds)))
        except Unavailable:
            answer = None
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
