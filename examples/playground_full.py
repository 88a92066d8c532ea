"""A JavaScript playground for others: limits, sessions, libraries, modules, and functions of the host.

    npm --prefix examples ci
    pip install -r examples/requirements.txt
    uvicorn --app-dir examples --factory playground_full:create_app

Settings has what can be set, each as an environment variable PLAYGROUND_<NAME>.
"""

import asyncio
import os
import secrets
import sqlite3
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any, Literal

import httpx2
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from jsrun import JavaScriptError, Pool, Runtime, RuntimeConfig, RuntimeCrashed, RuntimeTerminated, SnapshotBuilder

MIB = 1 << 20


@dataclass(frozen=True)
class Settings:
    """What can be set. Times are in seconds, sizes in bytes."""

    isolation: str = "process"
    """Where programs run: "process" keeps those of strangers out of the server's, "thread" does not."""
    ready_workers: int = 4
    """Processes that are kept ready for programs."""
    max_timeout: float = 10.0
    max_heap_size: int = 64 * MIB
    max_value_size: int = MIB
    """The largest value of a program, and the most that it may write to its console."""
    max_request_size: int = 2 * MIB
    max_runs: int = 8
    """Programs that run at a time."""
    max_wait: float = 5.0
    """How long others wait for their turn before they are refused."""
    max_sessions: int = 32
    session_idle: float = 600.0
    """How long a session lives without being used."""
    weather_url: str = "http://127.0.0.1:8080/weather"
    """The service behind getWeather(city)."""
    libraries: Path = Path(__file__).parent / "node_modules"

    @classmethod
    def from_environment(cls) -> "Settings":
        names = {setting.name: f"PLAYGROUND_{setting.name.upper()}" for setting in fields(cls)}
        given = {name: os.environ[variable] for name, variable in names.items() if variable in os.environ}
        return cls(**{name: type(getattr(cls, name))(text) for name, text in given.items()})


# What clients send and get.


class CodeRequest(BaseModel):
    code: str = Field(max_length=100_000)
    timeout: float = Field(default=5.0, gt=0, description="seconds")
    modules: dict[str, str] = Field(default={}, max_length=20, description="sources, by the name to import them by")


class Failure(BaseModel):
    kind: Literal["timeout", "javascript", "crashed", "terminated", "runtime"]
    message: str
    name: str | None = Field(default=None, description="of the JavaScript error")
    line: int | None = None
    column: int | None = None


class CodeResponse(BaseModel):
    success: bool
    result: str | None = None
    error: Failure | None = None
    console: list[str] = []


class SessionResponse(BaseModel):
    id: str
    expires_in: float = Field(description="seconds, counted anew with each use")


def to_failure(error: Exception) -> Failure:
    """The order matters: timeouts and terminations are RuntimeErrors, too, and a crash is a termination."""
    match error:
        case TimeoutError():
            return Failure(kind="timeout", message=str(error))
        case JavaScriptError(name=name, message=message, frames=frames):
            place = next((frame for frame in frames if frame["file_name"] == "<eval>"), None)
            line, column = (place["line_number"], place["column_number"]) if place else (None, None)
            return Failure(kind="javascript", name=name, message=message, line=line, column=column)
        case RuntimeCrashed():
            return Failure(kind="crashed", message=str(error))
        case RuntimeTerminated():
            return Failure(kind="terminated", message=str(error))
        case RuntimeError() | ValueError():
            return Failure(kind="runtime", message=str(error))
    raise error


def to_text(value: object) -> str:
    """Half a surrogate pair, which strings of JavaScript may have, has no place in JSON's UTF-8."""
    return str(value).encode(errors="replace").decode()


# What programs find besides JavaScript.


class Books:
    """A database. Its one connection serves one query at a time, in a thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(":memory:", check_same_thread=False)
        self._connection.executescript(
            """
            CREATE TABLE books (title TEXT, author TEXT, year INTEGER);
            INSERT INTO books VALUES
                ('The Left Hand of Darkness', 'Ursula K. Le Guin', 1969),
                ('The Dispossessed', 'Ursula K. Le Guin', 1974),
                ('Solaris', 'Stanisław Lem', 1961);
            PRAGMA query_only = ON;
            """
        )

    async def find(self, author: str) -> list[dict[str, Any]]:
        """findBooks(author): programs choose the parameter, never the SQL."""
        if not isinstance(author, str):
            raise TypeError("findBooks needs the name of an author")
        return await asyncio.to_thread(self._find, author)

    def _find(self, author: str) -> list[dict[str, Any]]:
        query = "SELECT title, year FROM books WHERE author = ? ORDER BY year LIMIT 100"
        with self._lock:
            return [{"title": title, "year": year} for title, year in self._connection.execute(query, (author,))]

    def close(self) -> None:
        with self._lock:
            self._connection.close()


class Weather:
    """An HTTP service."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = httpx2.AsyncClient(timeout=5.0, trust_env=False)

    async def get(self, city: str) -> Any:
        """getWeather(city): programs choose the query, never the address. What goes wrong they are told in our words."""
        if not isinstance(city, str):
            raise TypeError("getWeather needs the name of a city")
        try:
            response = await self._client.get(self._url, params={"city": city})
            if response.status_code == 404:
                raise LookupError(f"there is no weather for {city}")
            return response.raise_for_status().json()
        except (httpx2.HTTPError, ValueError) as error:
            raise ConnectionError("the weather service does not answer") from error

    async def close(self) -> None:
        await self._client.aclose()


