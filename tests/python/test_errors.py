"""What JavaScript throws, as Python has it."""

import asyncio
import pickle

import pytest

import jsrun


def thrown(runtime, code):
    with pytest.raises(jsrun.JavaScriptError) as caught:
        runtime.eval(code)
    return caught.value


def test_a_thrown_error(runtime):
    error = thrown(runtime, "function f() {\n  throw new TypeError('no good')\n}\nf()")
    assert (error.name, error.message) == ("TypeError", "no good")
    assert str(error) == "Evaluation failed: TypeError: no good"
    assert error.stack.startswith("TypeError: no good\n    at f (<eval>:2:9)")
    assert error.frames == [
        {"function_name": "f", "file_name": "<eval>", "line_number": 2, "column_number": 9},
        {"function_name": None, "file_name": "<eval>", "line_number": 4, "column_number": 1},
    ]
    assert not isinstance(error, RuntimeError)
    assert runtime.eval("1") == 1


def test_a_syntax_error(runtime):
    error = thrown(runtime, "let 1")
    assert error.name == "SyntaxError"
    assert str(error).startswith("Evaluation failed: SyntaxError: ")


def test_something_else_than_an_error(runtime):
    error = thrown(runtime, "throw 42")
    assert (error.name, error.message, str(error)) == (None, "42", "Evaluation failed: Uncaught 42")


def test_a_rejected_promise(runtime, run):
    assert thrown(runtime, "Promise.reject(new RangeError('far'))").name == "RangeError"

    async def main():
        with pytest.raises(jsrun.JavaScriptError, match="^Evaluation failed: RangeError: far$"):
            await runtime.eval_async("new Promise((_, reject) => setTimeout(() => reject(new RangeError('far'))))")

    run(main())


def test_a_cause(runtime):
    error = thrown(runtime, "throw new Error('outer', { cause: new TypeError('inner') })")
    assert isinstance(error.__cause__, jsrun.JavaScriptError)
    assert error.__cause__.message == "inner"


def test_a_python_exception_comes_back(runtime):
    original = KeyError("missing")

    def fail():
        raise original

    runtime.bind_function("fail", fail)
    caught = runtime.eval("try { fail() } catch (e) { [e instanceof Error, e.name, e.message] }")
    assert caught == [True, "KeyError", "'missing'"]
    error = thrown(runtime, "fail()")
    assert (error.name, error.__cause__) == ("KeyError", original)


def test_a_coroutines_exception_comes_back(runtime, run):
    original = ValueError("later")

    async def fail():
        await asyncio.sleep(0)
        raise original

    runtime.bind_function("fail", fail)

    async def main():
        with pytest.raises(jsrun.JavaScriptError) as caught:
            await runtime.eval_async("fail()")
        assert caught.value.__cause__ is original
        assert await runtime.eval_async("fail().catch((e) => e.name)") == "ValueError"

    run(main())


def test_an_exception_without_text(runtime):
    def fail():
        raise ValueError

    runtime.bind_function("fail", fail)
    assert str(thrown(runtime, "fail()")) == "Evaluation failed: ValueError"


def test_an_exception_whose_str_raises(runtime):
    class Odd(Exception):
        def __str__(self):
            raise RuntimeError

    def fail():
        raise Odd

    runtime.bind_function("fail", fail)
    assert thrown(runtime, "fail()").name == "Odd"


def test_errors_pickle(runtime):
    error = pickle.loads(pickle.dumps(thrown(runtime, "throw new TypeError('x')")))
    assert (type(error), error.name, error.message) == (jsrun.JavaScriptError, "TypeError", "x")


def test_the_classes():
    assert issubclass(jsrun.RuntimeTerminated, RuntimeError)
    assert issubclass(jsrun.RuntimeTimeout, RuntimeError) and issubclass(jsrun.RuntimeTimeout, TimeoutError)
    assert not issubclass(jsrun.JavaScriptError, RuntimeError)


def test_a_promise_that_never_settles(runtime, run):
    async def main():
        with pytest.raises(RuntimeError, match="^Evaluation failed: .*pending"):
            await runtime.eval_async("new Promise(() => {})")
        assert await runtime.eval_async("1") == 1

    run(main())
