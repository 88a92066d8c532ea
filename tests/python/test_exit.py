"""The interpreter's end, which finds threads inside the package that Python does not wait for.

CPython stops such a thread where it next needs the GIL. Up to 3.13 it does that with pthread_exit, which must not unwind functions of Rust:
that would abort the process.
"""

import os
import textwrap

import pytest
from interpreters import script

# The programs themselves say where their runtimes live.
KINDS = pytest.mark.parametrize("kind", ["thread", "process"])
pytestmark = pytest.mark.isolation("thread")

# What each program begins with. The end of `last` comes when no other thread can have the GIL any more but by being stopped, and leaves
# them time for that. It is in a module of its own: frames that do not end keep the program's.
BEGIN = """
import asyncio, sys, threading, time, types
import jsrun
import uvloop

class Last:
    def __del__(self, sleep=time.sleep):
        sleep(0.2)

sys.modules["last"] = types.ModuleType("last")
sys.modules["last"].last = Last()
inside = threading.Semaphore(0)

def stay(*_):
    inside.release()
    while True:
        {stay}

def in_a_thread(work, *args):
    # What is caught lets it go on, into an interpreter that ends.
    def go_on():
        while True:
            try:
                work(*args)
            except RuntimeError:
                pass
    threading.Thread(target=go_on, daemon=True).start()

config = jsrun.RuntimeConfig(isolation="{kind}")
"""

END = """
for _ in range({count}):
    inside.acquire()
print("end", flush=True)
sys.exit(7)
"""


def ends(kind, code, *, count=1, stay="time.sleep(0.001)"):
    """Whether a program ends with its own status when so many threads of it are inside."""
    program = BEGIN.format(kind=kind, stay=stay) + textwrap.dedent(code) + END.format(count=count)
    return script(program, ends_by=7) == "end\n"


@KINDS
@pytest.mark.parametrize("stay", ["pass", "time.sleep(0.001)"], ids=["busy", "waking"])
def test_runtimes_threads_are_in_python(kind, stay):
    code = """
        def run(prepare, method, code):
            runtime = jsrun.Runtime(config)
            prepare(runtime)
            in_a_thread(getattr(runtime, method), code)

        def make_op(runtime):
            runtime.register_op("stay", stay)

        def make_loader(runtime):
            runtime.set_module_resolver(lambda *_: "made:up")
            runtime.set_module_loader(stay)

        run(lambda runtime: runtime.bind_function("stay", stay), "eval", "stay()")
        run(lambda runtime: runtime.bind_object("object", {"stay": stay}), "eval", "object.stay()")
        run(make_op, "eval", "__host_op_sync__(0)")
        run(lambda runtime: runtime.set_module_resolver(stay), "eval_module", "any")
        run(make_loader, "eval_module", "any")
        config.on_console = stay
        run(lambda runtime: None, "eval", "console.log(1)")
    """
    assert ends(kind, code, count=6, stay=stay)


@KINDS
@pytest.mark.parametrize("new_loop", ["asyncio.new_event_loop", "uvloop.new_event_loop"])
@pytest.mark.parametrize("stay", ["pass", "time.sleep(0.001)"], ids=["busy", "waking"])
def test_loops_are_in_python(kind, new_loop, stay):
    code = f"""
        async def bound():
            stay()

        class Endless:
            def __aiter__(self):
                return self
            def __anext__(self):
                stay()

        async def call():
            runtime = jsrun.Runtime(config)
            runtime.bind_function("bound", bound)
            await runtime.eval_async("bound()")

        async def read():
            runtime = jsrun.Runtime(config)
            stream = runtime.stream_from_async_iterable(Endless())
            await runtime.eval("(stream) => stream.getReader().read()").call_async(stream)

        for work in call, read:
            in_a_thread({new_loop}().run_until_complete, work())
    """
    assert ends(kind, code, count=2, stay=stay)


@KINDS
def test_methods_of_loops_are_in_python(kind):
    # Threads of the package call them: for want of a bell that the loop watches, and to tell that a runtime is closed.
    code = """
        class Loop(asyncio.SelectorEventLoop):
            def call_soon_threadsafe(self, *_, **__):
                stay()

        class Unwatching(Loop):
            def add_reader(self, *_):
                raise NotImplementedError

        async def wait():
            runtime = jsrun.Runtime(config)
            code = "setTimeout(() => {}, 1e6); new Promise((resolve) => { globalThis.resolve = resolve })"
            waits = asyncio.ensure_future(runtime.eval_async(code))
            await asyncio.sleep(0)
            # The loop waits for it now.
            runtime.eval("resolve()")
            await waits

        async def close():
            await jsrun.Runtime(config).aclose()

        in_a_thread(Unwatching().run_until_complete, wait())
        in_a_thread(Loop().run_until_complete, close())
    """
    assert ends(kind, code, count=2)


