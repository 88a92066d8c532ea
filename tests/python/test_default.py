"""The default runtime, of a task or a thread."""

import asyncio
import contextvars
import threading

import pytest

import jsrun

# The default runtime lives on a thread.
pytestmark = pytest.mark.isolation("thread")


@pytest.fixture(autouse=True)
def closed():
    yield
    jsrun.close_default_runtime()


def test_it_lives_on():
    jsrun.eval("globalThis.n = 1")
    assert jsrun.eval("n + 1") == 2
    runtime = jsrun.get_default_runtime()
    assert isinstance(runtime, jsrun.Runtime)
    jsrun.close_default_runtime()
    jsrun.close_default_runtime()
    assert runtime.is_closed()
    assert jsrun.eval("typeof n") == "undefined"


def test_bindings():
    jsrun.bind_function("add", lambda a, b: a + b)
    jsrun.bind_object("o", {"n": 1})
    assert jsrun.eval("add(o.n, 2)") == 3


def test_eval_async_takes_its_arguments():
    assert asyncio.run(jsrun.eval_async("Promise.resolve(1)")) == 1
    with pytest.raises(TimeoutError):
        asyncio.run(jsrun.eval_async("while (true) {}", timeout=0.05))


def test_threads_have_their_own():
    mine = jsrun.get_default_runtime()
    seen = []

    def work():
        seen.append(jsrun.get_default_runtime())
        seen.append(jsrun.eval("1"))

    thread = threading.Thread(target=contextvars.copy_context().run, args=(work,))
    thread.start()
    thread.join(100)
    assert seen[0] is not mine
    assert seen[0].is_closed()
    assert not mine.is_closed()


def test_tasks_have_their_own(run):
    async def child():
        runtime = jsrun.get_default_runtime()
        assert await jsrun.eval_async("typeof n") == "undefined"
        return runtime

    async def main():
        mine = jsrun.get_default_runtime()
        jsrun.eval("globalThis.n = 1")
        assert await jsrun.eval_async("n") == 1
        assert await asyncio.gather(jsrun.eval_async("n"), jsrun.eval_async("n")) == [1, 1]
        childs = await asyncio.create_task(child())
        in_executor = await asyncio.get_running_loop().run_in_executor(None, jsrun.get_default_runtime)
        await asyncio.sleep(0)
        assert childs is not mine and in_executor is not mine
        assert childs.is_closed()
        assert not mine.is_closed()
        return mine

    outside = jsrun.get_default_runtime()
    mine = run(main())
    assert mine is not outside
    assert mine.is_closed()
    assert not outside.is_closed()


def test_only_the_owner_closes(run):
    async def child(runtime):
        with pytest.raises(RuntimeError, match="only be closed by the task or thread"):
            runtime.close()
        with pytest.raises(RuntimeError, match="only be closed by the task or thread"):
            await runtime.aclose()

    async def main():
        runtime = jsrun.get_default_runtime()
        await asyncio.create_task(child(runtime))
        assert runtime.eval("1") == 1
        await runtime.aclose()
        assert runtime.is_closed()

    run(main())
