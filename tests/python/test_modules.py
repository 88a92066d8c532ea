"""Modules, and the functions that find them."""

import asyncio

import pytest

import jsrun


def test_static_modules(runtime):
    runtime.add_static_module("lib", "export const n = 41; export default function () { return import.meta.url }")
    runtime.add_static_module("main", "import { n } from 'lib'; import url from 'static:lib'; export const all = [n + 1, url()]")
    assert runtime.eval_module("main") == {"all": [42, "jsrun://static/lib"]}
    namespace = runtime.eval_module("static:lib")
    assert namespace["n"] == 41
    assert namespace["default"]() == "jsrun://static/lib"


def test_a_module_is_evaluated_once(runtime):
    runtime.add_static_module("counter", "globalThis.count = (globalThis.count ?? 0) + 1; export const count = globalThis.count")
    assert runtime.eval_module("counter") == runtime.eval_module("counter") == {"count": 1}


def test_an_unknown_module(runtime, run):
    with pytest.raises(Exception, match="denied|failed"):
        runtime.eval_module("nowhere")

    async def main():
        with pytest.raises(Exception, match="denied|failed"):
            await runtime.eval_module_async("nowhere")

    run(main())
    assert runtime.eval("1") == 1


def test_a_module_that_throws(runtime):
    runtime.add_static_module("bad", "throw new TypeError('no')")
    runtime.add_static_module("syntax", "export let 1")
    with pytest.raises(jsrun.JavaScriptError, match="TypeError: no"):
        runtime.eval_module("bad")
    with pytest.raises(jsrun.JavaScriptError, match="SyntaxError"):
        runtime.eval_module("syntax")


def test_a_resolver_and_a_loader(runtime):
    asked = []

    def resolve(specifier, referrer):
        asked.append((specifier, referrer))
        return f"memory:/{specifier}" if specifier.startswith("my-") else None

    runtime.set_module_resolver(resolve)
    runtime.set_module_loader({"memory:/my-lib": "export { n } from 'my-other'", "memory:/my-other": b"export const n = 1"}.__getitem__)
    runtime.add_static_module("static-one", "export { n } from 'my-lib'")
    assert runtime.eval_module("static-one") == {"n": 1}
    assert asked == [("static-one", ""), ("my-lib", "jsrun://static/static-one"), ("my-other", "memory:/my-lib")]


def test_an_empty_string_falls_back(runtime):
    runtime.set_module_resolver(lambda specifier, referrer: "")
    runtime.add_static_module("lib", "export const n = 1")
    assert runtime.eval_module("lib") == {"n": 1}


def test_what_resolvers_and_loaders_raise(runtime):
    def fail(*args):
        raise PermissionError("not for you")

    runtime.set_module_resolver(lambda specifier, referrer: specifier)
    runtime.set_module_loader(fail)
    with pytest.raises(jsrun.JavaScriptError, match="not for you") as caught:
        runtime.eval_module("a:b")
    assert caught.value.name == "PermissionError"
    runtime.set_module_loader(lambda url: 5)
    with pytest.raises(jsrun.JavaScriptError, match="must give a string or bytes"):
        runtime.eval_module("a:c")
    runtime.set_module_resolver(lambda specifier, referrer: 5)
    with pytest.raises(jsrun.JavaScriptError, match="must give a string or None, not int"):
        runtime.eval_module("a:d")
    runtime.set_module_resolver(fail)
    with pytest.raises(jsrun.JavaScriptError, match="not for you"):
        runtime.eval_module("a:e")


def test_an_async_loader(runtime, run):
    async def load(url):
        await asyncio.sleep(0)
        return f"export const url = {url!r}"

    runtime.set_module_resolver(lambda specifier, referrer: specifier)
    runtime.set_module_loader(load)

    async def main():
        assert await runtime.eval_module_async("memory:/a.js") == {"url": "memory:/a.js"}
        assert await runtime.eval_async("import('memory:/b.js').then((m) => m.url)") == "memory:/b.js"
        with pytest.raises(RuntimeError, match="eval_module_async"):
            runtime.eval_module("memory:/c.js")

    run(main())


def test_an_async_loader_without_a_loop(runtime):
    async def load(url):
        return "export const n = 1"

    runtime.set_module_resolver(lambda specifier, referrer: specifier)
    runtime.set_module_loader(load)
    with pytest.raises(jsrun.JavaScriptError, match="eval_module_async"):
        runtime.eval_module("memory:/a.js")


def test_top_level_await(runtime, run):
    runtime.add_static_module("slow", "export const n = await new Promise((resolve) => setTimeout(resolve, 1, 5))")
    with pytest.raises(RuntimeError, match="eval_module_async"):
        runtime.eval_module("slow")
    runtime.add_static_module("slow2", "export const n = await new Promise((resolve) => setTimeout(resolve, 1, 5))")

    async def main():
        assert await runtime.eval_module_async("slow2") == {"n": 5}
        runtime.add_static_module("spin", "while (true) {}")
        with pytest.raises(TimeoutError, match="timed out"):
            await runtime.eval_module_async("spin", timeout=0.05)

    run(main())


def test_typescript_modules(runtime):
    runtime.add_static_module("lib.ts", "export const n: number = 1")
    assert runtime.eval_module("lib.ts") == {"n": 1}
