"""The examples in docstrings, and the stubs."""

import asyncio
import doctest
import inspect
import os
import subprocess
import sys

import pytest

import jsrun


def documented():
    yield "jsrun", jsrun.__doc__
    for name in jsrun.__all__:
        thing = getattr(jsrun, name)
        yield name, thing.__doc__
        if inspect.isclass(thing):
            for member, value in vars(thing).items():
                if not member.startswith("_"):
                    yield f"{name}.{member}", value.__doc__


EXAMPLES = [(name, text) for name, text in documented() if text and ">>>" in text]


def test_there_are_examples():
    assert len(EXAMPLES) > 15


@pytest.mark.parametrize(("name", "text"), EXAMPLES, ids=[name for name, _ in EXAMPLES])
def test_an_example(runtime, name, text):
    names = {"jsrun": jsrun, "asyncio": asyncio, "runtime": runtime}
    test = doctest.DocTestParser().get_doctest(text, names, name, None, 0)
    failed = []
    doctest.DocTestRunner().run(test, out=failed.append)
    jsrun.close_default_runtime()
    assert not failed, "".join(failed)


def test_public_members_are_documented():
    undocumented = [name for name, text in documented() if not text and name != "undefined"]
    assert undocumented == ["__version__"] or undocumented == []


def test_the_stubs_hold(tmp_path):
    command = [sys.executable, "-m", "mypy.stubtest", "jsrun", "--concise"]
    path = os.path.dirname(os.path.dirname(jsrun.__file__))
    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": path, "MYPYPATH": path}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
