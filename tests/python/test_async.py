"""eval_async, coroutine functions, event loops."""

import asyncio
import contextvars
import gc
import threading
import time
from unittest.mock import ANY

import pytest
from threads import in_threads

import jsrun


def test_a_promise_is_waited_for(runtime, run):
    async def main():
        assert await runtime.eval_async("1 + 1") == 2
        assert await runtime.eval_async("new Promise((resolve) => setTimeout(resolve, 5, 'late'))") == "late"

    run(main())


def test_the_loop_goes_on(runtime, run):
    async def main():
        ticks = 0
        # JavaScript that ends when the loop has gone on.
        runtime.bind_function("ticked", lambda: ticks > 10)
        call = asyncio.ensure_future(runtime.eval_async("while (!ticked()) {} 1"))
        while not call.done():
            await asyncio.sleep(0)
            ticks += 1
        assert call.result() == 1

    run(main())


def test_cancelling_the_task_stops_the_javascript(runtime, run):
    started = threading.Event()
    runtime.bind_function("started", started.set)

    async def main():
        task = asyncio.create_task(runtime.eval_async("started(); while (true) {}"))
        await asyncio.get_running_loop().run_in_executor(None, started.wait, 100)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await runtime.eval_async("1") == 1

    run(main())


def test_cancelling_one_call_leaves_the_others(runtime, run):
    async def main():
        waiting = asyncio.create_task(runtime.eval_async("setTimeout(() => {}, 1e6); new Promise((r) => { globalThis.go = r })"))
        other = asyncio.create_task(runtime.eval_async("new Promise((resolve) => setTimeout(resolve, 1e6))"))
        await asyncio.sleep(0)
        other.cancel()
        with pytest.raises(asyncio.CancelledError):
            await other
        await runtime.eval_async("go(5)")
        assert await waiting == 5

    run(main())


def test_cancelling_one_call_leaves_the_timers_and_host_calls_of_later_ones(runtime, run):
    async def main():
        go = asyncio.Event()

        async def wait():
            await go.wait()
            return "waited"

        runtime.bind_function("wait", wait)
        first = asyncio.create_task(runtime.eval_async("new Promise((resolve) => setTimeout(resolve, 1e6))"))
        timer = asyncio.create_task(runtime.eval_async("new Promise((resolve) => setTimeout(resolve, 50, 'rang'))"))
        host = asyncio.create_task(runtime.eval_async("wait()"))
        await asyncio.sleep(0)
        runtime.eval("1")
        first.cancel()
        assert await asyncio.gather(first, timer, return_exceptions=True) == [ANY, "rang"]
        go.set()
        assert await host == "waited"

    run(main())


def test_wait_for_and_gather(runtime, run):
    async def main():
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(runtime.eval_async("while (true) {}"), 0.05)
        calls = [runtime.eval_async(f"new Promise((resolve) => setTimeout(resolve, {n % 3}, {n}))") for n in range(50)]
        assert await asyncio.gather(*calls) == list(range(50))

    run(main())


def test_more_calls_than_the_queue_holds(runtime, run):
    async def main():
        results = await asyncio.gather(*[runtime.eval_async(str(n)) for n in range(3000)])
        assert results == list(range(3000))

    run(main())


def test_a_call_is_a_coroutine(runtime):
    assert asyncio.run(runtime.eval_async("1")) == 1


def test_a_call_that_is_given_up_stops(runtime, run):
    async def main():
        call = runtime.eval_async("new Promise((resolve) => setTimeout(resolve, 1e6))")
        call.send(None)
        call.close()
        assert await runtime.eval_async("1") == 1

    run(main())


def test_coroutine_functions_run_on_the_loop(runtime, run):
    async def main():
        loop = asyncio.get_running_loop()

        async def double(n):
            assert asyncio.get_running_loop() is loop
            await asyncio.sleep(0)
            return 2 * n

        runtime.bind_function("double", double)
        assert await runtime.eval_async("double(21)") == 42
        code = "Promise.all([1, 2, 3].map(async (n) => await double(await double(n))))"
        assert await runtime.eval_async(code) == [4, 8, 12]

    run(main())


