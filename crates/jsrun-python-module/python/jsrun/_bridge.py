"""What the compiled module leaves to Python: coroutines and the event loop."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import inspect
import os
import sys
import threading
import types
import warnings
from collections.abc import AsyncIterable, AsyncIterator, Awaitable as AnyAwaitable, Callable, Coroutine, Generator
from datetime import datetime, timedelta, timezone
from typing import Any
from weakref import WeakKeyDictionary

from ._jsrun import Mailbox, _is_out_of_breath

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
MILLISECOND = timedelta(milliseconds=1)


async def wait(call: Any) -> Any:
    """Begins a PendingCall, unless it has begun, and waits for it."""
    loop = asyncio.get_running_loop()
    try:
        value = call.begin(loop)
    except Exception:
        await breathe()
        raise
    if value is not NotImplemented:
        await breathe()
        return value
    future = loop.create_future()
    call.wait(future)
    try:
        return await future
    except (asyncio.CancelledError, GeneratorExit):
        call.cancel()
        raise


@types.coroutine
def breathe() -> Generator[None, None, None]:
    """Gives the loop a turn if it had none for a while."""
    if _is_out_of_breath():
        yield


# Where threads leave what an event loop is to do.
mailboxes: WeakKeyDictionary[asyncio.AbstractEventLoop, Mailbox] = WeakKeyDictionary()
mailboxes_lock = threading.Lock()


def mailbox(loop: asyncio.AbstractEventLoop) -> Mailbox | None:
    """The mailbox of a loop, on its own thread; None for a loop that watches no descriptors."""
    with mailboxes_lock:
        try:
            found = mailboxes.get(loop)
        except TypeError:
            # No weak references, no hash: there is nowhere to keep one.
            return None
        if found is not None:
            return found
        # A letter that nobody reads refers to its loop, which would then live on with its descriptor.
        for other in [other for other in mailboxes if other.is_closed()]:
            mailboxes.pop(other).close()
        made = Mailbox()
        try:
            watch(loop, made)
        except NotImplementedError:
            return None
        mailboxes[loop] = made
        return made


def watch(loop: asyncio.AbstractEventLoop, box: Mailbox) -> None:
    # Letters are to be read in no caller's context.
    contextvars.Context().run(loop.add_reader, box.fileno(), box.deliver)


def expect_turns(box: Mailbox) -> None:
    """Before code that may run the running loop again, inside a delivery."""
    loop = asyncio.get_running_loop()
    loop.call_soon(take_turn, loop, box)


def take_turn(loop: asyncio.AbstractEventLoop, box: Mailbox) -> None:
    if box.is_delivering():
        # The delivery has entered the context in which the loop would deliver; nobody enters a context twice.
        watch(loop, box)


def forget_mailboxes() -> None:
    """In a forked child, where their loops do not run. Another thread may have had the lock."""
    global mailboxes, mailboxes_lock
    mailboxes = WeakKeyDictionary()
    mailboxes_lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=forget_mailboxes)


class Awaitable:
    """A PendingCall that has begun and need not be awaited."""

    def __init__(self, call: Any) -> None:
        self._call = call

    def __await__(self) -> Generator[Any, None, Any]:
        return wait(self._call).__await__()


class Done:
    """Something that is done, and may be awaited all the same."""

    def __await__(self) -> Generator[Any, None, None]:
        return
        yield


async def ready(value: Any) -> Any:
    return value


async def wait_closed(closing: Any) -> None:
    """Waits for a Closing."""
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    closing.begin(loop, future)
    await future


def set_done(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def start_host_call(call: Any) -> None:
    """Begins a HostCall, on its event loop: at once, and not in the loop's next turn. No task runs now."""
    loop = asyncio.get_running_loop()
    if sys.version_info >= (3, 12):
        if loop.get_task_factory() is None:
            task = asyncio.Task(run_host_call(call), loop=loop, eager_start=True)
        else:
            task = loop.create_task(run_host_call(call))
        if not task.done():
            call.keep(task)
        return
    # Tasks cannot begin when they are made, but what is to run next stands in a queue, of which other kinds of loop have none.
    due = getattr(loop, "_ready", None) if loop.get_task_factory() is None else None
    count = 0 if due is None else len(due)
    call.keep(loop.create_task(run_host_call(call)))
    if due is not None and len(due) == count + 1:
        # The task's first step, which the task has just put there.
        due.pop()._run()


async def run_host_call(call: Any) -> None:
    try:
        result = call.invoke()
        if inspect.isawaitable(result):
            result = await result
    except asyncio.CancelledError as error:
        call.fail(error)
        raise
    except BaseException as error:
        call.fail(error)
        if not isinstance(error, Exception):
            raise
    else:
        call.finish(result)


def is_coroutine_function(function: Callable[..., Any]) -> bool:
    while isinstance(function, functools.partial):
        function = function.func
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None))


def is_awaitable(value: Any) -> bool:
    return inspect.isawaitable(value)


def running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def async_iterator(iterable: AsyncIterable[Any]) -> AsyncIterator[Any]:
    return aiter(iterable)


def close_iterator(iterator: Any) -> None:
    """Closes an async iterator, on its event loop."""
    aclose = getattr(iterator, "aclose", None)
    if aclose is not None:
        task = asyncio.get_running_loop().create_task(finish(aclose()))
        closing.add(task)
        task.add_done_callback(closing.discard)


# Loops refer to their tasks weakly.
closing: set[asyncio.Task[None]] = set()


async def finish(awaitable: AnyAwaitable[Any]) -> None:
    await awaitable


def decorator(runtime: Any, name: str | None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return functools.partial(runtime.bind, name=name)


def to_milliseconds(moment: datetime) -> int:
    if moment.tzinfo is None or moment.utcoffset() is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return (moment - EPOCH) // MILLISECOND


def from_milliseconds(time: float) -> datetime:
    return EPOCH + timedelta(milliseconds=time)


def print_console(level: str, text: str) -> None:
    print(text, file=sys.stderr if level in ("warn", "error", "trace") else sys.stdout)


async def close_in_thread(pool: Any) -> None:
    await asyncio.get_running_loop().run_in_executor(None, pool.close)


def warn_of_sandbox(shortcomings: str) -> None:
    text = f"runtimes in processes are not confined as they should be: {shortcomings}"
    warnings.warn(text, RuntimeWarning, stacklevel=2)


def snapshot_command() -> list[str]:
    """What starts a process that builds snapshots."""
    return serving_command("_serve_snapshot_builder")


def zygote_command() -> list[str]:
    """What starts a process that workers are forked from; it takes more arguments."""
    return serving_command("_serve_zygote")


def zygote_environment() -> list[tuple[str, str]]:
    """What that process needs to find this interpreter's libraries, and nothing else."""
    return [(name, os.environ[name]) for name in ("LD_LIBRARY_PATH",) if name in os.environ]


def serving_command(function: str) -> list[str]:
    """This interpreter with the compiled module and nothing else, which calls a function of that."""
    from . import _jsrun

    if not sys.executable:
        raise RuntimeError("this needs a process of its own, and sys.executable names no interpreter for it")
    if getattr(sys, "frozen", False):
        raise RuntimeError("this needs a process of its own, and a frozen program has no interpreter for it")
    return [sys.executable, "-I", "-S", "-c", SERVE, str(_jsrun.__file__), function]


SERVE = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("jsrun._jsrun", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
sys.exit(getattr(module, sys.argv[2])(sys.argv[3:]))
"""
