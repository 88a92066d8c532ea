"""Runtimes that are made ahead, each test in a process of its own: what others open and close would count, too."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

pytestmark = [
    pytest.mark.isolation("thread"),
    pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="with a single processor none is made ahead"),
]

PRELUDE = """
import os, threading, time
import jsrun

def threads():
    return set(os.listdir("/proc/self/task"))

def open_runtime(config=None):
    \"\"\"A runtime, its thread, and what other threads came with it.\"\"\"
    before = threads()
    runtime = jsrun.Runtime(config)
    come = threads() - before
    runtime.bind_function("thread", threading.get_native_id)
    own = str(runtime.eval("thread()"))
    return runtime, own, come - {own}

# What all share comes with the first one.
open_runtime()[0].close()
"""


def run(code: str, **variables: str) -> None:
    program = PRELUDE + textwrap.dedent(code)
    done = subprocess.run([sys.executable, "-c", program], env={**os.environ, **variables}, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr


def test_where_runtimes_come_and_go_the_next_is_made_ahead():
    run(
        """
        first, _, spare = open_runtime()
        assert len(spare) == 1
        first.close()
        second, own, another = open_runtime()
        assert {own} == spare
        assert len(another) == 1
        second.close()
        """
    )


def test_where_they_only_come_none_is():
    run(
        """
        first, _, spare = open_runtime()
        kept = [open_runtime() for _ in range(4)]
        assert {kept[0][1]} == spare
        assert [spare for _, _, spare in kept] == [set()] * 4
        """
    )


def test_the_environment_can_forbid_it():
    run(
        """
        for _ in range(3):
            runtime, _, spare = open_runtime()
            assert not spare
            runtime.close()
        """,
        JSRUN_SPARE="0",
    )


def test_one_that_was_made_ahead_is_as_its_configuration_says():
    run(
        """
        first, _, spare = open_runtime()
        heard = []
        config = jsrun.RuntimeConfig(
            timeout=0.01, max_heap_size=32 << 20, max_buffer_size=1 << 20, max_serialization_depth=3,
            on_console=lambda level, text: heard.append(text), bootstrap="globalThis.booted = 1",
        )
        runtime, own, _ = open_runtime(config)
        assert {own} == spare
        assert runtime.eval("console.log('hi'); booted") == 1 and heard == ["hi"]
        # The bootstrap script, the helper's call, and this one.
        assert runtime.get_stats().eval_sync_count == 3
        for code, class_, text in [
            ("for (;;);", TimeoutError, "timed out"),
            ("[[[[[1]]]]]", RuntimeError, "Depth exceeded maximum limit of 3"),
            ("new ArrayBuffer(2 << 20)", jsrun.RuntimeTerminated, "Heap limit exceeded"),
        ]:
            try:
                runtime.eval(code)
            except class_ as error:
                assert text in str(error), error
            else:
                raise AssertionError(code)
        """
    )


@pytest.mark.parametrize("snapshot", [False, True])
def test_time_begins_when_it_is_asked_for(snapshot):
    run(
        f"""
        config = jsrun.RuntimeConfig(web_apis=True)
        if {snapshot}:
            builder = jsrun.SnapshotBuilder(web_apis=True)
            # What tells the time is loaded.
            builder.execute_script("library.js", "globalThis.origin = performance.timeOrigin")
            config = jsrun.RuntimeConfig(snapshot=builder.build())
        jsrun.Runtime(config).close()
        first, _, spare = open_runtime(config)
        # Time passes; nothing is waited for.
        time.sleep(0.05)
        earlier = time.time() * 1000
        runtime, own, _ = open_runtime(config)
        assert {{own}} == spare
        # The clock that JavaScript reads may be a millisecond off.
        assert runtime.eval("performance.timeOrigin") > earlier - 2
        assert runtime.eval("typeof origin") == ("number" if {snapshot} else "undefined")
        """
    )


def test_it_is_gone_at_the_interpreters_exit():
    run(
        """
        runtime, own, spare = open_runtime()
        jsrun._jsrun._close_all()
        # Its runtime is gone; the kernel may take a moment for the thread.
        while threads() & {own, *spare}:
            time.sleep(0.001)
        """
    )


def test_a_forked_child_has_none_and_ends():
    run(
        """
        runtime, _, _ = open_runtime()
        child = os.fork()
        if child == 0:
            jsrun._jsrun._close_all()
            os._exit(7)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        """
    )
