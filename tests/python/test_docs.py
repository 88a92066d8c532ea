"""The examples in docstrings, and the stubs."""

import asyncio
import doctest
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from stub_docstrings import with_docstrings

import jsrun

# The examples say where their runtimes live.
pytestmark = pytest.mark.isolation("thread")


def documented():
    yield "jsrun", jsrun, jsrun.__doc__
    for name in jsrun.__all__:
        thing = getattr(jsrun, name)
        if isinstance(thing, str):
            continue
        yield name, thing, type(thing).__doc__ if thing is jsrun.undefined else thing.__doc__
        if inspect.isclass(thing):
            for member, value in vars(thing).items():
                if not member.startswith("_"):
                    yield f"{name}.{member}", value, value.__doc__


DOCUMENTED = list(documented())
EXAMPLES = [(name, text) for name, _, text in DOCUMENTED if text and ">>>" in text]


def test_everything_public_is_documented():
    assert len(DOCUMENTED) > 75
    assert [name for name, _, text in DOCUMENTED if not text] == []


def test_whatever_is_called_has_an_example():
    shown = {name for name, _ in EXAMPLES}
    assert [name for name, thing, _ in DOCUMENTED if callable(thing) and name not in shown] == []


@pytest.mark.parametrize(("name", "text"), EXAMPLES, ids=[name for name, _ in EXAMPLES])
def test_an_example(runtime, name, text):
    names = {"jsrun": jsrun, "asyncio": asyncio, "runtime": runtime}
    test = doctest.DocTestParser().get_doctest(text, names, name, None, 0)
    failed = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=failed.append)
    jsrun.close_default_runtime()
    assert not failed, "".join(failed)


def test_the_reference_names_everything():
    reference = Path(__file__).resolve().parents[2] / "docs/python/reference.md"
    named = re.findall(r"^```\{stub\} (\w+)$", reference.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(named) == sorted(name for name in jsrun.__all__ if name != "__version__")


def test_the_stubs_have_the_docstrings():
    """JSRUN_UPDATE_STUBS=1 copies them from the compiled module."""
    stubs = Path(jsrun.__file__).with_name("_jsrun.pyi").resolve()
    wanted = with_docstrings(stubs, jsrun._jsrun)
    if os.environ.get("JSRUN_UPDATE_STUBS"):
        stubs.write_text(wanted, encoding="utf-8")
    assert stubs.read_text(encoding="utf-8") == wanted, "JSRUN_UPDATE_STUBS=1 scripts/test-python -k stubs mends this"


def test_the_stubs_hold(tmp_path):
    command = [sys.executable, "-m", "mypy.stubtest", "jsrun", "--concise"]
    path = os.path.dirname(os.path.dirname(jsrun.__file__))
    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": path, "MYPYPATH": path}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
