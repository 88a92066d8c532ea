"""Runtimes in processes of their own, and pools of them."""

import asyncio
import gc
import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest
from interpreters import script
from threads import in_threads

import jsrun
from jsrun import _bridge

# The tests themselves say where their runtimes live.
pytestmark = pytest.mark.isolation("thread")

MIB = 1 << 20


def isolated(**settings):
    return jsrun.Runtime(jsrun.RuntimeConfig(isolation="process", **settings))


@pytest.fixture
def pool():
    with jsrun.Pool(size=1) as pool:
        yield pool


def is_running(pid):
    """Whether a process runs, or has ended and nobody has taken note."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(condition):
    """For what other processes do. The test's own timeout ends it."""
    while not condition():
        time.sleep(0.005)


def parent_of(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[1])


def children_of(pid):
    children = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                parent = parent_of(entry.name)
            except (FileNotFoundError, ProcessLookupError):
                continue
            if parent == pid:
                children.add(int(entry.name))
    return children


def test_the_configuration_says_where():
    config = jsrun.RuntimeConfig(isolation="process")
    assert config.isolation == "process"
    assert "isolation='process'" in repr(config)
    config.isolation = "thread"
    assert config.isolation == "thread"
    with jsrun.Runtime(config) as runtime:
        assert runtime._debug_worker_pid() is None
    config.isolation = "process"
    with jsrun.Runtime(config) as runtime:
        assert runtime._debug_worker_pid() != os.getpid()
    with pytest.raises(ValueError, match="isolation must be"):
        config.isolation = "container"


def test_an_abort_of_the_engine_is_a_crash_and_others_live():
    other = isolated()
    other.eval("globalThis.n = 7")
    runtime = isolated(max_heap_size=64 * MIB)
    for _ in range(2):
        with pytest.raises(jsrun.RuntimeCrashed, match="its process has crashed: Heap limit exceeded"):
            runtime.eval("new Array(2 ** 32 - 1).fill(0)")
        assert runtime.is_closed()
    assert issubclass(jsrun.RuntimeCrashed, jsrun.RuntimeTerminated)
    assert other.eval("n") == 7
    other.close()
    with isolated() as another:
        assert another.eval("1") == 1


@pytest.mark.parametrize(
    "code",
    [
        "new Float64Array(3e6).sort((a, b) => Math.random() - 0.5).length",
        "const a = new Array(1e8); f(...a); function f() {}",
        "'x'.repeat(2 ** 29 - 24).split('').length",
    ],
)
def test_other_aborts_end_the_runtime_only(code):
    runtime = isolated(max_heap_size=32 * MIB, timeout=100)
    with pytest.raises((jsrun.RuntimeTerminated, jsrun.JavaScriptError)):
        runtime.eval(code)
    with isolated() as another:
        assert another.eval("1") == 1


def test_a_killed_worker_ends_all_that_waits():
    async def main():
        runtime = isolated()
        started = threading.Event()
        runtime.bind_function("started", started.set)
        waiting = [asyncio.ensure_future(runtime.eval_async("new Promise(() => setInterval(() => 0, 1000))")) for _ in range(3)]
        busy = asyncio.ensure_future(runtime.eval_async("started(); for (;;);"))
        await asyncio.get_running_loop().run_in_executor(None, started.wait, 100)
        os.kill(runtime._debug_worker_pid(), signal.SIGKILL)
        for call in [*waiting, busy]:
            with pytest.raises(jsrun.RuntimeCrashed, match="its process has crashed: it was ended by signal 9"):
                await call
        assert runtime.is_closed()
        for later in [
            lambda: runtime.eval("1"),
            lambda: runtime.bind_function("f", print),
            lambda: runtime.get_stats(),
        ]:
            with pytest.raises(jsrun.RuntimeCrashed, match="signal 9"):
                later()
        with pytest.raises(jsrun.RuntimeCrashed):
            await runtime.eval_async("1")
        assert runtime._debug_tracked_function_count() == 0
        runtime.close()

    asyncio.run(main())
    with isolated() as runtime:
        assert runtime.eval("1") == 1