@KINDS
def test_a_runtimes_thread_ends_in_python(kind):
    # What it has left in a threading.local ends with it, because the interpreter's end closes the runtime.
    code = """
        local = threading.local()

        class Kept:
            def __del__(self, stay=stay):
                stay()

        def keep():
            local.kept = Kept()

        runtime = jsrun.Runtime(config)
        runtime.bind_function("keep", keep)
        runtime.eval("keep()")
        inside.release()
    """
    assert ends(kind, code)


@KINDS
@pytest.mark.parametrize(
    "call",
    [
        "runtime.eval('new Date()')",
        "runtime.eval('(value) => value')(Items(a=1))",
        "runtime.bind_object('name', Items(a=1))",
        "asyncio.run(runtime.eval_async('1'))",
        "jsrun.Runtime(config).close()",
        "jsrun.eval('throw new Error()')",
    ],
)
def test_other_threads_are_inside(kind, call):
    code = f"""
        class Items(dict):
            def items(self):
                inside.release()
                return super().items()

        def call():
            inside.release()
            try:
                {call}
            except jsrun.JavaScriptError:
                pass

        runtime = jsrun.Runtime(config)
        for _ in range(3):
            in_a_thread(call)
    """
    assert ends(kind, code, count=10)


@KINDS
def test_many_are_waited_for_at_once(kind):
    # One after the other it would take longer than the program may.
    count = 60 if kind == "thread" else 3
    code = f"""
        for _ in range({count}):
            runtime = jsrun.Runtime(config)
            runtime.bind_function("stay", stay)
            in_a_thread(runtime.eval, "stay()")
    """
    assert ends(kind, code, count=count, stay="time.sleep(1_000)")


@KINDS
def test_what_ends_later_may_use_runtimes(kind):
    # In the order of the interpreter's end: what was registered before the package was imported, and what modules have.
    code = f"""
        import atexit, sys, threading, types
        def finish():
            stuck.close()
            with jsrun.Runtime(config) as runtime:
                runtime.bind_function("double", lambda n: 2 * n)
                print(runtime.eval("double(21)"), flush=True)
        atexit.register(finish)
        import jsrun
        config = jsrun.RuntimeConfig(isolation="{kind}")
        class Closer:
            def __init__(self, *runtimes):
                self.runtimes = runtimes
            def __del__(self, error=RuntimeError, print=print):
                for runtime in self.runtimes:
                    try:
                        runtime.eval("1")
                    except error as raised:
                        print(type(raised).__name__, flush=True)
                    runtime.close()
                print("closed", flush=True)
        entered = threading.Event()
        def wait():
            entered.set()
            threading.Event().wait()
        stuck = jsrun.Runtime(config)
        stuck.bind_function("wait", wait)
        threading.Thread(target=stuck.eval, args=["wait()"], daemon=True).start()
        entered.wait()
        sys.modules["last"] = types.ModuleType("last")
        sys.modules["last"].closer = Closer(stuck)
        sys.exit(7)
    """
    assert script(code, ends_by=7) == "42\nRuntimeError\nclosed\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a system without fork")
@KINDS
@pytest.mark.parametrize("end", ["sys.exit(7)", "pass"])
@pytest.mark.parametrize("use", ["1", "keep()"])
def test_a_forked_child_ends(kind, use, end):
    # The runtime's thread has a state of the interpreter, which the child finds, once a bound function was called.
    out = script(f"""
        import jsrun, os, sys, threading
        local = threading.local()
        class Kept:
            def __del__(self):
                os.write(1, b"finalized ")
        def keep():
            local.kept = Kept()
            return 1
        runtime = jsrun.Runtime(jsrun.RuntimeConfig(isolation="{kind}"))
        runtime.bind_function("keep", keep)
        assert runtime.eval("{use}") == 1
        pid = os.fork()
        if pid == 0:
            {end}
        else:
            status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            print(status, runtime.eval("1"), flush=True)
            os._exit(0)
    """)
    # Each thread's values end in the child as well, as Python has it.
    assert out == ("finalized " if use == "keep()" else "") + ("7 1\n" if "exit" in end else "0 1\n")
