"""Fixtures of all tests."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

import jsrun


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "isolation(*kinds): where the test's runtimes live; default: both kinds in turn")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    marker = metafunc.definition.get_closest_marker("isolation")
    metafunc.parametrize("isolation", marker.args if marker else ("thread", "process"), indirect=True)


@pytest.fixture(autouse=True)
def isolation(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Has each Runtime that the test makes live on a thread, or in a process of its own."""
    if request.param == "process":
        monkeypatch.setattr(jsrun, "Runtime", IsolatedRuntime)
    return request.param


class IsolatedRuntime(jsrun.Runtime):
    """A Runtime in a process of its own, whatever its configuration says."""

    def __new__(cls, config: jsrun.RuntimeConfig | None = None) -> "IsolatedRuntime":
        if config is None:
            config = jsrun.RuntimeConfig()
        if isinstance(config, jsrun.RuntimeConfig):
            config.isolation = "process"
        return super().__new__(cls, config)


@pytest.fixture
def runtime(isolation: str) -> Iterator[jsrun.Runtime]:
    with jsrun.Runtime() as runtime:
        yield runtime


def event_loops() -> list[Any]:
    import uvloop

    return [asyncio.new_event_loop, uvloop.new_event_loop]


@pytest.fixture(params=event_loops(), ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Iterator[Callable[[Coroutine[Any, Any, Any]], Any]]:
    """Runs a coroutine on an event loop of each kind, for at most 100 seconds."""
    loop = request.param()

    def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
        return loop.run_until_complete(asyncio.wait_for(coroutine, 100))

    yield run
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
