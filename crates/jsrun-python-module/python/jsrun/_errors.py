"""What can go wrong."""

from __future__ import annotations

import builtins
from typing import TypedDict


class Frame(TypedDict):
    """One call of a JavaScript stack. Lines and columns count from 1."""

    function_name: str | None
    file_name: str | None
    line_number: int | None
    column_number: int | None


class JavaScriptError(Exception):
    """JavaScript threw, a promise was rejected, or a source is no JavaScript. The runtime lives on.

    An exception of a bound Python function that JavaScript did not catch is its `__cause__`.

    >>> try:
    ...     jsrun.eval("null.x")
    ... except jsrun.JavaScriptError as error:
    ...     error.name, error.message, error.frames[0]["column_number"]
    ('TypeError', "Cannot read properties of null (reading 'x')", 6)
    """

    name: str | None
    """The error's name, such as `TypeError`; None when something else than an error was thrown."""
    message: str
    """The error's message, or the thrown value as a console shows it."""
    stack: str | None
    """The error's `stack`, if it has one."""
    frames: list[Frame]
    """The call stack, innermost first."""

    def __init__(
        self,
        message: str = "",
        name: str | None = "Error",
        stack: str | None = None,
        frames: list[Frame] | None = None,
    ) -> None:
        super().__init__(message, name, stack, frames)
        self.message = message
        self.name = name
        self.stack = stack
        self.frames = frames if frames is not None else []

    def __str__(self) -> str:
        if self.name is None:
            return f"Evaluation failed: Uncaught {self.message}"
        if not self.message:
            return f"Evaluation failed: {self.name}"
        return f"Evaluation failed: {self.name}: {self.message}"


class RuntimeTerminated(RuntimeError):
    """The runtime was terminated, or exceeded its heap limit. It is closed.

    >>> runtime.terminate()
    >>> runtime.eval("1")
    Traceback (most recent call last):
    jsrun.RuntimeTerminated: Runtime is closed: it was terminated by host request
    """


class RuntimeCrashed(RuntimeTerminated):
    """The runtime's own process has died, or was killed because it did not behave: with isolation="process" only. The
    runtime is gone; others, and this process, live on.

    >>> config = jsrun.RuntimeConfig(isolation="process", max_heap_size=32 * 1024 * 1024)
    >>> jsrun.Runtime(config).eval("new Array(2 ** 32 - 1).fill(0)")
    Traceback (most recent call last):
    jsrun.RuntimeCrashed: Runtime is closed: its process has crashed: Heap limit exceeded
    """


class RuntimeTimeout(RuntimeError, builtins.TimeoutError):
    """JavaScript took longer than it may. The runtime lives on. It is a TimeoutError, too.

    >>> asyncio.run(runtime.eval_async("while (true) {}", timeout=0.01))
    Traceback (most recent call last):
    jsrun.RuntimeTimeout: Evaluation timed out after 0.01 s
    """


for _class in (JavaScriptError, RuntimeCrashed, RuntimeTerminated, RuntimeTimeout):
    _class.__module__ = "jsrun"
