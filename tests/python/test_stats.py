"""RuntimeStats."""

import asyncio

import jsrun

COUNTS = ["eval_sync", "eval_async", "eval_module_sync", "eval_module_async", "call_function_sync", "call_function_async"]


def counts(runtime):
    stats = runtime.get_stats()
    return [getattr(stats, f"{kind}_count") for kind in COUNTS], stats.last_execution_kind


def test_executions_are_counted(runtime, run):
    assert counts(runtime) == ([0] * 6, None)
    function = runtime.eval("() => 1")
    assert counts(runtime) == ([1, 0, 0, 0, 0, 0], "eval_sync")
    function()
    assert counts(runtime) == ([1, 0, 0, 0, 1, 0], "call_function_sync")
    runtime.add_static_module("m", "export const n = 1")
    runtime.eval_module("m")
    assert counts(runtime) == ([1, 0, 1, 0, 1, 0], "eval_module_sync")

    async def main():
        await runtime.eval_async("1")
        assert counts(runtime) == ([1, 1, 1, 0, 1, 0], "eval_async")
        await function.call_async()
        assert counts(runtime) == ([1, 1, 1, 0, 1, 1], "call_function_async")
        await runtime.eval_module_async("m")
        assert counts(runtime) == ([1, 1, 1, 1, 1, 1], "eval_module_async")

    run(main())


def test_times_and_memory(runtime):
    runtime.eval("const end = Date.now() + 20; while (Date.now() < end) {}; globalThis.kept = new Uint8Array(1 << 20)")
    stats = runtime.get_stats()
    assert stats.last_execution_time_ms >= 10
    assert stats.total_execution_time_ms >= stats.last_execution_time_ms
    assert stats.external_memory_bytes >= 1 << 20
    assert 0 < stats.heap_used_bytes <= stats.heap_total_bytes
    assert stats.physical_total_bytes > 0


def test_what_goes_on_is_counted(runtime, run):
    async def forever():
        await asyncio.Event().wait()

    async def main():
        runtime.bind_function("forever", forever)
        call = asyncio.create_task(runtime.eval_async("setTimeout(() => {}, 1e6); setInterval(() => {}, 1e6); forever()"))
        await asyncio.sleep(0)
        stats = runtime.get_stats()
        assert (stats.active_async_ops, stats.active_timers, stats.active_intervals) == (1, 1, 1)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        # The runtime's thread learns of it by and by.
        while (stats := runtime.get_stats()).active_async_ops or stats.active_timers or stats.active_intervals:
            await asyncio.sleep(0)

    run(main())


def test_they_are_read_only(runtime):
    stats = runtime.get_stats()
    names = [name for name in dir(stats) if not name.startswith("_")]
    assert len(names) == 23
    for name in names:
        try:
            setattr(stats, name, 1)
        except AttributeError:
            continue
        raise AssertionError(name)


def test_there_is_no_inspector(runtime):
    assert runtime.inspector_endpoints() is None
    assert jsrun.RuntimeConfig().inspector is None
