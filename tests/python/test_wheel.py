"""The wheel, installed where there is neither Rust nor anything else."""

import os
import subprocess
import sys
import textwrap
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

# The program below says where its runtimes live.
pytestmark = pytest.mark.isolation("thread")

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run([ROOT / "scripts/build-wheel", folder], stdout=subprocess.PIPE, text=True)
    assert done.returncode == 0
    (wheel,) = folder.iterdir()
    assert done.stdout == f"{wheel}\n"
    return wheel


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """The interpreter of an environment with the wheel and nothing else."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin/python"
    install = ["--disable-pip-version-check", "--python", python, "install", "--quiet", "--no-index", wheel]
    subprocess.run([sys.executable, "-m", "pip", *install], check=True)
    return python


def test_one_wheel_for_every_version(wheel):
    _, _, interpreter, abi, platform = wheel.stem.split("-")
    assert (interpreter, abi) == ("cp310", "abi3")
    assert platform.startswith("manylinux_2_")


def test_it_has_what_editors_need_and_needs_nothing(wheel):
    with zipfile.ZipFile(wheel) as files:
        names = files.namelist()
        about = next(name for name in names if name.endswith(".dist-info/METADATA"))
        metadata = message_from_bytes(files.read(about))
    for name in ["__init__.py", "_jsrun.abi3.so", "_jsrun.pyi", "py.typed"]:
        assert f"jsrun/{name}" in names
    assert metadata["Requires-Python"] == ">=3.10"
    assert metadata.get_all("Requires-Dist") is None
    assert about.replace("METADATA", "licenses/LICENSE") in names


def run(python, code):
    """Runs a program that finds no other program than its interpreter."""
    environment = {"PATH": str(python.parent), "LANG": "C.UTF-8"}
    if "LD_LIBRARY_PATH" in os.environ:
        environment["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]
    command = [python, "-W", "ignore::RuntimeWarning", "-c", textwrap.dedent(code)]
    done = subprocess.run(command, cwd=python.parent, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_runs_without_rust(python):
    said = run(
        python,
        """
        import asyncio, importlib.util, os, shutil
        import jsrun

        for tool in ["cargo", "rustc", "cc", "node"]:
            assert shutil.which(tool) is None, tool
        assert importlib.util.find_spec("pip") is None
        assert os.path.dirname(jsrun.__file__).endswith("site-packages/jsrun")

        async def twice(n):
            await asyncio.sleep(0)
            return 2 * n

        async def main(isolation):
            config = jsrun.RuntimeConfig(isolation=isolation, web_apis=True, timeout=30)
            async with jsrun.Runtime(config) as runtime:
                assert (runtime._debug_worker_pid() is None) is (isolation == "thread")
                runtime.bind_function("twice", twice)
                runtime.add_static_module("lib", "export const path = new URL('http://a/b').pathname")
                print(await runtime.eval_async("twice(21)"), await runtime.eval_module_async("lib"))

        for isolation in ["thread", "process"]:
            asyncio.run(main(isolation))
        snapshot = jsrun.SnapshotBuilder(bootstrap="globalThis.n = 7").build()
        with jsrun.Pool(size=1) as pool, pool.runtime(jsrun.RuntimeConfig(snapshot=snapshot)) as runtime:
            print(runtime.eval("n"))
        """,
    )
    assert said == "42 {'path': '/b'}\n" * 2 + "7\n"
