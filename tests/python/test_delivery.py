"""How results reach event loops: many, in order, without the GIL, and with nothing left behind."""

import asyncio
import contextvars
import ctypes
import gc
import os
import select

import pytest
from threads import in_threads

import jsrun
from jsrun import _bridge

CALLS = 3_000


def test_calls_are_served_in_order_when_the_queue_is_full(runtime, run):
    runtime.eval("globalThis.log = []")

    async def main():
        await asyncio.gather(*[runtime.eval_async(f"log.push({n})") for n in range(CALLS)])

    run(main())
    assert runtime.eval("log") == list(range(CALLS))


def test_more_calls_wait_than_the_queue_holds(runtime, run):
    runtime.eval("globalThis.gate = new Promise((open) => { globalThis.open = open }); setTimeout(() => {}, 1e6)")

    async def main():
        calls = [runtime.eval_async(f"gate.then((n) => n + {n})") for n in range(CALLS)]
        assert await asyncio.gather(*calls, runtime.eval_async("open(1); 0")) == [*range(1, CALLS + 1), 0]

    run(main())


def test_closing_ends_the_calls_that_wait_for_a_place(run):
    async def main():
        async with jsrun.Runtime() as runtime:
            calls = [asyncio.ensure_future(runtime.eval_async("while (true) {}")) for _ in range(CALLS)]
            await asyncio.sleep(0)
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert all(isinstance(result, RuntimeError) and "closed" in str(result) for result in results), results[0]

    run(main())


def test_results_arrive_without_the_gil(runtime):
    async def main():
        # Something is left that could settle it.
        code = "setTimeout(() => {}, 1e6); new Promise((resolve) => { globalThis.resolve = resolve })"
        call = asyncio.ensure_future(runtime.eval_async(code))
        # The loop waits for it, and nothing of the loop's runs any more.
        await asyncio.sleep(0)
        runtime.eval("setTimeout(resolve, 50, 'there'); 0")
        bell = _bridge.mailbox(asyncio.get_running_loop()).fileno()
        # A PyDLL keeps the GIL, and nobody gets it from here: the result comes all the same.
        poll = ctypes.PyDLL(None).poll
        ready = struct_pollfd(bell, select.POLLIN, 0)
        assert poll(ctypes.byref(ready), 1, 100_000) == 1
        assert await call == "there"

    asyncio.run(main())


class struct_pollfd(ctypes.Structure):
    _fields_ = [("fd", ctypes.c_int), ("events", ctypes.c_short), ("revents", ctypes.c_short)]


def test_a_loop_has_its_turns_beside_calls_that_end_at_once(runtime, run):
    async def main():
        done = False

        def finish():
            nonlocal done
            done = True

        asyncio.get_running_loop().call_later(0.01, finish)
        while not done:
            await runtime.eval_async("1")
        done = False
        asyncio.get_running_loop().call_later(0.01, finish)
        while not done:
            with pytest.raises(jsrun.JavaScriptError):
                await runtime.eval_async("throw new Error()")

    run(main())


class Unwatching(asyncio.SelectorEventLoop):
    """A loop that watches no descriptors."""

    def add_reader(self, fd, callback, *args):
        raise NotImplementedError


def test_a_loop_that_watches_no_descriptors(runtime):
    async def double(n):
        await asyncio.sleep(0)
        return 2 * n

    runtime.bind_function("double", double)

    async def main():
        assert _bridge.mailbox(asyncio.get_running_loop()) is None
        late = "new Promise((resolve) => setTimeout(resolve, 5, 'late'))"
        assert await asyncio.gather(runtime.eval_async(late), runtime.eval_async("double(21)")) == ["late", 42]

    loop = Unwatching()
    loop.run_until_complete(asyncio.wait_for(main(), 100))
    loop.close()


def new_loops():
    import uvloop

    return [asyncio.new_event_loop, uvloop.new_event_loop]


@pytest.mark.parametrize("new_loop", new_loops(), ids=["asyncio", "uvloop"])
def test_loops_leave_no_descriptors(runtime, new_loop):
    def use_a_loop():
        loop = new_loop()
        late = "new Promise((resolve) => setTimeout(resolve, 0, 1))"
        assert loop.run_until_complete(runtime.eval_async(late)) == 1
        # A call that nobody waits for any more when the loop is closed.
        left = loop.create_task(runtime.eval_async("new Promise((resolve) => setTimeout(resolve, 1, 2))"))
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
        left._log_destroy_pending = False

    def descriptors():
        gc.collect()
        return len(os.listdir("/proc/self/fd"))

    use_a_loop()
    before = descriptors()
    for _ in range(100):
        use_a_loop()
    # The mailbox of the last loop goes with the next one's coming, and a pool makes workers when it likes.
    assert descriptors() < before + 50


@pytest.mark.parametrize("new_loop", new_loops(), ids=["asyncio", "uvloop"])
def test_a_loop_that_is_closed_with_calls_pending(runtime, new_loop):
    loop = new_loop()
    code = "globalThis.resolvers ??= []; setTimeout(() => {}, 1e6); new Promise((resolve) => resolvers.push(resolve))"
    calls = [loop.create_task(runtime.eval_async(code)) for _ in range(10)]
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    for call in calls:
        call._log_destroy_pending = False
    runtime.eval("for (const resolve of resolvers) resolve(1)")

    async def main():
        late = "new Promise((resolve) => setTimeout(resolve, 5, 'late'))"
        return await runtime.eval_async(late)

    assert asyncio.run(main()) == "late"


def test_a_coroutine_function_sees_no_callers_context(runtime, run):
    variable = contextvars.ContextVar("variable", default="own")

    async def read():
        return variable.get()

    runtime.bind_function("read", read)

    async def main():
        variable.set("the caller's")
        await runtime.eval_async("new Promise((resolve) => setTimeout(resolve, 1))")
        return await runtime.eval_async("read()")

    assert run(main()) == "own"


def test_many_threads_fill_the_queue(runtime):
    def work(n):
        async def main():
            calls = [runtime.eval_async(f"{n} * 1000 + {i}") for i in range(800)]
            return await asyncio.gather(*calls)

        return asyncio.run(main())

    assert in_threads(4, work) == [[n * 1000 + i for i in range(800)] for n in range(4)]