class Console:
    """What a program writes, up to a size. It is written on the runtime's thread and read on the event loop's."""

    def __init__(self, max_size: int) -> None:
        self._lock = threading.Lock()
        self._max_size = self._left = max_size
        self._lines: list[str] = []

    def write(self, level: str, text: str) -> None:
        with self._lock:
            if self._left > 0:
                self._lines.append(f"{level}: {text[: self._left]}")
                self._left -= len(text) + 1

    def take(self) -> list[str]:
        with self._lock:
            lines, self._lines, self._left = self._lines, [], self._max_size
            return lines


def build_snapshot(libraries: Path) -> bytes:
    """Lodash as `_` and Day.js as `dayjs`, read and run once, here, instead of in every runtime."""
    builder = SnapshotBuilder()
    for library in ["lodash/lodash.min.js", "dayjs/dayjs.min.js"]:
        try:
            source = (libraries / library).read_text(encoding="utf-8")
        except FileNotFoundError:
            raise RuntimeError(f"{libraries / library} is missing: run npm --prefix {libraries.parent} ci") from None
        builder.execute_script(library, source)
    return builder.build()


# Where programs run.


def start_pool(settings: Settings) -> Pool | None:
    if settings.isolation == "thread":
        return None
    if settings.isolation != "process":
        raise ValueError('isolation must be "thread" or "process"')
    return Pool(settings.ready_workers, max_runtimes=settings.max_runs + settings.max_sessions)


@dataclass
class Session:
    """A runtime that lives from program to program."""

    runtime: Runtime
    console: Console
    expiry: asyncio.TimerHandle
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Playground:
    """What the routes share. All of it belongs to one event loop and is touched there only."""

    def __init__(self, settings: Settings, snapshot: bytes, pool: Pool | None) -> None:
        self.settings = settings
        self._snapshot = snapshot
        self._pool = pool
        self._books = Books()
        self._weather = Weather(settings.weather_url)
        self._runs = asyncio.Semaphore(settings.max_runs)
        self._sessions: dict[str, Session] = {}
        self._new_sessions = 0
        self._closing: set[asyncio.Task[None]] = set()

    async def execute(self, request: CodeRequest) -> CodeResponse:
        """Runs a program in a runtime of its own."""
        async with turn(self._runs, self.settings.max_wait):
            console = Console(self.settings.max_value_size)
            async with await asyncio.to_thread(self._make_runtime, console) as runtime:
                return await self._run(runtime, console, request)

    async def execute_in(self, id: str, request: CodeRequest) -> CodeResponse:
        """Runs a program in a session, after those that came before."""
        session = self._find(id)
        async with turn(session.turn, self.settings.max_wait), turn(self._runs, self.settings.max_wait):
            if self._sessions.get(id) is not session:
                raise unknown_session()
            session.expiry.cancel()
            try:
                return await self._run(session.runtime, session.console, request)
            finally:
                # Over its heap limit, a runtime is closed.
                if session.runtime.is_closed():
                    self._sessions.pop(id, None)
                else:
                    session.expiry = self._expire_later(id)

    async def start_session(self) -> SessionResponse:
        if len(self._sessions) + self._new_sessions >= self.settings.max_sessions:
            raise HTTPException(503, "too many sessions", {"Retry-After": "60"})
        console = Console(self.settings.max_value_size)
        self._new_sessions += 1
        try:
            runtime = await asyncio.to_thread(self._make_runtime, console)
        finally:
            self._new_sessions -= 1
        id = secrets.token_urlsafe(16)
        self._sessions[id] = Session(runtime, console, self._expire_later(id))
        return SessionResponse(id=id, expires_in=self.settings.session_idle)

    def describe_session(self, id: str) -> SessionResponse:
        expiry = self._find(id).expiry
        # None is set while a program runs.
        left = expiry.when() - asyncio.get_running_loop().time()
        return SessionResponse(id=id, expires_in=self.settings.session_idle if expiry.cancelled() else left)

    async def end_session(self, id: str) -> None:
        """Ends a session, and the program that runs in it."""
        session = self._find(id)
        del self._sessions[id]
        session.expiry.cancel()
        await session.runtime.aclose()

    async def close(self) -> None:
        for id in list(self._sessions):
            await self.end_session(id)
        await asyncio.gather(*self._closing)
        await self._weather.close()
        self._books.close()

    def _make_runtime(self, console: Console) -> Runtime:
        config = RuntimeConfig(
            max_heap_size=self.settings.max_heap_size,
            max_serialization_bytes=self.settings.max_value_size,
            timeout=self.settings.max_timeout,
            snapshot=self._snapshot,
            on_console=console.write,
        )
        runtime = self._pool.runtime(config) if self._pool else Runtime(config)
        runtime.bind_function("findBooks", self._books.find)
        runtime.bind_function("getWeather", self._weather.get)
        return runtime

    async def _run(self, runtime: Runtime, console: Console, request: CodeRequest) -> CodeResponse:
        try:
            for name, source in request.modules.items():
                runtime.add_static_module(name, source)
            timeout = min(request.timeout, self.settings.max_timeout)
            result = await runtime.eval_async(request.code, timeout=timeout)
            return CodeResponse(success=True, result=to_text(result), console=console.take())
        except Exception as error:
            return CodeResponse(success=False, error=to_failure(error), console=console.take())

    def _find(self, id: str) -> Session:
        session = self._sessions.get(id)
        if session is None:
            raise unknown_session()
        return session

    def _expire_later(self, id: str) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(self.settings.session_idle, self._expire, id)

    def _expire(self, id: str) -> None:
        task = asyncio.get_running_loop().create_task(self.end_session(id))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


