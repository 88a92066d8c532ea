"""Runtime.eval, and what programs find."""

import threading

import pytest

import jsrun


def test_the_completion_value(runtime):
    assert runtime.eval("let x = 20; x + 22") == 42
    assert runtime.eval("x") == 20


def test_a_settled_promise_gives_its_value(runtime):
    assert runtime.eval("Promise.resolve(7).then((n) => n * 6)") == 42


def test_a_pending_promise_is_an_error_that_names_eval_async(runtime):
    with pytest.raises(RuntimeError, match="eval_async"):
        runtime.eval("new Promise((resolve) => setTimeout(resolve, 1))")
    assert runtime.eval("1") == 1


def test_the_gil_is_released(runtime):
    # The bound function runs on another thread, and waits for one more that needs the GIL.
    started, finished = threading.Event(), threading.Event()

    def other():
        started.wait(100)
        finished.set()

    threading.Thread(target=other).start()
    runtime.bind_function("meet", lambda: (started.set(), finished.wait(100))[1])
    assert runtime.eval("meet()") is True


def test_the_globals_are_the_languages_own(runtime):
    assert runtime.eval("typeof Deno + typeof require + typeof process + typeof fetch") == "undefined" * 4
    names = ["WebAssembly", "ReadableStream", "queueMicrotask", "setTimeout", "clearInterval", "console"]
    assert runtime.eval(f"[{', '.join(f'typeof {name}' for name in names)}]").count("undefined") == 0
    assert runtime.eval("typeof URL") == "undefined"
    assert runtime.eval("console.log('silent')") is jsrun.undefined


def test_there_are_no_other_globals(runtime):
    # The language's own are those of a realm without hosts: they are not enumerable, and begin with capitals but for these.
    small = "decodeURI decodeURIComponent encodeURI encodeURIComponent escape eval globalThis isFinite isNaN parseFloat parseInt"
    names = set(runtime.eval("Object.getOwnPropertyNames(globalThis)")) - set(small.split()) - {"undefined", "unescape"}
    timers = {"setTimeout", "setInterval", "clearTimeout", "clearInterval"}
    ops = {"__host_op_sync__", "__host_op_async__"}
    assert {name for name in names if not name[0].isupper()} == {"console", "queueMicrotask"} | timers | ops
    assert names.isdisjoint({"Deno", "Event", "URL", "TextEncoder", "Blob", "Performance", "Navigator"})


def test_the_web_platform_on_request():
    with jsrun.Runtime(jsrun.RuntimeConfig(web_apis=True)) as runtime:
        assert runtime.eval("new URL('http://a/b?c').search") == "?c"


def test_any_thread_may_use_a_runtime(runtime):
    results = []
    threads = [threading.Thread(target=lambda n=n: results.append(runtime.eval(f"{n} * 2"))) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(100)
    assert sorted(results) == [0, 2, 4, 6, 8, 10, 12, 14]


@pytest.mark.parametrize("code", [None, 1, b"1", ["1"]])
def test_code_is_a_string(runtime, code):
    with pytest.raises(TypeError):
        runtime.eval(code)
    with pytest.raises(TypeError):
        runtime.eval_async(code)


def test_code_with_a_lone_surrogate_is_refused(runtime):
    with pytest.raises(UnicodeEncodeError):
        runtime.eval("'\ud800'")
