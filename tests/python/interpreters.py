"""Programs in an interpreter of their own."""

import subprocess
import sys
import textwrap

# Loops of -X dev warn of callbacks that take long, as they do on a busy machine.
QUIET_LOOPS = "import logging; logging.getLogger('asyncio').setLevel(logging.ERROR)\n"


def script(code: str, *, ends_by: int = 0) -> str:
    """Runs a program, which must end within 100 seconds and with the given status; gives what it printed.

    To a program that ends well the interpreter may say nothing of its own.
    """
    # From 3.12 on Python warns of each fork of a process with threads.
    warnings = ["-W", "ignore::RuntimeWarning", "-W", "ignore:This process:DeprecationWarning"]
    command = [sys.executable, "-X", "dev", *warnings, "-c", QUIET_LOOPS + textwrap.dedent(code)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert done.returncode == ends_by, (done.returncode, done.stdout, done.stderr)
    assert ends_by or not done.stderr, done.stderr
    return done.stdout
