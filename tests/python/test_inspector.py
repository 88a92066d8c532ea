"""The inspector."""

import asyncio
import json
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from urllib.request import urlopen

import pytest
from devtools import PATIENCE, DevTools

import jsrun


# Debuggers attach in this process only.
pytestmark = pytest.mark.isolation("thread")


def inspected(timeout=100, **settings):
    inspector = jsrun.InspectorConfig(port=0, **settings)
    return jsrun.Runtime(jsrun.RuntimeConfig(inspector=inspector, timeout=timeout))


def test_a_debugger_pauses_looks_and_goes_on():
    with inspected() as runtime, ThreadPoolExecutor(1) as threads:
        debugger = DevTools(runtime.inspector_endpoints().websocket_url)
        debugger.call("Debugger.enable")
        call = threads.submit(runtime.eval, "function f(x) {\n  debugger\n  return x\n}\nf(1)")
        paused = debugger.event("Debugger.paused")["callFrames"][0]
        assert (paused["functionName"], paused["location"]["lineNumber"]) == ("f", 1)
        assert evaluate(debugger, paused, "x = 41") == 41
        debugger.call("Debugger.resume")
        assert call.result(PATIENCE) == 41
        debugger.close()
        assert runtime.eval("1 + 1") == 2


def evaluate(debugger, frame, expression):
    result = debugger.call("Debugger.evaluateOnCallFrame", callFrameId=frame["callFrameId"], expression=expression)
    return result["result"]["value"]


def test_a_pause_takes_no_time_of_the_timeout():
    # A busy machine may take longer than the shorter ones for what is beside the pause.
    outlived = False
    for timeout in [0.3, 1, 3, 10]:
        with inspected(timeout) as runtime, ThreadPoolExecutor(1) as threads:
            debugger = DevTools(runtime.inspector_endpoints().websocket_url)
            debugger.call("Debugger.enable")
            call = threads.submit(runtime.eval, "debugger; 41")
            while not call.done() and not debugger.has_event("Debugger.paused"):
                pass
            if not call.done():
                frame = debugger.event("Debugger.paused")["callFrames"][0]
                start = evaluate(debugger, frame, "Date.now()")
                while evaluate(debugger, frame, "Date.now()") - start < 1500 * timeout:
                    pass
                debugger.call("Debugger.resume")
            outlived = call.exception(PATIENCE) is None
            debugger.close()
            with pytest.raises(TimeoutError):
                runtime.eval("while (true) {}")
        if outlived:
            break
    assert outlived


@pytest.mark.parametrize("pauses", [False, True])
def test_the_first_call_waits_for_a_debugger(pauses):
    with inspected(wait_for_connection=not pauses, break_on_next_statement=pauses) as runtime:

        async def main():
            call = asyncio.create_task(runtime.eval_async("let n = 5; n"))
            loop = asyncio.get_running_loop()
            debugger = await loop.run_in_executor(None, DevTools, runtime.inspector_endpoints().websocket_url)

            def go_on():
                debugger.call("Debugger.enable")
                debugger.call("Runtime.runIfWaitingForDebugger")
                if pauses:
                    paused = debugger.event("Debugger.paused")
                    assert paused["callFrames"][0]["location"]["lineNumber"] == 0
                    debugger.call("Debugger.resume")

            await loop.run_in_executor(None, go_on)
            result = await call
            debugger.close()
            return result

        assert asyncio.run(asyncio.wait_for(main(), PATIENCE)) == 5
        assert runtime.eval("n") == 5


def test_a_runtime_that_waits_for_a_debugger_can_be_stopped():
    with inspected(wait_for_connection=True) as runtime, ThreadPoolExecutor(1) as threads:
        call = threads.submit(runtime.eval, "1")
        runtime.terminate()
        with pytest.raises(jsrun.RuntimeTerminated):
            call.result(PATIENCE)


def test_endpoints():
    with inspected(display_name="rules", target_url="app://rules") as runtime:
        endpoints = runtime.inspector_endpoints()
        assert isinstance(endpoints, jsrun.InspectorEndpoints)
        assert (endpoints.title, endpoints.target_url, endpoints.description) == ("rules", "app://rules", "jsrun")
        assert endpoints.host.startswith("127.0.0.1:") and not endpoints.host.endswith(":0")
        assert endpoints.websocket_url == f"ws://{endpoints.host}/{endpoints.id}"
        assert endpoints.websocket_url.removeprefix("ws://") in endpoints.devtools_frontend_url
        assert endpoints.favicon_url == ""
        assert "rules" in repr(endpoints) and endpoints.websocket_url in repr(endpoints)
        with urlopen(f"http://{endpoints.host}/json/list", timeout=PATIENCE) as answer:
            assert [target["id"] for target in json.load(answer)] == [endpoints.id]
    with pytest.raises(RuntimeError, match="closed"):
        runtime.inspector_endpoints()
    with pytest.raises(TypeError):
        jsrun.InspectorEndpoints()


