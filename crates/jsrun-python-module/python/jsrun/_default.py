"""The default runtime of a task or a thread."""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Callable, Coroutine, Mapping
from datetime import timedelta
from typing import Any

from ._jsrun import Runtime


class _DefaultRuntime(Runtime):
    """A runtime that only its owner may close: a task, or a thread outside of tasks."""

    def __new__(cls, owner: object) -> _DefaultRuntime:
        self = super().__new__(cls)
        self._owner = weakref.ref(owner)
        return self

    def __init__(self, owner: object) -> None:
        super().__init__()

    _owner: weakref.ref[object]

    def close(self) -> None:
        self._check_owner()
        super().close()

    def aclose(self) -> Coroutine[Any, Any, None]:
        self._check_owner()
        return super().aclose()

    def _check_owner(self) -> None:
        owner = self._owner()
        if not self.is_closed() and owner is not None and owner is not _current_owner():
            raise RuntimeError("a default runtime can only be closed by the task or thread that it belongs to")

    def _release(self) -> None:
        """Closes it because its owner has ended."""
        super().close()


_of_tasks: weakref.WeakKeyDictionary[object, _DefaultRuntime] = weakref.WeakKeyDictionary()


class _ThreadOwner:
    """Stands for a thread: it goes when the thread ends."""

    runtime: _DefaultRuntime | None = None

    def __del__(self) -> None:
        if self.runtime is not None:
            self.runtime._release()


class _OfThread(threading.local):
    def __init__(self) -> None:
        self.owner = _ThreadOwner()


_of_thread = _OfThread()


def _current_task() -> asyncio.Task[Any] | None:
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None


def _current_owner() -> object:
    return _current_task() or _of_thread.owner


def _find() -> _DefaultRuntime | None:
    task = _current_task()
    runtime = _of_thread.owner.runtime if task is None else _of_tasks.get(task)
    return None if runtime is None or runtime.is_closed() else runtime


def get_default_runtime() -> Runtime:
    """The runtime of the current asyncio task, or of the current thread outside of tasks.

    It is made on first use, and closed when its task or thread ends. Child tasks and other threads have their own.

    >>> jsrun.get_default_runtime() is jsrun.get_default_runtime()
    True
    """
    runtime = _find()
    if runtime is not None:
        return runtime
    task = _current_task()
    if task is None:
        owner = _of_thread.owner
        runtime = owner.runtime = _DefaultRuntime(owner)
        return runtime
    runtime = _DefaultRuntime(task)
    if task not in _of_tasks:
        task.add_done_callback(_close_of_task)
    _of_tasks[task] = runtime
    return runtime


def _close_of_task(task: asyncio.Task[Any]) -> None:
    runtime = _of_tasks.pop(task, None)
    if runtime is not None:
        runtime._release()


def close_default_runtime() -> None:
    """Closes the default runtime of the current task or thread, if there is one. The next use makes another.

    >>> jsrun.eval("globalThis.x = 1")
    1
    >>> jsrun.close_default_runtime()
    >>> jsrun.eval("typeof x")
    'undefined'
    """
    runtime = _find()
    if runtime is not None:
        runtime.close()


def eval(code: str) -> Any:
    """Runs a script in the default runtime; see Runtime.eval.

    >>> jsrun.eval("6 * 7")
    42
    """
    return get_default_runtime().eval(code)


def eval_async(code: str, *, timeout: float | timedelta | None = None) -> Coroutine[Any, Any, Any]:
    """Runs a script in the default runtime and waits for its promise; see Runtime.eval_async.

    The default runtime is that of the caller, whoever awaits.

    >>> asyncio.run(jsrun.eval_async("Promise.resolve(42)"))
    42
    """
    return get_default_runtime().eval_async(code, timeout=timeout)


def bind_function(name: str, handler: Callable[..., Any]) -> None:
    """Makes a Python function a global of the default runtime; see Runtime.bind_function.

    >>> jsrun.bind_function("add", lambda a, b: a + b)
    >>> jsrun.eval("add(2, 3)")
    5
    """
    get_default_runtime().bind_function(name, handler)


def bind_object(name: str, obj: Mapping[str, Any]) -> None:
    """Makes an object a global of the default runtime; see Runtime.bind_object.

    >>> jsrun.bind_object("config", {"debug": True})
    >>> jsrun.eval("config.debug")
    True
    """
    get_default_runtime().bind_object(name, obj)
