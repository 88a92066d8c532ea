"""tests/cases/ through the Python package, as far as what they expect can be told there.

A case is a whole program, which runs until nothing is left to wait for, and its value is shown as a console shows it. Here
it is one call: what needs files, limits, top-level await or a module is left to the other doors, and values that have no
text in Python are not compared.
"""

import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import jsrun

CASES = Path(__file__).parent.parent / "cases"

# What a call does otherwise than a run: top-level await, modules and imports, and the program's name.
ELSEWHERE = re.compile(r"\bawait\b|^\s*import\b|\bimport\s*\(|\bexport\b|import\.meta|main\.[jt]s\b", re.MULTILINE)

# What a console shows and a host gets otherwise: docs/values.md. It reads properties, and it keeps a lone surrogate.
READ = ("console/in-a-getter-of-a-value.js", "values/accessors.js", "values/lone-surrogate.js", "values/proxy.js")


class Case(NamedTuple):
    name: str
    code: str
    values: list[str]
    error: str | None
    console: list[tuple[str, str]]


def load(path: Path) -> Case | None:
    text = path.read_text()
    values, error, console = [], None, []
    for line in text.splitlines():
        if not line.startswith("// "):
            break
        word, _, rest = line[3:].partition(" ")
        if word in ("limit", "entry", "file"):
            return None
        if word == "expect":
            what, _, shown = rest.partition(":")
            shown = shown.removeprefix(" ")
            if what == "status":
                return None
            if what == "value":
                values.append(shown)
            elif what == "error":
                error = shown
            else:
                console.append((what.removeprefix("console "), shown.replace("\\n", "\n")))
    name = str(path.relative_to(CASES))
    program = "\n".join(line for line in text.splitlines() if not line.startswith("// expect"))
    if path.suffix == ".tsx" or "// file " in text or name in READ or ELSEWHERE.search(program):
        return None
    return Case(name, text, values, error, console)


ALL = [case for path in sorted(CASES.rglob("*.[jt]s*")) if (case := load(path)) is not None]


def text_of(value: Any) -> str | None:
    """The value's text in a console; None where Python has no such text."""
    if value is None:
        return "null"
    if value is jsrun.undefined:
        return "undefined"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and abs(value) < 2**53:
        return str(value)
    if isinstance(value, str):
        return value
    return None


async def settle(runtime: jsrun.Runtime) -> None:
    """Turns the event loop until no timer waits any more."""
    for _ in range(1000):
        stats = runtime.get_stats()
        if stats.active_timers + stats.active_intervals == 0:
            return
        await runtime.eval_async("new Promise((done) => setTimeout(done, 1))")
    raise AssertionError("its timers never end")


@pytest.mark.parametrize("case", ALL, ids=[case.name for case in ALL])
def test_case(case, run):
    heard = []
    config = jsrun.RuntimeConfig(
        web_apis=True,
        typescript=case.name.endswith(".ts"),
        timeout=100,
        on_console=lambda level, text: heard.append((level, text)),
    )

    async def evaluate(runtime):
        value = await runtime.eval_async(case.code)
        await settle(runtime)
        return value

    with jsrun.Runtime(config) as runtime:
        try:
            value = run(evaluate(runtime))
        except jsrun.JavaScriptError as error:
            # The place is that of the throw, and Python tells where the error was made.
            assert case.error is not None, error
            assert str(error) == "Evaluation failed: " + case.error.partition(" (main.")[0]
        except RuntimeError as error:
            assert case.error is None or str(error).endswith(case.error.removeprefix("Error: "))
        except (TypeError, ValueError):
            # A value that does not cross, such as a symbol or something that contains itself.
            assert case.error is None
        else:
            assert case.error is None, value
            text = text_of(value)
            if text is not None and case.values:
                assert text == "\n".join(case.values)
        name = "main.ts" if case.name.endswith(".ts") else "main.js"
        assert [(level, text.replace("<eval>", name)) for level, text in heard] == case.console


def test_most_cases_can_be_told_here():
    assert len(ALL) >= 110