def test_a_crash_is_seen_without_a_call():
    runtime = isolated()
    function = runtime.eval("() => 1")
    os.kill(runtime._debug_worker_pid(), signal.SIGKILL)
    wait_until(runtime.is_closed)
    with pytest.raises(jsrun.RuntimeCrashed):
        function()


def test_a_program_that_cannot_be_stopped_is_killed():
    # V8 looks at no termination in the middle of this.
    runtime = isolated()
    code = "const sparse = []; sparse[4294967290] = 1; sparse.join()"
    with pytest.raises(jsrun.RuntimeCrashed, match="it did not stop a call in time"):
        asyncio.run(runtime.eval_async(code, timeout=0.1))
    assert runtime.is_closed()


def test_the_worker_is_confined(pool):
    report = pool.sandbox()
    with pool.runtime() as runtime:
        pid = runtime._debug_worker_pid()
        status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        assert status["NoNewPrivs"].strip() == "1"
        assert status["CapEff"].strip() == "0" * 16
        if report["layers"]["seccomp"][0]:
            assert status["Seccomp"].strip() == "2"
        assert Path(f"/proc/{pid}/environ").read_bytes() == b"" or "LD_LIBRARY_PATH" in os.environ
        # Nothing but its socket and /dev/null.
        assert len(os.listdir(f"/proc/{pid}/fd")) == 4
        for code in ["Deno", "process", "require('fs')", "fetch('http://127.0.0.1')"]:
            with pytest.raises(jsrun.JavaScriptError, match="ReferenceError"):
                runtime.eval(code)


def test_a_worker_ends_with_its_runtime(pool):
    runtime = pool.runtime()
    pid = runtime._debug_worker_pid()
    runtime.close()
    wait_until(lambda: not is_running(pid))
    runtime = pool.runtime()
    pid = runtime._debug_worker_pid()
    del runtime
    gc.collect()
    wait_until(lambda: not is_running(pid))
    runtime = pool.runtime()
    pid = runtime._debug_worker_pid()
    runtime.terminate()
    wait_until(lambda: not is_running(pid))


def test_closing_a_pool_closes_its_runtimes_and_ends_its_processes():
    pool = jsrun.Pool(size=2)
    runtimes = [pool.runtime() for _ in range(3)]
    pids = [runtime._debug_worker_pid() for runtime in runtimes]
    zygote = parent_of(pids[0])
    assert pool.stats().runtimes == 3
    pool.close()
    pool.close()
    assert pool.is_closed() and repr(pool) == "<Pool (closed)>"
    for runtime in runtimes:
        with pytest.raises(RuntimeError, match="Runtime is closed") as raised:
            runtime.eval("1")
        assert not isinstance(raised.value, jsrun.RuntimeTerminated)
    for pid in [*pids, zygote]:
        wait_until(lambda pid=pid: not is_running(pid))
    with pytest.raises(RuntimeError, match="the pool is closed"):
        pool.runtime()
    assert pool.sandbox() is None


def test_a_bound_function_closes_the_pool_of_its_own_runtime():
    pool = jsrun.Pool(size=1)
    runtime = pool.runtime()
    runtime.bind_function("close", pool.close)
    with pytest.raises(RuntimeError, match="closed"):
        runtime.eval("close(); 1")
    assert pool.is_closed() and runtime.is_closed()


def test_a_pool_that_nobody_has_ends_with_its_last_runtime():
    runtime = jsrun.Pool(size=1).runtime()
    gc.collect()
    zygote = parent_of(runtime._debug_worker_pid())
    assert runtime.eval("1") == 1
    runtime.close()
    wait_until(lambda: not is_running(zygote))


def test_an_async_pool(run):
    async def main():
        async with jsrun.Pool(size=1) as pool:
            async with pool.runtime() as runtime:
                assert await runtime.eval_async("Promise.resolve(42)") == 42
        assert pool.is_closed()
        await pool.aclose()

    run(main())


