"""The programs in examples/, as servers of their own under uvicorn."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

import jsrun

# The programs say where their runtimes live.
pytestmark = pytest.mark.isolation("thread")

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PATIENCE = 60.0


@contextlib.contextmanager
def serve(*app, **environment):
    """A client of an app that uvicorn serves on a free port, and which ends cleanly."""
    server = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "--port", "0", "--app-dir", str(EXAMPLES), *app],
        env={**os.environ, **environment},
        stderr=subprocess.PIPE,
        text=True,
    )
    log = []
    try:
        for line in server.stderr:
            log.append(line)
            if found := re.search(r"running on (http://\S+)", line):
                break
        else:
            pytest.fail("".join(log))
        # Whoever does not read a pipe blocks its writer.
        reader = threading.Thread(target=lambda: log.extend(server.stderr))
        reader.start()
        with httpx2.Client(base_url=found[1], timeout=PATIENCE, trust_env=False) as client:
            yield client
        server.send_signal(signal.SIGTERM)
        status = server.wait(PATIENCE)
        reader.join()
        assert "Application shutdown complete" in "".join(log)
        assert "Traceback" not in "".join(log), "".join(log)
        assert status in (0, -signal.SIGTERM)
    finally:
        server.kill()
        server.wait()


def post(client, path="/execute", status=200, **body):
    response = client.post(path, json=body)
    assert response.status_code == status, response.text
    return response.json()


WRONG_REQUESTS = [
    ("", 422, "body"),
    ("[]", 422, "body"),
    ("{", 422, "body"),
    ("{}", 422, "code"),
    ('{"code": 5}', 422, "code"),
    ('{"code": "1", "timeout": 0}', 422, "timeout"),
    ('{"code": "1", "timeout": -1}', 422, "timeout"),
    ('{"code": "1", "timeout": NaN}', 422, "timeout"),
    ('{"code": "1", "timeout": "soon"}', 422, "timeout"),
]


# No source has it, and JSON may.
HALF_A_PAIR = ('{"code": "\\ud800"}', 200, "surrogates not allowed")


def check_wrong_requests(client, requests, path="/execute"):
    for body, status, culprit in requests:
        response = client.post(path, content=body, headers={"Content-Type": "application/json"})
        assert response.status_code == status, (body, response.text)
        assert culprit in response.text, (body, response.text)
    assert client.get(path).status_code == 405
    assert client.get("/nowhere").status_code == 404


def test_they_are_typed(tmp_path):
    package = os.path.dirname(os.path.dirname(jsrun.__file__))
    programs = sorted(map(str, EXAMPLES.glob("*.py")))
    assert len(programs) >= 2
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", *programs],
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": package},
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


# playground.py


@pytest.fixture(scope="module")
def playground():
    with serve("--loop", "asyncio", "playground:app") as client:
        yield client


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("2 + 2", "4"),
        ("'text'", "text"),
        ("[1, 'a', null]", "[1, 'a', None]"),
        ("undefined", "undefined"),
        ("Promise.resolve(5)", "5"),
        ("new Promise((resolve) => setTimeout(resolve, 5, 'later'))", "later"),
        ("'a\\ud800'", "a?"),
    ],
)
def test_playground(playground, code, result):
    assert post(playground, code=code) == {"success": True, "result": result, "error": None}


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("null.x", "TypeError: Cannot read properties of null"),
        ("let 1", "SyntaxError"),
        ("Promise.reject(new RangeError('no'))", "RangeError: no"),
        ("while (true) {}", "timed out"),
        ("new Promise(() => {})", "pending"),
        ("Symbol()", "cannot convert Symbol"),
        ("2n ** 20000n", "digits"),
    ],
)
def test_playground_failures(playground, code, error):
    answer = post(playground, code=code, timeout=0.5 if error == "timed out" else 30)
    assert (answer["success"], answer["result"]) == (False, None)
    assert error in answer["error"]
    assert post(playground, code="1 + 1")["result"] == "2"


def test_playground_forgets(playground):
    assert post(playground, code="globalThis.x = 1")["success"]
    assert post(playground, code="typeof x")["result"] == "undefined"


def test_playground_refuses(playground):
    check_wrong_requests(playground, [*WRONG_REQUESTS, ('{"code": "1", "timeout": 1e999}', 422, "timeout"), HALF_A_PAIR])


def test_playground_serves_many(playground):
    with ThreadPoolExecutor(8) as threads:
        slow = "new Promise((resolve) => setTimeout(resolve, 20, {}))"
        answers = list(threads.map(lambda n: post(playground, code=slow.format(n)), range(24)))
    assert [answer["result"] for answer in answers] == [str(n) for n in range(24)]


# playground_full.py


class WeatherService(BaseHTTPRequestHandler):
    def do_GET(self):
        city = parse_qs(urlsplit(self.path).query).get("city", [""])[0]
        status = {"Atlantis": 404, "Broken": 500}.get(city, 200)
        body = b"{" if city == "Garbled" else json.dumps({"city": city, "celsius": 21.5}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def weather_url():
    with ThreadingHTTPServer(("127.0.0.1", 0), WeatherService) as service:
        threading.Thread(target=service.serve_forever).start()
        yield f"http://127.0.0.1:{service.server_port}/weather"
        service.shutdown()


FULL = ("--loop", "uvloop", "--factory", "playground_full:create_app")


@pytest.fixture(scope="module", params=["thread", "process"])
def full(weather_url, request):
    where = {"PLAYGROUND_WEATHER_URL": weather_url, "PLAYGROUND_ISOLATION": request.param}
    with serve(*FULL, PLAYGROUND_MAX_TIMEOUT="100", **where) as client:
        client.isolation = request.param
        yield client


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("2 + 2", "4"),
        ("_.chunk([1, 2, 3], 2)", "[[1, 2], [3]]"),
        ("dayjs('2026-01-31').add(1, 'month').format('YYYY-MM-DD')", "2026-02-28"),
        ("findBooks('Stanisław Lem')", "[{'title': 'Solaris', 'year': 1961}]"),
        ("""findBooks("' OR 1 = 1 --")""", "[]"),
        ("getWeather('Oslo').then(({ celsius }) => celsius)", "21.5"),
        ("getWeather('a&city=Oslo').then(({ city }) => city)", "a&city=Oslo"),
        ("'a\\ud800'", "a?"),
    ],
)
def test_full(full, code, result):
    assert post(full, code=code) == {"success": True, "result": result, "error": None, "console": []}


@pytest.mark.parametrize(
    ("code", "kind", "message"),
    [
        ("while (true) {}", "timeout", "timed out"),
        ("null.x", "javascript", "Cannot read properties of null"),
        ("findBooks(5)", "javascript", "needs the name"),
        ("getWeather('Atlantis')", "javascript", "no weather for Atlantis"),
        ("getWeather('Broken')", "javascript", "does not answer"),
        ("getWeather('Garbled')", "javascript", "does not answer"),
        ("const all = []; while (true) all.push(new Array(1000).fill(0).map(() => ({})))", "terminated", "eap limit"),
        ("Symbol()", "runtime", "cannot convert Symbol"),
        ("'x'.repeat(2 ** 21)", "runtime", "exceeded maximum limit"),
        ("new Promise(() => {})", "runtime", "pending"),
        ("2n ** 20000n", "runtime", "digits"),
    ],
)
def test_full_failures(full, code, kind, message):
    answer = post(full, code=code, timeout=1 if kind == "timeout" else 50)
    assert (answer["success"], answer["result"]) == (False, None)
    assert answer["error"]["kind"] == kind
    assert message in answer["error"]["message"]
    assert post(full, code="1 + 1")["result"] == "2"


@pytest.mark.parametrize("code", ["new Array(2 ** 32 - 1).fill(0)", "const a = ['x'.repeat(2 ** 29 - 24)]; a.push(...a[0])"])
def test_full_survives(full, code):
    """Programs that end V8: in the server's process that would be the server."""
    if full.isolation == "thread":
        pytest.skip("ends the server")
    session = f"/sessions/{start(full)}"
    for path in ["/execute", f"{session}/execute"]:
        assert post(full, path, code=code, timeout=50)["error"]["kind"] in ("crashed", "terminated")
    assert full.get(session).status_code == 404
    assert post(full, code="1 + 1")["result"] == "2"


