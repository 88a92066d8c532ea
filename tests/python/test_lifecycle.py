"""Beginnings and ends of runtimes."""

import asyncio
import gc
import os
import threading
import warnings
import weakref

import pytest
from interpreters import script

import jsrun


def test_close_is_idempotent_and_later_calls_say_closed(runtime):
    function = runtime.eval("() => 1")
    assert not runtime.is_closed()
    runtime.close()
    runtime.close()
    assert runtime.is_closed()
    for call in [
        lambda: runtime.eval("1"),
        lambda: runtime.eval_async("1"),
        lambda: runtime.bind_function("f", print),
        lambda: runtime.bind_object("o", {}),
        lambda: runtime.register_op("op", print),
        lambda: runtime.get_stats(),
        lambda: runtime.inspector_endpoints(),
        lambda: runtime.bind(print),
    ]:
        with pytest.raises(RuntimeError, match="closed"):
            call()
    with pytest.raises(RuntimeError, match="Runtime has been shut down"):
        function()
    with pytest.raises(RuntimeError, match="Runtime has been shut down"):
        function.call_async()
    assert runtime._debug_tracked_function_count() == 0


def test_a_context_manager_closes():
    with jsrun.Runtime() as runtime:
        assert runtime.eval("1") == 1
    assert runtime.is_closed()


def test_an_async_context_manager_closes(run):
    async def main():
        async with jsrun.Runtime() as runtime:
            assert await runtime.eval_async("1") == 1
        assert runtime.is_closed()
        await runtime.aclose()

    run(main())


def test_aclose_does_not_block_the_loop(run):
    # The loop must turn for the runtime's thread to end: it is in a bound function that waits for the loop.
    async def main():
        runtime = jsrun.Runtime()
        entered, leave = threading.Event(), threading.Event()
        runtime.bind_function("wait", lambda: (entered.set(), leave.wait(100))[1])
        call = asyncio.ensure_future(runtime.eval_async("wait()"))
        await asyncio.get_running_loop().run_in_executor(None, entered.wait, 100)
        asyncio.get_running_loop().call_soon(leave.set)
        await runtime.aclose()
        with pytest.raises(RuntimeError):
            await call

    run(main())


def test_terminate_stops_what_runs_from_any_thread(runtime):
    started = threading.Event()
    runtime.bind_function("started", started.set)

    def terminate():
        started.wait(100)
        runtime.terminate()

    thread = threading.Thread(target=terminate)
    thread.start()
    with pytest.raises(jsrun.RuntimeTerminated, match="host request"):
        runtime.eval("started(); while (true) {}")
    thread.join(100)
    runtime.terminate()
    assert runtime.is_closed()
    with pytest.raises(jsrun.RuntimeTerminated, match="host request"):
        runtime.eval("1")
    with jsrun.Runtime() as another:
        assert another.eval("1") == 1


def test_close_from_a_bound_function(runtime):
    runtime.bind_function("close", runtime.close)
    with pytest.raises(RuntimeError, match="closed"):
        runtime.eval("close(); 1")
    assert runtime.is_closed()


def test_a_bound_function_awaits_the_end_of_its_own_runtime(runtime):
    # It comes when the function has returned.
    async def end():
        await runtime.aclose()

    runtime.bind_function("end", lambda: asyncio.run(end()))
    with pytest.raises(RuntimeError, match="closed"):
        runtime.eval("end(); 1")
    assert runtime.is_closed()


def test_a_runtime_that_its_own_function_refers_to_is_collected():
    runtime = jsrun.Runtime()
    runtime.bind_function("again", lambda: runtime.eval("1"))
    gone = weakref.ref(runtime)
    del runtime
    gc.collect()
    assert gone() is None


def test_dropping_on_another_thread_warns_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        held = [jsrun.Runtime()]
        thread = threading.Thread(target=held.clear)
        thread.start()
        thread.join(100)
        gc.collect()
    assert not held


def test_functions_are_tracked(runtime):
    assert runtime._debug_tracked_function_count() == 0
    functions = runtime.eval("[() => 1, () => 2]")
    assert runtime._debug_tracked_function_count() == 2
    functions.pop()
    gc.collect()
    assert runtime._debug_tracked_function_count() == 1


