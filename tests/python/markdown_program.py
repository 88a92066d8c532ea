"""Runs the Python of a Markdown page as one program, from its first block to its last, and holds it to what the page says.

A comment behind an expression, or one that begins with an arrow on the next line, is what it gives: its `repr`, or what it
prints, or the exception that it raises (`ZeroDivisionError: division by zero`). A block marked `output` is all that the block before it prints. An ellipsis (…)
stands for anything. A block with `await` outside of functions runs on an event loop, as in `python -m asyncio`.
"""

import ast
import asyncio
import builtins
import contextlib
import inspect
import io
import re
import sys
import tokenize
import types
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*)\n(?P<source>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)


@dataclass
class Block:
    language: str
    source: str
    """With empty lines before it, so that its lines are numbered as the page's."""


def read_blocks(text: str) -> list[Block]:
    blocks = []
    for match in FENCE.finditer(text):
        above = "\n" * text.count("\n", 0, match.start("source"))
        indent = len(match["indent"])
        lines = match["source"].splitlines(keepends=True)
        blocks.append(Block(match["language"], above + "".join(line[indent:] or "\n" for line in lines)))
    return blocks


def run_page(path: Path) -> None:
    module = types.ModuleType(f"page {path.name}")
    sys.modules[module.__name__] = module
    module.__dict__.update(__builtins__=builtins, __expect__=expect)
    loop = asyncio.new_event_loop()
    printed = ""
    try:
        for block in read_blocks(path.read_text(encoding="utf-8")):
            if block.language == "python":
                with contextlib.redirect_stdout(io.StringIO()) as output:
                    run_block(block, str(path), module, loop)
                printed = output.getvalue()
            elif block.language == "output":
                assert_matches(printed.strip(), block.source.strip(), path.name)
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
        del sys.modules[module.__name__]


def run_block(block: Block, name: str, module: types.ModuleType, loop: asyncio.AbstractEventLoop) -> None:
    tree = Expectations(trailing_comments(block.source), name).visit(ast.parse(block.source, name))
    steps = []
    for statement in tree.body:
        program = ast.fix_missing_locations(ast.Module([statement], []))
        code = compile(program, name, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        steps.append(types.FunctionType(code, module.__dict__))

    async def run_on_the_loop() -> None:
        for step in steps:
            if (waits := step()) is not None:
                await waits

    if any(inspect.iscoroutinefunction(step) for step in steps):
        loop.run_until_complete(run_on_the_loop())
    else:
        for step in steps:
            step()


def trailing_comments(source: str) -> dict[int, str]:
    """The comments behind code, and those below with an arrow, by the line of the code."""
    comments = {}
    code_until = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            if token.start[0] == code_until or token.string.startswith("# →"):
                comments[code_until] = token.string.lstrip("# →")
        elif token.string.strip():
            code_until = token.end[0]
    return comments


class Expectations(ast.NodeTransformer):
    """Makes `value  # comment` a `with __expect__("comment", …) as given: given(value)`."""

    def __init__(self, comments: dict[int, str], name: str) -> None:
        self.comments = comments
        self.name = name

    def visit_Expr(self, statement: ast.Expr) -> ast.stmt:
        expected = self.comments.get(statement.end_lineno or 0)
        if expected is None:
            return statement
        [block] = ast.parse(f"with __expect__({expected!r}, '{self.name}:{statement.lineno}') as __given__: __given__(0)").body
        block.body[0].value.args = [statement.value]
        return ast.copy_location(block, statement)


@contextlib.contextmanager
def expect(expected: str, place: str) -> Iterator[object]:
    given = []
    with contextlib.redirect_stdout(io.StringIO()) as output:
        try:
            yield given.append
        except Exception as error:
            text = f"{type(error).__name__}: {error}"
            if not matches(text, expected):
                raise
            return
    printed = output.getvalue()
    print(printed, end="")
    assert_matches(printed.strip() if printed else repr(given[0]), expected, place)


def assert_matches(given: str, expected: str, place: str) -> None:
    assert matches(given, expected), f"{place}: it gives\n{given}\nand not\n{expected}"


def matches(given: str, expected: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, expected.split("…"))), given, re.DOTALL) is not None