def test_a_plain_function_that_gives_an_awaitable(runtime, run):
    async def later():
        return "later"

    runtime.bind_function("f", lambda: later())

    async def main():
        assert await runtime.eval_async("f()") == "later"

    run(main())


def test_a_coroutine_function_without_a_loop(runtime):
    async def f():
        return 1

    runtime.bind_function("f", f)
    with pytest.raises(jsrun.JavaScriptError, match="eval_async"):
        runtime.eval("f()")


def test_cancelling_cancels_the_coroutine_function(runtime, run):
    async def main():
        entered, cancelled = asyncio.Event(), asyncio.Event()

        async def forever():
            entered.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled.set()
                raise

        runtime.bind_function("forever", forever)
        task = asyncio.create_task(runtime.eval_async("forever()"))
        await entered.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await cancelled.wait()
        assert await runtime.eval_async("1") == 1

    run(main())


def test_a_coroutine_function_may_call_its_runtime(runtime, run):
    async def again(n):
        return await runtime.eval_async(f"{n} + 1")

    runtime.bind_function("again", again)

    async def main():
        assert await runtime.eval_async("again(41)") == 42

    run(main())


def test_a_plain_function_may_not_wait_for_its_runtime(runtime):
    runtime.bind_function("again", lambda: runtime.eval("1"))
    with pytest.raises(jsrun.JavaScriptError, match="cannot wait for its own runtime"):
        runtime.eval("again()")
    assert runtime.eval("1") == 1


def test_runtimes_that_wait_for_each_other(runtime):
    with jsrun.Runtime() as other:
        runtime.bind_function("ask_other", lambda: other.eval("ask_back()"))
        other.bind_function("ask_back", lambda: runtime.eval("1"))
        with pytest.raises(jsrun.JavaScriptError, match="waits for the function's own runtime"):
            runtime.eval("ask_other()")
        other.bind_function("ask_back", lambda: 7)
        assert runtime.eval("ask_other()") == 7


def test_closing_a_runtime_that_waits_for_the_function(runtime):
    other = jsrun.Runtime()
    other.bind_function("ask", lambda: runtime.eval("close_other()"))
    runtime.bind_function("close_other", other.close)
    with pytest.raises(RuntimeError, match="closed"):
        other.eval("ask()")
    assert other.is_closed()
    assert runtime.eval("1") == 1


def test_a_runtime_that_is_closed_by_the_one_it_then_calls(runtime):
    other = jsrun.Runtime()
    entered = threading.Event()
    errors = []

    def ask():
        entered.set()
        while not other.is_closed():
            time.sleep(0)
        try:
            runtime.eval("1")
        except RuntimeError as error:
            errors.append(str(error))

    def call():
        with pytest.raises(RuntimeError, match="closed"):
            other.eval("ask()")

    other.bind_function("ask", ask)
    runtime.bind_function("close_other", other.close)
    thread = threading.Thread(target=call)
    thread.start()
    entered.wait()
    runtime.eval("close_other()")
    thread.join()
    assert ["waits for the function's own runtime" in error for error in errors] == [True]


def test_a_console_listener_that_waits_for_who_waits_for_it(runtime):
    errors = []

    def listen(level, text):
        try:
            runtime.eval("ask()")
        except jsrun.JavaScriptError as error:
            errors.append(str(error))

    with jsrun.Runtime(jsrun.RuntimeConfig(on_console=listen)) as other:
        runtime.bind_function("ask", lambda: other.eval("1"))
        other.eval("console.log(1)")
        assert ["waits for the function's own runtime" in error for error in errors] == [True]
        assert other.eval("1") == 1


def test_several_loops_in_several_threads(runtime):
    def work(n):
        async def triple(value):
            await asyncio.sleep(0)
            return 3 * value

        async def main():
            runtime.bind_function(f"triple{n}", triple)
            calls = [runtime.eval_async(f"triple{n}({i})") for i in range(20)]
            return await asyncio.gather(*calls)

        return asyncio.run(main())

    assert in_threads(4, work) == [[3 * i for i in range(20)]] * 4


