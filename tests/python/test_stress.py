"""Many threads, many operations, one seed."""

import asyncio
import gc
import random
import threading

import jsrun

THREADS = 24
OPERATIONS = 1_000


def test_24_threads_of_random_operations():
    shared = [jsrun.Runtime(jsrun.RuntimeConfig(timeout=100)) for _ in range(3)]
    for runtime in shared:
        runtime.bind_function("double", lambda n: 2 * n)
        runtime.eval("globalThis.kept = 0")
    failures = []

    def work(seed):
        dice = random.Random(seed)
        try:
            for step in range(OPERATIONS):
                operate(dice, dice.choice(shared), seed * OPERATIONS + step)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not failures, failures
    assert not any(thread.is_alive() for thread in threads)
    gc.collect()
    for runtime in shared:
        assert runtime._debug_tracked_function_count() == 0
        assert runtime.get_stats().active_async_ops == 0
        assert runtime.eval("double(21)") == 42
        runtime.close()


def operate(dice, runtime, n):
    match dice.randrange(9):
        case 0:
            assert runtime.eval(f"double({n})") == 2 * n
        case 1:
            assert runtime.eval("(value) => value")([n, {"n": str(n)}]) == [n, {"n": str(n)}]
        case 2:
            assert asyncio.run(runtime.eval_async(f"new Promise((resolve) => setTimeout(resolve, 0, {n}))")) == n
        case 3:
            try:
                runtime.eval(f"throw new RangeError('{n}')")
            except jsrun.JavaScriptError as error:
                assert error.message == str(n)
        case 4:
            # On a runtime of its own: JavaScript of other calls that runs in the same turn would be stopped, too.
            with jsrun.Runtime() as own:
                asyncio.run(cancel(own))
        case 5:
            assert asyncio.run(call_back(runtime, n)) == n + 1
        case 6:
            runtime.bind_function(f"f{n % 7}", lambda: n)
        case 7:
            assert runtime.get_stats().heap_used_bytes > 0
        case 8:
            with jsrun.Runtime() as own:
                assert own.eval(f"{n} + 1") == n + 1


async def cancel(runtime):
    task = asyncio.create_task(runtime.eval_async("new Promise((resolve) => setTimeout(resolve, 1e6))"))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def call_back(runtime, n):
    async def increment(value):
        await asyncio.sleep(0)
        return value + 1

    name = f"increment{n}"
    runtime.bind_function(name, increment)
    return await runtime.eval_async(f"{name}({n})")