def test_a_pool_has_so_many_runtimes_and_no_more():
    with jsrun.Pool(size=1, max_runtimes=2) as pool:
        first, second = pool.runtime(), pool.runtime()
        with pytest.raises(RuntimeError, match="the pool has 2 runtimes, and max_runtimes is 2"):
            pool.runtime()
        first.close()
        with pool.runtime() as third:
            assert third.eval("1") == 1
        assert second.eval("1") == 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"size": 0}, "must be positive"),
        ({"max_runtimes": 0}, "must be positive"),
        ({"sandbox": "maybe"}, "sandbox must be"),
    ],
)
def test_what_no_pool_can_be(settings, message):
    with pytest.raises(ValueError, match=message):
        jsrun.Pool(**settings)


def test_pools_of_all_kinds():
    with jsrun.Pool(size=1, sandbox="off") as pool:
        assert pool.sandbox() is None
        with pool.runtime() as runtime:
            assert runtime.eval("1") == 1
    with jsrun.Pool(size=1, jitless=True) as pool, pool.runtime() as runtime:
        assert runtime.eval("typeof WebAssembly") == "undefined"
        assert runtime.eval("1") == 1


def test_runtimes_of_all_kinds_from_one_pool(pool):
    snapshot = jsrun.SnapshotBuilder(bootstrap="globalThis.twice = (n) => 2 * n").build()
    for settings, code, result in [
        ({}, "typeof URL + typeof twice", "undefinedundefined"),
        ({"web_apis": True}, "new URL('https://example.org/a').pathname", "/a"),
        ({"snapshot": snapshot}, "twice(21)", 42),
        ({"typescript": True}, "const n: number = 3; n", 3),
        ({"bootstrap": "globalThis.n = 4"}, "n", 4),
        ({"isolation": "thread"}, "5", 5),
    ]:
        for _ in range(2):
            with pool.runtime(jsrun.RuntimeConfig(**settings)) as runtime:
                assert runtime._debug_worker_pid() is not None
                assert runtime.eval(code) == result
    with pytest.raises(jsrun.JavaScriptError, match="TypeError"):
        pool.runtime(jsrun.RuntimeConfig(bootstrap="null.x"))


def test_many_snapshots_have_few_zygotes(pool):
    runtimes = []
    for number in range(10):
        snapshot = jsrun.SnapshotBuilder(bootstrap=f"globalThis.number = {number}").build()
        runtime = pool.runtime(jsrun.RuntimeConfig(snapshot=snapshot))
        assert runtime.eval("number") == number
        runtimes.append(runtime)
    zygotes = [parent_of(runtime._debug_worker_pid()) for runtime in runtimes]
    assert len(set(zygotes)) == 10
    # The oldest kinds were let go of, and end with their runtimes; the newest are kept.
    assert runtimes[0].eval("number") == 0
    # They keep no workers that nobody will take.
    wait_until(lambda: children_of(zygotes[0]) == {runtimes[0]._debug_worker_pid()})
    for runtime in runtimes:
        runtime.close()
    wait_until(lambda: not is_running(zygotes[0]))
    assert is_running(zygotes[-1])


def test_children_differ_by_chance(pool):
    draws = set()
    for _ in range(8):
        with pool.runtime() as runtime:
            draws.add(runtime.eval("Math.random()"))
    assert len(draws) == 8


def test_many_runtimes_at_once(pool):
    runtimes = [pool.runtime() for _ in range(48)]
    for number, runtime in enumerate(runtimes):
        runtime.eval(f"globalThis.n = {number}")
    assert [runtime.eval("n") for runtime in runtimes] == list(range(48))
    assert pool.stats().runtimes == 48
    for runtime in runtimes:
        runtime.close()


def test_runtimes_from_many_threads(pool):
    def work(number):
        results = []
        for _ in range(5):
            with pool.runtime() as runtime:
                runtime.bind_function("add", lambda a, b: a + b)
                results.append(runtime.eval(f"add({number}, 1)"))
        return results

    assert in_threads(8, work) == [[number + 1] * 5 for number in range(8)]


def test_a_zygote_that_dies_is_replaced(pool):
    with pool.runtime() as runtime:
        zygote = parent_of(runtime._debug_worker_pid())
        os.kill(zygote, signal.SIGKILL)
        wait_until(runtime.is_closed)
        with pytest.raises(jsrun.RuntimeCrashed):
            runtime.eval("1")

    def is_replaced():
        # A worker that was ready has ended with its zygote, which the pool learns by and by.
        try:
            with pool.runtime() as runtime:
                return runtime.eval("1") == 1 and parent_of(runtime._debug_worker_pid()) != zygote
        except (RuntimeError, FileNotFoundError):
            return False

    wait_until(is_replaced)