def test_full_tells_where(full):
    error = post(full, code="const list = null\nlist.map(f)")["error"]
    assert (error["name"], error["line"], error["column"]) == ("TypeError", 2, 6)
    error = post(full, code="try { await_() } catch (error) { throw error }")["error"]
    assert error["name"] == "ReferenceError"


def test_full_names_what_the_host_raised(full):
    error = post(full, code="getWeather('Broken').catch((error) => { throw error })")["error"]
    assert (error["name"], error["message"]) == ("ConnectionError", "the weather service does not answer")
    assert post(full, code="getWeather('Broken').catch((error) => error.stack)")["result"].count("http") == 0


def test_full_console(full):
    answer = post(full, code="console.log('a', { b: 1 }); console.warn('c'); null.x")
    assert answer["console"] == ["log: a { b: 1 }", "warn: c"]
    flood = post(full, code="for (let i = 0; i < 1e5; i++) console.log('x'.repeat(100))")["console"]
    assert 1 << 19 < sum(map(len, flood)) < 1 << 21


def test_full_modules(full):
    modules = {"stats": "export const mean = (list) => _.sum(list) / list.length", "n": "export { mean as default } from 'stats'"}
    assert post(full, code="import('n').then((n) => n.default([1, 2, 6]))", modules=modules)["result"] == "3"
    assert post(full, code="import('stats')")["error"]["kind"] == "javascript"
    assert post(full, code="import('bad')", modules={"bad": "export let 1"})["error"]["name"] == "SyntaxError"