def unknown_session() -> HTTPException:
    return HTTPException(404, "no such session: it was ended, or expired")


@asynccontextmanager
async def turn(place: asyncio.Lock | asyncio.Semaphore, max_wait: float) -> AsyncIterator[None]:
    try:
        await asyncio.wait_for(place.acquire(), max_wait)
    except asyncio.TimeoutError:
        raise HTTPException(503, "too many programs run", {"Retry-After": "1"}) from None
    try:
        yield
    finally:
        place.release()


# HTTP.

router = APIRouter()


def find_playground(request: Request) -> Playground:
    playground: Playground = request.app.state.playground
    return playground


PlaygroundOfApp = Annotated[Playground, Depends(find_playground)]


@router.post("/execute")
async def execute(request: CodeRequest, playground: PlaygroundOfApp) -> CodeResponse:
    return await playground.execute(request)


@router.post("/sessions", status_code=201)
async def start_session(playground: PlaygroundOfApp) -> SessionResponse:
    return await playground.start_session()


@router.get("/sessions/{id}")
async def describe_session(id: str, playground: PlaygroundOfApp) -> SessionResponse:
    return playground.describe_session(id)


@router.post("/sessions/{id}/execute")
async def execute_in(id: str, request: CodeRequest, playground: PlaygroundOfApp) -> CodeResponse:
    return await playground.execute_in(id, request)


@router.delete("/sessions/{id}", status_code=204)
async def end_session(id: str, playground: PlaygroundOfApp) -> None:
    await playground.end_session(id)


def create_app(settings: Settings | None = None) -> FastAPI:
    settings = settings or Settings.from_environment()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        snapshot = await asyncio.to_thread(build_snapshot, settings.libraries)
        pool = await asyncio.to_thread(start_pool, settings)
        app.state.playground = Playground(settings, snapshot, pool)
        try:
            yield
        finally:
            await app.state.playground.close()
            if pool:
                await pool.aclose()

    app = FastAPI(title="Playground", lifespan=lifespan)
    app.include_router(router)

    @app.exception_handler(RequestValidationError)
    async def refuse(request: Request, error: RequestValidationError) -> JSONResponse:
        """Says what is wrong with a request without repeating it: a timeout of 1e999 has no spelling in JSON."""
        details = [{key: detail[key] for key in ("type", "loc", "msg")} for detail in error.errors()]
        return JSONResponse({"detail": details}, status_code=422)

    @app.middleware("http")
    async def limit_size(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        """A request says how long it is, and is not longer than it says."""
        length = request.headers.get("content-length", "0")
        if "transfer-encoding" in request.headers or not length.isdigit():
            return JSONResponse({"detail": "Content-Length is needed"}, status_code=411)
        if int(length) > settings.max_request_size:
            return JSONResponse({"detail": f"at most {settings.max_request_size} bytes"}, status_code=413)
        return await call_next(request)

    return app
