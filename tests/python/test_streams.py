"""Streams both ways."""

import asyncio
import gc

import pytest

import jsrun

READ_ALL = "(async (stream) => { const all = []; for await (const chunk of stream) all.push(chunk); return all })"


def test_from_python(runtime, run):
    async def numbers():
        for n in range(3):
            await asyncio.sleep(0)
            yield {"n": n}

    async def main():
        source = runtime.stream_from_async_iterable(numbers())
        assert isinstance(source, jsrun.PyStreamSource)
        read_all = runtime.eval(READ_ALL)
        assert await read_all(source) == [{"n": 0}, {"n": 1}, {"n": 2}]
        kind = runtime.eval("(stream) => stream instanceof ReadableStream")
        assert kind(runtime.stream_from_async_iterable(numbers())) is True

    run(main())


def test_a_chunk_is_asked_for_when_it_is_read(runtime, run):
    asked = []

    async def numbers():
        for n in range(10):
            asked.append(n)
            yield n

    async def main():
        source = runtime.stream_from_async_iterable(numbers())
        read_two = runtime.eval("async (stream) => { const r = stream.getReader(); await r.read(); await r.read() }")
        assert asked == []
        await read_two(source)
        assert asked == [0, 1]

    run(main())


def test_an_exception_rejects_the_reader(runtime, run):
    async def failing():
        yield 1
        raise ValueError("broken off")

    async def main():
        source = runtime.stream_from_async_iterable(failing())
        with pytest.raises(jsrun.JavaScriptError, match="broken off") as caught:
            await runtime.eval(READ_ALL)(source)
        assert isinstance(caught.value.__cause__, ValueError)
        assert await runtime.eval_async("1") == 1

    run(main())


def test_a_chunk_that_cannot_cross(runtime, run):
    async def failing():
        yield [print]

    async def main():
        with pytest.raises(jsrun.JavaScriptError, match=r"cannot convert .*\(at result\[0\]\)"):
            await runtime.eval(READ_ALL)(runtime.stream_from_async_iterable(failing()))

    run(main())


def test_cancelling_calls_aclose(runtime, run):
    async def main():
        closed = asyncio.Event()

        async def numbers():
            try:
                while True:
                    yield 1
            finally:
                closed.set()

        source = runtime.stream_from_async_iterable(numbers())
        cancel = "async (stream) => { const r = stream.getReader(); await r.read(); await r.cancel() }"
        await runtime.eval(cancel)(source)
        await closed.wait()

    run(main())


@pytest.mark.parametrize("wrong", [[1], None, 5, iter([])])
def test_only_async_iterables(runtime, wrong):
    with pytest.raises(TypeError, match="async iterable"):
        runtime.stream_from_async_iterable(wrong)


def test_from_javascript(runtime, run):
    stream = runtime.eval("new ReadableStream({ start(c) { c.enqueue('a'); c.enqueue(new Uint8Array(2)); c.close() } })")
    assert isinstance(stream, jsrun.JsStream)

    async def main():
        assert [chunk async for chunk in stream] == ["a", b"\0\0"]
        assert [chunk async for chunk in stream] == []

    run(main())


def test_a_stream_that_errs(runtime, run):
    stream = runtime.eval("new ReadableStream({ pull() { throw new TypeError('dry') } })")

    async def main():
        with pytest.raises(jsrun.JavaScriptError, match="dry"):
            async for _ in stream:
                pass

    run(main())


def test_close_cancels(runtime, run):
    stream = runtime.eval("new ReadableStream({ pull(c) { c.enqueue(1) }, cancel() { globalThis.cancelled = true } })")

    async def main():
        async for chunk in stream:
            assert chunk == 1
            break
        await stream.close()
        await stream.close()
        assert runtime.eval("cancelled") is True
        assert [chunk async for chunk in stream] == []

    run(main())


def test_close_need_not_be_awaited(runtime):
    stream = runtime.eval("new ReadableStream({ cancel() { globalThis.cancelled = true } })")
    stream.close()
    assert runtime.eval("cancelled") is True


def test_a_stream_crosses_back(runtime, run):
    async def main():
        stream = runtime.eval("new ReadableStream({ start(c) { c.enqueue(5); c.close() } })")
        assert await runtime.eval(READ_ALL).call_async(stream) == [5]

    run(main())


def test_a_stream_after_its_runtime(run):
    async def main():
        runtime = jsrun.Runtime()
        stream = runtime.eval("new ReadableStream()")
        runtime.close()
        with pytest.raises(RuntimeError, match="Runtime has been shut down"):
            await stream.__anext__()
        await stream.close()

    run(main())


def test_streams_are_counted(runtime, run):
    async def words():
        yield "abc"
        yield b"de"

    async def main():
        stream = runtime.eval("new ReadableStream({ start(c) { c.enqueue('four'); c.close() } })")
        assert runtime.get_stats().active_js_streams == 1
        assert [chunk async for chunk in stream] == ["four"]
        source = runtime.stream_from_async_iterable(words())
        assert runtime.get_stats().active_py_streams == 1
        await runtime.eval(READ_ALL)(source)
        return runtime.get_stats()

    stats = run(main())
    gc.collect()
    assert (stats.total_js_streams, stats.total_py_streams) == (1, 1)
    assert (stats.bytes_streamed_js_to_py, stats.bytes_streamed_py_to_js) == (4, 5)
    assert stats.active_py_streams == 0
    assert runtime.get_stats().active_js_streams == 0