def test_full_refuses(full):
    check_wrong_requests(
        full,
        [
            *WRONG_REQUESTS,
            (json.dumps({"code": "x" * 100_001}), 422, "code"),
            (json.dumps({"code": "1", "modules": {str(n): "" for n in range(21)}}), 422, "modules"),
            ('{"code": "1", "modules": {"a": 5}}', 422, "modules"),
            ('{"code": "\\ud800"}', 422, "code"),
            ('{"code": "1", "modules": {"a": "\\ud800"}}', 200, "surrogates not allowed"),
            (" " * (1 << 21) + "{}", 413, "at most"),
        ],
    )
    assert full.post("/execute", content=iter([b"{}"])).status_code == 411
    assert full.post("/sessions/none/execute", json={"code": "1"}).status_code == 404
    assert full.get("/sessions/none").status_code == 404
    assert full.delete("/sessions/none").status_code == 404


def test_full_gives_a_long_timeout_the_longest_there_is(weather_url):
    with serve(*FULL, PLAYGROUND_MAX_TIMEOUT="0.2") as client:
        assert post(client, code="while (true) {}", timeout=1000)["error"]["kind"] == "timeout"
        assert post(client, path=f"/sessions/{start(client)}/execute", code="while (true) {}")["error"]["kind"] == "timeout"


def start(client):
    response = client.post("/sessions")
    assert response.status_code == 201, response.text
    return response.json()["id"]


def test_a_session_remembers(full):
    one, other = f"/sessions/{start(full)}", f"/sessions/{start(full)}"
    assert post(full, f"{one}/execute", code="let n = 1; console.log('only once')")["console"] == ["log: only once"]
    assert post(full, f"{one}/execute", code="while (true) {}", timeout=0.1)["error"]["kind"] == "timeout"
    assert post(full, f"{one}/execute", code="m = _.last([n + 1])", modules={"m": "export default 5"})["result"] == "2"
    assert post(full, f"{one}/execute", code="import('m').then((m) => m.default + n)")["result"] == "6"
    assert post(full, f"{other}/execute", code="typeof n")["result"] == "undefined"
    assert 0 < full.get(one).json()["expires_in"] <= 600
    for session in (one, other):
        assert full.delete(session).status_code == 204
        assert full.delete(session).status_code == 404
    assert full.post(f"{one}/execute", json={"code": "n"}).status_code == 404


def test_programs_of_a_session_take_turns(full):
    path = f"/sessions/{start(full)}/execute"
    post(full, path, code="let running = 0, most = 0")
    code = "most = Math.max(most, ++running), new Promise((resolve) => setTimeout(() => resolve(running--), 5))"
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: post(full, path, code=code), range(16)))
    assert all(answer["success"] for answer in answers)
    assert post(full, path, code="[running, most]")["result"] == "[0, 1]"


def test_a_session_over_its_memory_is_gone(full):
    path = f"/sessions/{start(full)}/execute"
    hog = "const all = []; while (true) all.push(new Array(1000).fill(0).map(() => ({})))"
    assert post(full, path, code=hog, timeout=50)["error"]["kind"] == "terminated"
    assert full.post(path, json={"code": "1"}).status_code == 404


@contextlib.contextmanager
def running_program(client):
    """A session in which a program runs, and what will be answered when it is ended."""
    session = f"/sessions/{start(client)}"
    wait_until(lambda: client.get(session).json()["expires_in"] < 600)
    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(client.post, f"{session}/execute", json={"code": "while (true) {}", "timeout": 100})
        wait_until(lambda: client.get(session).json()["expires_in"] == 600)
        yield session, answer


def test_ending_a_session_ends_its_program(full):
    with running_program(full) as (session, answer):
        assert full.delete(session).status_code == 204
        failed = answer.result(PATIENCE).json()
    assert failed["success"] is False and failed["error"]["kind"] in ("terminated", "runtime")
    assert full.get(session).status_code == 404


def test_sessions_are_bounded_and_expire():
    with serve(*FULL, PLAYGROUND_MAX_SESSIONS="2", PLAYGROUND_SESSION_IDLE="0.3") as client:
        first = start(client)
        wait_until(lambda: client.get(f"/sessions/{first}").status_code == 404)
    with serve(*FULL, PLAYGROUND_MAX_SESSIONS="2") as client:
        first, _ = start(client), start(client)
        refused = client.post("/sessions")
        assert refused.status_code == 503 and "Retry-After" in refused.headers
        client.delete(f"/sessions/{first}")
        # The last two are closed by the shutdown.
        start(client)


def test_programs_wait_for_their_turn():
    with serve(*FULL, PLAYGROUND_MAX_TIMEOUT="100", PLAYGROUND_MAX_RUNS="1", PLAYGROUND_MAX_WAIT="0.05") as client:
        with running_program(client) as (session, _):
            refused = client.post("/execute", json={"code": "1"})
            assert refused.status_code == 503 and refused.headers["Retry-After"] == "1"
            client.delete(session)
        assert post(client, code="1")["result"] == "1"


def test_libraries_that_are_missing(tmp_path):
    server = subprocess.run(
        [sys.executable, "-m", "uvicorn", "--port", "0", "--app-dir", str(EXAMPLES), *FULL],
        env={**os.environ, "PLAYGROUND_LIBRARIES": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert server.returncode != 0
    assert f"{tmp_path}/lodash/lodash.min.js is missing: run npm --prefix" in server.stderr


def wait_until(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)