def test_a_loop_of_its_own_for_each_thread():
    def work(_):
        async def triple(value):
            await asyncio.sleep(0)
            return 3 * value

        async def main():
            async with jsrun.Runtime() as runtime:
                runtime.bind_function("triple", triple)
                return await asyncio.gather(*[runtime.eval_async(f"triple({i})") for i in range(20)])

        return asyncio.run(main())

    assert in_threads(4, work) == [[3 * i for i in range(20)]] * 4


def test_no_thread_per_call(runtime, run):
    async def main():
        # With the timer there is always something that could settle the promises.
        runtime.eval("globalThis.all = []; setTimeout(() => {}, 1e6)")
        calls = [asyncio.create_task(runtime.eval_async("new Promise((r) => { all.push(r) })")) for _ in range(100)]
        await runtime.eval_async("1")
        before = threading.enumerate()
        await runtime.eval_async("for (const resolve of all) resolve(1)")
        assert await asyncio.gather(*calls) == [1] * 100
        # Those of other tests may end meanwhile.
        assert set(threading.enumerate()) <= set(before)

    run(main())


def test_functions_that_wait(runtime, run):
    async def main():
        later = await runtime.eval_async("(value) => new Promise((resolve) => setTimeout(resolve, 1, value))")
        assert await later(5) == 5
        assert await later.call_async(6) == 6
        now = runtime.eval("(value) => value")
        assert now(7) == 7
        assert await now.call_async(8) == 8
        assert await asyncio.create_task(later(9)) == 9

    run(main())


def test_functions_time_out(runtime, run):
    spin = runtime.eval("() => { while (true) {} }")
    with pytest.raises(TimeoutError, match="timed out"):
        spin(timeout=0.05)

    async def main():
        with pytest.raises(TimeoutError, match="timed out"):
            await spin.call_async(timeout=0.05)
        forever = runtime.eval("() => new Promise((resolve) => setTimeout(resolve, 1e6))")
        with pytest.raises(TimeoutError, match="timed out"):
            await forever(timeout=0.05)

    run(main())
    assert runtime.eval("1") == 1


def test_a_closed_function(runtime, run):
    function = runtime.eval("() => 1")
    identity = runtime.eval("(value) => value")
    assert runtime._debug_tracked_function_count() == 2

    async def main():
        await function.close()
        await function.close()

    run(main())
    assert runtime._debug_tracked_function_count() == 1
    for call in [function, function.call_async, lambda: identity(function)]:
        with pytest.raises(RuntimeError, match="Function has been closed"):
            call()


def test_a_function_keeps_its_receiver_and_crosses_back(runtime):
    counter = runtime.eval("({ n: 1, next() { return this.n++ } })")
    assert [counter["next"](), counter["next"]()] == [1, 2]
    identity = runtime.eval("(f) => f === globalThis.kept")
    function = runtime.eval("globalThis.kept = () => 1")
    assert identity(function) is True


def test_a_function_of_another_runtime(runtime):
    with jsrun.Runtime() as other:
        foreign = other.eval("() => 1")
        with pytest.raises(RuntimeError, match="another runtime"):
            runtime.eval("(f) => f")(foreign)


def test_a_callback_from_javascript(runtime, run):
    async def apply(function, value):
        return await function.call_async(value)

    runtime.bind_function("apply", apply)

    async def main():
        assert await runtime.eval_async("apply((n) => n * 2, 21)") == 42

    run(main())


def test_results_are_not_kept(runtime, run):
    def pending():
        gc.collect()
        return {id(value) for value in gc.get_objects() if type(value).__name__ == "PendingCall"}

    async def main():
        await runtime.eval_async("new Uint8Array(1000)")

    before = pending()
    run(main())
    # The runtime's thread may still have to let go.
    while not pending() <= before:
        time.sleep(0.005)


