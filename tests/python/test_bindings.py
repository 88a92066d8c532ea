"""bind_function, bind, bind_object, register_op."""

import functools
import threading
import weakref

import pytest

import jsrun


def test_a_function(runtime):
    runtime.bind_function("add", lambda a, b=10: a + b)
    assert runtime.eval("add(1, 2)") == 3
    assert runtime.eval("add(1)") == 11
    assert runtime.eval("[typeof add, add.name, Object.keys(globalThis).includes('add')]") == ["function", "add", False]


def test_a_function_replaces_another(runtime):
    runtime.bind_function("f", lambda: 1)
    runtime.bind_function("f", lambda: 2)
    assert runtime.eval("f()") == 2


@pytest.mark.parametrize("name", ["a b", "a.b", "x'] = 1; //", "__proto__", "", "é😀", "constructor"])
def test_any_name_is_data(runtime, name):
    read = runtime.eval("(name) => Object.getOwnPropertyDescriptor(globalThis, name).value")
    runtime.bind_function(name, lambda: 5)
    assert read(name)() == 5
    runtime.bind_object(name, {name: 6})
    assert runtime.eval("(name, key) => Object.getOwnPropertyDescriptor(globalThis, name).value[key]")(name, "x") in (
        jsrun.undefined,
        5,
    )
    assert list(read(name)) == [name]


def test_a_decorator(runtime):
    @runtime.bind
    def one():
        return 1

    @runtime.bind(name="zwei")
    def two():
        return 2

    @runtime.bind()
    def three():
        return 3

    assert runtime.bind(lambda: 4, name="four")() == 4
    assert runtime.eval("[one(), zwei(), three(), four()]") == [one(), two(), three(), 4]
    with pytest.raises(ValueError, match="name="):
        runtime.bind(functools.partial(one))


def test_an_object(runtime):
    runtime.bind_object("o", {"n": 1, "list": [1, {"a": None}], "f": lambda x: x * 2, "__proto__": 3})
    assert runtime.eval("[o.n, o.list[1].a, o.f(4), Object.keys(o)]") == [1, None, 8, ["n", "list", "f", "__proto__"]]


def test_an_object_takes_any_mapping(runtime):
    from types import MappingProxyType

    runtime.bind_object("o", MappingProxyType({"a": 1}))
    assert runtime.eval("o.a") == 1
    for wrong in [[1], 5, None, "ab"]:
        with pytest.raises(TypeError):
            runtime.bind_object("o", wrong)
    with pytest.raises(RuntimeError, match="keys must be strings, not int"):
        runtime.bind_object("o", {1: 2})
    with pytest.raises(RuntimeError, match=r"cannot convert generator \(at o\.items\.a\[0\]\)"):
        runtime.bind_object("o", {"items": {"a": [(n for n in [])]}})


@pytest.mark.parametrize("wrong", [None, 1, "print"])
def test_only_callables(runtime, wrong):
    for bind in [
        lambda: runtime.bind_function("f", wrong),
        lambda: runtime.register_op("f", wrong),
        lambda: runtime.set_module_loader(wrong),
        lambda: runtime.set_module_resolver(wrong),
    ]:
        with pytest.raises(TypeError, match="callable"):
            bind()


def test_a_read_only_global(runtime):
    runtime.eval("Object.defineProperty(globalThis, 'fixed', { value: 1 })")
    with pytest.raises(RuntimeError, match="fixed"):
        runtime.bind_function("fixed", lambda: 2)


def test_ops(runtime):
    assert runtime.register_op("double", lambda n: 2 * n) == 0
    assert runtime.register_op("sum", lambda *n: sum(n), mode="sync") == 1
    assert runtime.eval("[__host_op_sync__(0, 21), __host_op_sync__(1, 1, 2, 3)]") == [42, 6]


def test_async_ops(runtime, run):
    async def double(n):
        return 2 * n

    assert runtime.eval("[typeof __host_op_sync__, typeof __host_op_async__]") == ["function", "function"]
    assert runtime.register_op("double", double, mode="async") == 0

    async def main():
        assert await runtime.eval_async("__host_op_async__(0, 21)") == 42

    run(main())


def test_bad_ops(runtime):
    with pytest.raises(ValueError, match="Invalid mode"):
        runtime.register_op("f", lambda: 1, mode="later")
    with pytest.raises(RuntimeError, match="coroutine function"):
        runtime.register_op("f", lambda: 1, mode="async")
    runtime.register_op("f", lambda: 1)
    for call in ["__host_op_sync__(7)", "__host_op_sync__()", "__host_op_sync__('0')", "__host_op_async__(0)"]:
        with pytest.raises(jsrun.JavaScriptError, match="there is no a?sync op"):
            runtime.eval(call)


def test_functions_run_on_the_runtimes_thread(runtime):
    runtime.bind_function("thread", threading.get_ident)
    assert runtime.eval("thread() === thread()") is True


def test_wrong_arguments_are_the_functions_own_error(runtime):
    runtime.bind_function("f", lambda a: a)
    with pytest.raises(jsrun.JavaScriptError, match="TypeError: .*missing 1 required") as caught:
        runtime.eval("f()")
    assert isinstance(caught.value.__cause__, TypeError)


def test_what_a_thread_keeps_lives_until_its_runtime_is_closed(isolation):
    class Kept:
        pass

    local = threading.local()
    gone = threading.Event()

    def keep():
        if not hasattr(local, "kept"):
            local.kept = Kept()
            weakref.finalize(local.kept, gone.set)
        return id(local.kept)

    with jsrun.Runtime() as runtime:
        runtime.bind_function("keep", keep)
        assert runtime.eval("keep() === keep()") is True
        assert runtime.eval("keep()") == runtime.eval("keep()")
        assert not gone.is_set()
    # Whoever closes a runtime waits until its thread has let go.
    assert gone.is_set()