def test_no_inspector(runtime):
    assert runtime.inspector_endpoints() is None
    assert jsrun.RuntimeConfig().inspector is None


def test_no_inspector_in_a_process():
    config = jsrun.RuntimeConfig(inspector=jsrun.InspectorConfig(port=0), isolation="process")
    with pytest.raises(RuntimeError, match='an inspector needs isolation="thread"'):
        jsrun.Runtime(config)


def test_runtimes_share_an_address():
    with inspected() as first:
        port = int(first.inspector_endpoints().host.rpartition(":")[2])
        second = jsrun.Runtime(jsrun.RuntimeConfig(inspector=jsrun.InspectorConfig(port=port)))
        endpoints = [first.inspector_endpoints(), second.inspector_endpoints()]
        assert {found.host for found in endpoints} == {f"127.0.0.1:{port}"}
        assert len({found.id for found in endpoints}) == 2
        second.close()


def test_an_address_that_is_taken():
    with socket.create_server(("127.0.0.1", 0)) as server:
        config = jsrun.RuntimeConfig(inspector=jsrun.InspectorConfig(port=server.getsockname()[1]))
        with pytest.raises(RuntimeError, match="inspector server"):
            jsrun.Runtime(config)


def test_settings():
    inspector = jsrun.InspectorConfig()
    assert repr(inspector) == (
        "InspectorConfig(host='127.0.0.1', port=9229, wait_for_connection=False, break_on_next_statement=False,"
        " target_url=None, display_name=None)"
    )
    for name, value in {
        "wait_for_connection": True,
        "break_on_next_statement": True,
        "target_url": "app://x",
        "display_name": "it's",
    }.items():
        setattr(inspector, name, value)
        assert getattr(inspector, name) == value
        assert getattr(jsrun.InspectorConfig(**{name: value}), name) == value
    assert '''target_url='app://x', display_name="it's"''' in repr(inspector)
    for name in ("host", "port"):
        with pytest.raises(AttributeError):
            setattr(inspector, name, getattr(inspector, name))
    config = jsrun.RuntimeConfig(inspector=inspector)
    assert config.inspector is inspector
    assert f"inspector={inspector!r}" in repr(config)
    config.inspector = None
    assert config.inspector is None
    for wrong in [True, "127.0.0.1:9229", 9229]:
        with pytest.raises(TypeError):
            jsrun.RuntimeConfig(inspector=wrong)
        with pytest.raises(TypeError):
            config.inspector = wrong


@pytest.mark.parametrize(
    ("host", "port", "endpoint"),
    [("127.0.0.1", 1, "127.0.0.1:1"), ("localhost", 9229, "127.0.0.1:9229"), ("::1", 0, "[::1]:0"), ("0.0.0.0", 65535, "0.0.0.0:65535")],
)
def test_addresses(host, port, endpoint):
    inspector = jsrun.InspectorConfig(host, port)
    assert (inspector.host, inspector.port, inspector.endpoint()) == (host, port, endpoint)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"host": ""}, ValueError, "Inspector host cannot be empty"),
        ({"host": "nonsense"}, ValueError, "Invalid inspector address"),
        ({"host": "127.0.0.1:9229"}, ValueError, "Invalid inspector address"),
        ({"host": 5}, TypeError, "host"),
        ({"port": -1}, OverflowError, "port"),
        ({"port": 65536}, OverflowError, "port"),
        ({"port": "9229"}, TypeError, "port"),
        ({"wait_for_connection": 1}, TypeError, "wait_for_connection"),
        ({"display_name": 5}, TypeError, "display_name"),
    ],
)
def test_settings_that_are_none(settings, error, message):
    # Before 3.11 exceptions have no notes, which is where the argument's name is.
    named = error is ValueError or sys.version_info >= (3, 11)
    with pytest.raises(error, match=message if named else None):
        jsrun.InspectorConfig(**settings)