def test_the_interpreter_ends_with_runtimes_that_are_open():
    out = script("""
        import jsrun, threading
        runtime = jsrun.Runtime()
        started = threading.Event()
        runtime.bind_function("started", started.set)
        def busy():
            try:
                runtime.eval("started(); while (true) {}")
            except RuntimeError:
                pass
        threading.Thread(target=busy, daemon=True).start()
        started.wait()
        jsrun.eval("1")
        print("end")
    """)
    assert out == "end\n"


def test_a_loop_that_ends_with_calls_that_wait():
    out = script("""
        import asyncio, jsrun
        runtime = jsrun.Runtime()
        async def forever():
            await asyncio.Event().wait()
        runtime.bind_function("forever", forever)
        async def main():
            call = asyncio.ensure_future(runtime.eval_async("forever()"))
            await asyncio.sleep(0)
        asyncio.run(main())
        print(runtime.eval("1 + 1"))
    """)
    assert out == "2\n"


@pytest.mark.parametrize("end", ["", "loop.close()", "runtime.close()", "del loop, tasks", "os._exit(0)"])
def test_the_interpreter_ends_with_results_that_nobody_has_read(isolation, end):
    out = script(f"""
        import asyncio, gc, jsrun, os, select, sys
        from jsrun import _bridge
        runtime = jsrun.Runtime(jsrun.RuntimeConfig(isolation="{isolation}"))
        loop = asyncio.new_event_loop()
        tasks = []
        async def main():
            # Something is left that could settle them.
            runtime.eval("setInterval(() => null, 1e6); 0")
            code = "new Promise((resolve) => (globalThis.waiting ??= []).push(() => resolve([1])))"
            tasks.extend(loop.create_task(runtime.eval_async(code)) for _ in range(50))
            for task in tasks:
                task._log_destroy_pending = False
            await asyncio.sleep(0)
            return _bridge.mailbox(loop).fileno()
        bell = loop.run_until_complete(main())
        # Not before the loop rests: nobody reads them.
        runtime.eval("waiting.forEach((settle, index) => setTimeout(settle, index))")
        # The first is there, and the others come while the interpreter ends.
        select.select([bell], [], [])
        print("end")
        sys.stdout.flush()
        {end}
    """)
    assert out == "end\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a system without fork")
def test_a_forked_child_is_told():
    out = script("""
        import jsrun, os, sys
        runtime = jsrun.Runtime()
        runtime.eval("1")
        function = runtime.eval("() => 1")
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            for attempt in (lambda: runtime.eval("1"), function, jsrun.Runtime):
                try:
                    attempt()
                except RuntimeError as error:
                    print(error)
            runtime.close()
            print(runtime.is_closed())
            sys.exit()
        assert os.waitpid(pid, 0)[1] == 0
        print(runtime.eval("2"))
    """)
    assert out.count("the runtime stayed in the parent process") == 2
    assert "spawn" in out
    assert out.endswith("True\n2\n")


@pytest.mark.parametrize("close", ["runtime.close()", "asyncio.run(runtime.aclose())"])
def test_a_finalizer_closes_the_runtime_whose_thread_it_ends_with(isolation, close):
    out = script(f"""
        import asyncio, jsrun, threading
        local = threading.local()
        runtime = jsrun.Runtime(jsrun.RuntimeConfig(isolation="{isolation}"))
        class Kept:
            def __del__(self):
                {close}
                print("closed")
        def keep():
            local.kept = Kept()
        runtime.bind_function("keep", keep)
        runtime.eval("keep()")
        runtime.close()
        print("end")
    """)
    assert out == "closed\nend\n"


def test_a_signal_ends_a_blocking_call():
    out = script("""
        import jsrun, os, signal
        # A shell's background processes ignore it, and so would this one.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        runtime = jsrun.Runtime()
        runtime.bind_function("interrupt", lambda: os.kill(os.getpid(), signal.SIGINT))
        try:
            runtime.eval("interrupt(); while (true) {}")
        except KeyboardInterrupt:
            print("interrupted")
        print(runtime.eval("1 + 1"))
    """)
    assert out == "interrupted\n2\n"