def test_a_fresh_runtime_has_nothing_of_another(pool):
    with pool.runtime() as runtime:
        runtime.eval("Array.prototype.includes = () => 'poisoned'")
    with pool.runtime() as runtime:
        assert runtime.eval("[].includes(1)") is False


def test_bound_functions_of_two_runtimes_that_wait_for_each_other(pool):
    first, second = pool.runtime(), pool.runtime()
    second.bind_function("back", lambda: first.eval("1"))
    first.bind_function("there", lambda: second.eval("back()"))
    with pytest.raises(jsrun.JavaScriptError, match="cannot wait for a runtime that waits"):
        first.eval("there()")
    assert first.eval("1") == second.eval("1") == 1


def test_a_stream_is_read_as_fast_as_it_is_consumed(pool, run):
    async def main():
        produced = 0

        async def numbers():
            nonlocal produced
            while True:
                produced += 1
                yield produced

        runtime = pool.runtime()
        take = runtime.eval(
            "async (stream, count) => { const reader = stream.getReader(); let n = 0;"
            " while (n < count) n = (await reader.read()).value; await reader.cancel(); return n }"
        )
        assert await take(runtime.stream_from_async_iterable(numbers()), 10) == 10
        assert produced <= 12
        stream = runtime.eval("let n = 0; new ReadableStream({ pull(c) { c.enqueue(++n) } }, { highWaterMark: 1 })")
        async for chunk in stream:
            if chunk == 10:
                break
        assert runtime.eval("n") <= 12
        runtime.close()

    run(main())


def test_no_process_is_left_when_the_interpreter_ends():
    pids = script(
        """
        import jsrun, threading
        from pathlib import Path
        pool = jsrun.Pool(size=3)
        runtimes = [pool.runtime(), jsrun.Runtime(jsrun.RuntimeConfig(isolation="process"))]
        pids = [runtime._debug_worker_pid() for runtime in runtimes]
        zygotes = [int(Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[1]) for pid in pids]

        def work():
            try:
                runtimes[1].eval("for (;;);")
            except RuntimeError:
                pass

        threading.Thread(target=work, daemon=True).start()
        print(*pids, *zygotes)
        """
    )
    for pid in map(int, pids.split()):
        wait_until(lambda pid=pid: not is_running(pid))


def test_no_process_is_left_when_the_interpreter_is_killed():
    pids = script(
        """
        import jsrun, os, signal, time
        from pathlib import Path
        runtime = jsrun.Runtime(jsrun.RuntimeConfig(isolation="process"))
        pid = runtime._debug_worker_pid()
        zygote = int(Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[1])
        # It lives on, with copies of all descriptors but those that the test waits for.
        child = os.fork()
        if child == 0:
            os.close(1)
            os.close(2)
            time.sleep(600)
        print(pid, zygote, child, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
        """,
        ends_by=-signal.SIGKILL,
    )
    *pids, child = map(int, pids.split())
    try:
        for pid in pids:
            wait_until(lambda pid=pid: not is_running(pid))
    finally:
        os.kill(child, signal.SIGKILL)


def test_a_forked_child_has_processes_of_its_own():
    said = script(
        """
        import gc, jsrun, os
        config = jsrun.RuntimeConfig(isolation="process")
        runtime, pool = jsrun.Runtime(config), jsrun.Pool(size=1)
        inherited = pool.runtime()
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            said = []
            for call in [lambda: runtime.eval("1"), pool.runtime, inherited.get_stats]:
                try:
                    call()
                except RuntimeError as error:
                    said.append(str(error))
            with jsrun.Runtime(config) as own:
                said.append(str(own.eval("6 * 7")))
            pool.close()
            del runtime, pool, inherited
            gc.collect()
            os.write(write, "|".join(said).encode())
            os._exit(0)
        os.waitpid(child, 0)
        print(os.read(read, 10000).decode())
        print(runtime.eval("1"), inherited.eval("2"), pool.runtime().eval("3"))
        """
    )
    child, parent = said.splitlines()
    stayed = "the runtime stayed in the parent process: make one after the fork"
    pool_stayed = "the pool stayed in the parent process: make one after the fork"
    assert child.split("|") == [stayed, pool_stayed, stayed, "42"]
    assert parent == "1 2 3"


