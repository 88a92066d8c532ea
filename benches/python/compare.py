"""Measures this package beside others in turns and prints a Markdown table. Arguments: NAME=PYTHON, where PYTHON is the
interpreter of a virtual environment with that package; ours comes first."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

OPERATIONS = Path(__file__).with_name("operations.py")


@dataclass(frozen=True)
class Row:
    operation: str
    title: str
    # How many times faster than the fastest of the others it is to be.
    wanted: float
    # What a figure is divided by, and the unit then.
    scale: float
    unit: str
    fresh_process: bool = False


MILLISECONDS = (1e-3, "ms")
MICROSECONDS = (1e-6, "µs")

ROWS = [
    Row("create", "create, `2 + 2`, close", 3, *MILLISECONDS),
    Row("warm_eval", "warm `eval` of `1 + 1`", 3, *MICROSECONDS),
    Row("warm_eval_async", "warm `eval_async` of `1 + 1`, one after another", 3, *MICROSECONDS),
    Row("many_evals_async", "the same, 100 at once, each", 3, *MICROSECONDS),
    Row("bound_call", "call of a bound function", 3, *MICROSECONDS),
    Row("bound_call_async", "call of a bound coroutine function, awaited", 3, *MICROSECONDS),
    Row("text", "a string of 1 MB there and back", 1, *MILLISECONDS),
    Row("bytes", "1 MB of bytes there and back", 1, *MILLISECONDS),
    Row("list", "a list of 100,000 numbers there and back", 5, *MILLISECONDS),
    Row("memory", "memory of an idle runtime, of 16", 1, 1024 * 1024, "MiB", fresh_process=True),
    Row("threads", "a loop of 5 million turns in each of 8 threads", 1, *MILLISECONDS),
    Row("isolated", "a fresh session in a process of its own, `2 + 2`, its end", 20, *MILLISECONDS),
]


class Measurer:
    """A process with one of the packages."""

    def __init__(self, name: str, python: str) -> None:
        self.name = name
        command = [python, str(OPERATIONS), name.split("==")[0]]
        # A process that hangs is not to outlive the benchmark.
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def measure(self, operation: str, seconds: float) -> list[float] | None:
        assert self.process.stdin is not None and self.process.stdout is not None
        print(operation, seconds, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"{self.name} ended at {operation!r} with status {self.process.wait()}")
        return json.loads(answer)

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def measure_row(row: Row, measurers: list[Measurer], pythons: dict[str, str], arguments: argparse.Namespace) -> list[float | None]:
    """The median of each package, taken in turns."""
    figures: list[list[float]] = [[] for _ in measurers]
    for _ in range(arguments.rounds):
        for own, measurer in zip(figures, measurers, strict=True):
            if row.fresh_process:
                measurer = Measurer(measurer.name, pythons[measurer.name])
            answer = measurer.measure(row.operation, arguments.seconds)
            if row.fresh_process:
                measurer.close()
            own.extend(answer or [])
    return [statistics.median(own) if own else None for own in figures]


def show(figure: float | None, row: Row) -> str:
    if figure is None:
        return "–"
    scaled = figure / row.scale
    return f"{scaled:.3g} {row.unit}" if scaled < 100 else f"{scaled:.0f} {row.unit}"


def machine() -> str:
    model = next(
        (line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")),
        platform.machine(),
    )
    return f"{os.cpu_count()} × {model}, {platform.system()} {platform.release()}, CPython {platform.python_version()}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packages", nargs="+", metavar="NAME=PYTHON")
    parser.add_argument("--rounds", type=int, default=5, help="how many turns each operation takes (5)")
    parser.add_argument("--seconds", type=float, default=0.4, help="how long a turn takes (0.4)")
    parser.add_argument("--only", action="append", choices=[row.operation for row in ROWS], help="some of the operations")
    arguments = parser.parse_args()

    pythons = dict(package.rsplit("=", 1) for package in arguments.packages)
    load = os.getloadavg()[0]
    measurers = [Measurer(name, python) for name, python in pythons.items()]
    names = [f"`{name}`" for name in pythons]
    print(f"{machine()}, load average {load:.1f}, {time.strftime('%Y-%m-%d')}:\n")
    print(f"| operation | {' | '.join(names)} | ahead of the next | wanted |")
    print(f"| --- | {' | '.join('---:' for _ in names)} | ---: | ---: |")
    for row in ROWS:
        if arguments.only and row.operation not in arguments.only:
            continue
        ours, *others = figures = measure_row(row, measurers, pythons, arguments)
        known = [figure for figure in others if figure is not None]
        ahead = f"{min(known) / ours:.2f} ×" if known and ours is not None else "–"
        shown = " | ".join(show(figure, row) for figure in figures)
        print(f"| {row.title} | {shown} | {ahead} | {row.wanted:g} × |", flush=True)
    for measurer in measurers:
        measurer.close()


if __name__ == "__main__":
    main()