def test_a_coroutine_begins_as_a_task_at_once(runtime, run):
    seen = []
    variable = contextvars.ContextVar("variable", default="fresh")

    async def bound(sleeps):
        task = asyncio.current_task()
        seen.append((variable.get(), isinstance(task, asyncio.Task), asyncio.get_running_loop() is task.get_loop()))
        variable.set("set")
        if sleeps:
            await asyncio.sleep(0)
            assert asyncio.current_task() is task
        return variable.get()

    async def main():
        runtime.bind_function("bound", bound)
        code = "(async () => [await bound(false), await bound(true), ...await Promise.all([bound(true), bound(false)])])()"
        assert await runtime.eval_async(code) == ["set"] * 4

    run(main())
    assert seen == [("fresh", True, True)] * 4


def test_answers_that_come_at_once_leave_others_their_turns(runtime, run):
    async def main():
        count = 0

        async def bound():
            nonlocal count
            count += 1

        runtime.bind_function("bound", bound)
        endless = asyncio.ensure_future(runtime.eval_async("(async () => { for (;;) await bound() })()"))
        # The loop goes on, and so does the runtime.
        for number in range(5):
            await asyncio.sleep(0.001)
            assert await runtime.eval_async(f"{number}") == number
        assert await runtime.eval_async("new Promise((resolve) => setTimeout(resolve, 1, 'later'))") == "later"
        endless.cancel()
        with pytest.raises(asyncio.CancelledError):
            await endless
        assert count > 0
        # Calls of what was cancelled may still be on their way to the loop; they end.
        before = None
        while count != before:
            before = count
            assert await runtime.eval_async("new Promise((resolve) => setTimeout(resolve, 5, 1))") == 1

    run(main())


def run_inside(loop, coroutine):
    """Runs a loop that runs, as some packages do for notebooks."""
    task = asyncio.ensure_future(coroutine, loop=loop)
    outer = asyncio.current_task(loop)
    if outer is not None:
        asyncio.tasks._leave_task(loop, outer)
    try:
        while not task.done():
            loop._run_once()
            # The outer turn takes as many callbacks as it has counted.
            loop.call_soon(lambda: None)
    finally:
        if outer is not None:
            asyncio.tasks._enter_task(loop, outer)
    return task.result()


@pytest.mark.parametrize("depth", [1, 3])
def test_a_coroutine_that_runs_its_loop_again(depth):
    reported = []

    async def main():
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: reported.append(context))
        with jsrun.Runtime() as runtime, jsrun.Runtime() as other:

            async def again(depth):
                if depth == 0:
                    return await other.eval_async("new Promise((resolve) => setTimeout(resolve, 5, 7))")
                return run_inside(loop, other.eval_async(f"again({depth - 1})"))

            async def several():
                # Letters of which the first one runs the loop, and needs the others.
                return run_inside(loop, runtime.eval_async("Promise.all([again(1), again(0), again(1)])"))

            for each in (runtime, other):
                each.bind_function("again", again)
            runtime.bind_function("several", several)
            for _ in range(3):
                assert await runtime.eval_async(f"again({depth})") == 7
                assert await runtime.eval_async("several()") == [7, 7, 7]

    # Of asyncio's kind: others cannot be run inside themselves.
    asyncio.run(main())
    assert reported == []


def test_what_ends_a_loop_ends_it_out_of_a_coroutine(runtime):
    async def leave():
        raise SystemExit(7)

    async def main():
        runtime.bind_function("leave", leave)
        await runtime.eval_async("leave()")

    with pytest.raises(SystemExit) as caught:
        asyncio.run(main())
    assert caught.value.code == 7
    # Another loop's coroutines run.
    async def again():
        async def answer():
            return 42

        runtime.bind_function("answer", answer)
        return await runtime.eval_async("answer()")

    assert asyncio.run(again()) == 42


def test_a_task_factory_of_ones_own_makes_the_tasks(runtime):
    made = []

    def factory(loop, coroutine, **options):
        made.append(coroutine.__name__)
        return asyncio.Task(coroutine, loop=loop, **options)

    async def main():
        asyncio.get_running_loop().set_task_factory(factory)

        async def bound():
            return 1

        runtime.bind_function("bound", bound)
        assert await runtime.eval_async("bound()") == 1

    asyncio.run(main())
    assert "run_host_call" in made