def test_array_buffers_may_have_more_than_the_heap():
    with isolated(max_heap_size=32 * MIB, max_buffer_size=768 * MIB) as runtime:
        assert runtime.eval("new Uint8Array(600 << 20).fill(1).length") == 600 << 20


def test_a_program_that_ignores_the_ends_of_its_children():
    code = """
        import signal
        import jsrun

        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        with jsrun.Pool(size=2) as pool:
            first, second = pool.runtime(), pool.runtime()
            first.close()
            # Born after that end.
            with pool.runtime() as third:
                print(second.eval("1") + third.eval("1"))
            second.close()
    """
    assert script(code) == "2\n"


def test_a_forked_child_cancels_nothing_of_its_parents():
    code = """
        import asyncio, os
        import jsrun

        async def main():
            with jsrun.Runtime(jsrun.RuntimeConfig(isolation="process")) as runtime:
                arrived = asyncio.Event()
                answer = asyncio.get_running_loop().create_future()

                async def wait():
                    arrived.set()
                    return await answer

                runtime.bind_function("wait", wait)
                task = asyncio.create_task(runtime.eval_async("wait()"))
                await arrived.wait()
                child = os.fork()
                if child == 0:
                    task.get_coro().close()
                    os._exit(0)
                assert os.waitpid(child, 0)[1] == 0
                answer.set_result(7)
                print(await task)

        asyncio.run(main())
    """
    assert script(code) == "7\n"


def test_a_pool_closes_at_once_while_a_forked_child_lives():
    code = """
        import os, time
        import jsrun

        def closes_at_once():
            pool = jsrun.Pool(size=1)
            reading, writing = os.pipe()
            child = os.fork()
            if child == 0:
                os.close(writing)
                os.read(reading, 1)
                os._exit(0)
            begun = time.monotonic()
            pool.close()
            took = time.monotonic() - begun
            os.close(writing)
            os.waitpid(child, 0)
            # A zygote that does not end by itself is killed after two seconds.
            return took < 2

        # A busy machine may be slow once and again, and not always.
        print(any(closes_at_once() for _ in range(10)))
    """
    assert script(code) == "True\n"


def test_a_frozen_program_starts_no_workers(monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    with pytest.raises(RuntimeError, match="a frozen program"):
        jsrun.Pool(size=1)


def test_a_signals_handler_ends_the_wait_for_a_command(pool):
    class Enough(Exception):
        pass

    def raise_enough(_signal, _frame):
        raise Enough

    runtime = pool.runtime()
    begun = threading.Event()
    runtime.bind_function("begun", begun.set)

    def run():
        with pytest.raises(jsrun.RuntimeTerminated):
            runtime.eval("begun(); for (;;);")

    thread = threading.Thread(target=run)
    thread.start()
    begun.wait()
    before = signal.signal(signal.SIGALRM, raise_enough)
    try:
        with pytest.raises(Enough):
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            runtime.get_stats()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        runtime.terminate()
        thread.join()


def test_a_signals_handler_ends_the_wait_for_the_first_workers(pool, tmp_path, monkeypatch):
    class Enough(Exception):
        pass

    def raise_enough(_signal, _frame):
        raise Enough

    # A zygote that starts when the test opens the gate.
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    wait = f"import os, sys; open({str(gate)!r}).close(); os.execv(sys.argv[1], sys.argv[1:])"
    command = [sys.executable, "-c", wait, *_bridge.zygote_command()]
    monkeypatch.setattr(_bridge, "zygote_command", lambda: command)
    config = jsrun.RuntimeConfig(web_apis=True)
    before = signal.signal(signal.SIGALRM, raise_enough)
    try:
        with pytest.raises(Enough):
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            pool.runtime(config)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    # Nobody waits for the start who does not need it.
    assert pool.stats().runtimes == 0
    assert pool.sandbox()["layers"]
    with pool.runtime() as runtime:
        assert runtime.eval("1") == 1
    waiting = threading.Thread(target=lambda: results.append(pool.runtime(config).eval("new URL('http://a/b').pathname")))
    results = []
    waiting.start()
    gate.write_text("")
    waiting.join()
    assert results == ["/b"]


def test_a_start_that_fails_is_told_and_tried_again(pool, monkeypatch):
    config = jsrun.RuntimeConfig(web_apis=True)
    with monkeypatch.context() as patched:
        patched.setattr(_bridge, "zygote_command", lambda: ["/nonexistent/python"])
        for _ in range(2):
            with pytest.raises(RuntimeError, match="cannot start workers: .*/nonexistent/python"):
                pool.runtime(config)
    with pool.runtime(config) as runtime:
        assert runtime.eval("new URL('http://a/b').pathname") == "/b"


def test_a_closed_runtime_keeps_no_descriptors(pool):
    def descriptors():
        return len(os.listdir("/proc/self/fd"))

    pool.runtime().close()
    before = descriptors()
    closed = []
    for end in ["close", "terminate", "kill"] * 10:
        runtime = pool.runtime()
        function = runtime.eval("() => 1")
        if end == "kill":
            os.kill(runtime._debug_worker_pid(), signal.SIGKILL)
            wait_until(runtime.is_closed)
        else:
            getattr(runtime, end)()
        closed.append((runtime, function))
    # Where workers become ready and end there are more for a moment, and other pools make theirs when they like.
    wait_until(lambda: descriptors() < before + 20)
    for _, function in closed:
        with pytest.raises(RuntimeError):
            function()


def test_what_goes_on_although_nobody_waits_takes_its_place(pool, run):
    async def main():
        started, cancelled, release = 0, 0, asyncio.Event()

        async def hold(_text):
            nonlocal started, cancelled
            started += 1
            while not release.is_set():
                try:
                    await release.wait()
                except asyncio.CancelledError:
                    cancelled += 1

        runtime = pool.runtime()
        runtime.bind_function("hold", hold)
        runtime.eval("globalThis.text = 'x'.repeat(1 << 20)")
        # As many as there may be of such a size.
        held = 63
        calls = asyncio.create_task(runtime.eval_async(f"Promise.all(Array.from({{ length: {held} }}, () => hold(text)))"))
        while started < held:
            await asyncio.sleep(0)
        calls.cancel()
        await asyncio.gather(calls, return_exceptions=True)
        while cancelled < held:
            await asyncio.sleep(0)
        with pytest.raises(jsrun.JavaScriptError, match="RangeError: too many calls of host functions wait"):
            await runtime.eval_async("hold(text)")
        release.set()
        # Each of them ends in its own turn.
        while started == held:
            try:
                await runtime.eval_async("hold(text)")
            except jsrun.JavaScriptError:
                await asyncio.sleep(0)
        await runtime.aclose()

    run(main())


def test_children_of_multiprocessing():
    said = script(
        """
        import multiprocessing, sys
        import jsrun

        AGAIN = "import jsrun; assert jsrun.Runtime(jsrun.RuntimeConfig(isolation='process')).eval('6 * 7') == 42"
        THREAD = "import jsrun; assert jsrun.eval('6 * 7') == 42"

        def run(method, code):
            process = multiprocessing.get_context(method).Process(target=exec, args=(code, {}))
            process.start()
            process.join()
            return process.exitcode

        print(run("fork", THREAD), run("fork", AGAIN))
        runtime, isolated = jsrun.Runtime(), jsrun.Runtime(jsrun.RuntimeConfig(isolation="process"))
        for method in ["spawn", "forkserver", "fork"]:
            print(method, run(method, AGAIN), end=" ")
        for method in ["spawn", "forkserver"]:
            print(method, run(method, THREAD), end=" ")
        print(runtime.eval("1") + isolated.eval("1"))
        """
    )
    assert said == "0 0\nspawn 0 forkserver 0 fork 0 spawn 0 forkserver 0 2\n"
