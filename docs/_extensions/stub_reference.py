"""The directive `stub`: describes a class, function or constant of the package as its stubs and sources have it. Nothing is
imported, so that the compiled module need not be there.

In docstrings, lines such as `timeout: in seconds` that follow each other are parameters, and `>>>` begins an example.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

PARAMETER = re.compile(r"([a-z_]+): (\S.*)")


class Stub(SphinxDirective):
    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        package = Path(self.config.stub_package)
        self.env.note_dependency(str(package / "__init__.py"))
        name = self.arguments[0]
        found = find(package, name)
        if found is None:
            raise self.error(f"the package {package.name} exports no {name}")
        source, definition = found
        self.env.note_dependency(str(source))
        lines = list(describe(definition))
        container = nodes.container()
        self.state.nested_parse(StringList(lines, source=str(source)), 0, container)
        return container.children


def find(package: Path, name: str) -> tuple[Path, ast.stmt] | None:
    """Where a name that the package exports is defined, and what with."""
    for statement in ast.parse((package / "__init__.py").read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.ImportFrom) and name in {alias.name for alias in statement.names}:
            stubs = package / f"{statement.module}.pyi"
            source = stubs if stubs.exists() else package / f"{statement.module}.py"
            for definition in ast.parse(source.read_text(encoding="utf-8")).body:
                if name == getattr(definition, "name", None) or name == attribute_name(definition):
                    return source, definition
    return None


def describe(definition: ast.stmt) -> Iterator[str]:
    match definition:
        case ast.ClassDef():
            yield from describe_class(definition)
        case ast.FunctionDef():
            yield from fence("py:function", *callable_signature(definition, drop=0), docstring(definition), 5)
        case ast.AnnAssign():
            yield from fence("py:data", *attribute_signature(definition), "", 5)


def describe_class(definition: ast.ClassDef) -> Iterator[str]:
    functions = [statement for statement in definition.body if isinstance(statement, ast.FunctionDef)]
    constructor = next((function for function in functions if function.name in ("__new__", "__init__")), None)
    signature = definition.name
    if constructor and len(constructor.args.args + constructor.args.kwonlyargs) > 1:
        signature += f"({arguments(constructor, drop=1)})"
    is_error = any(ast.unparse(base).endswith(("Exception", "Error", "Terminated")) for base in definition.bases)
    body = list(docstring(definition))
    if definition.bases and is_error:
        body = [f"Bases: {', '.join(f'`{ast.unparse(base)}`' for base in definition.bases)}", "", *body]
    setters = {decorator.rpartition(".")[0] for function in functions for decorator in decorators(function)}
    for index, statement in enumerate(definition.body):
        if isinstance(statement, ast.AnnAssign) and not (attribute_name(statement) or "_").startswith("_"):
            after = definition.body[index + 1 : index + 2]
            body += fence("py:attribute", *attribute_signature(statement), attribute_docstring(after), 5)
        elif isinstance(statement, ast.FunctionDef) and not statement.name.startswith("_"):
            body += describe_member(statement, setters)
    yield from fence("py:exception" if is_error else "py:class", signature, {}, body, 6)


def describe_member(function: ast.FunctionDef, setters: set[str]) -> Iterator[str]:
    found = decorators(function)
    if f"{function.name}.setter" in found:
        return
    if "property" in found:
        kind = "py:attribute" if function.name in setters else "py:property"
        yield from fence(kind, function.name, {"type": annotation(function.returns)}, docstring(function), 5)
        return
    signature, options = callable_signature(function, drop=1)
    text = docstring(function)
    if not any(text):
        # An overload; the last one is described.
        options["no-index"] = ""
    yield from fence("py:method", signature, options, text, 5)


def callable_signature(function: ast.FunctionDef, drop: int) -> tuple[str, dict[str, str]]:
    """What a coroutine function is written as: the stubs have functions that return coroutines."""
    returns, options = function.returns, {}
    if isinstance(returns, ast.Subscript) and ast.unparse(returns.value) == "Coroutine":
        returns, options = returns.slice.elts[-1], {"async": ""}
    return f"{function.name}({arguments(function, drop)}) -> {annotation(returns)}", options


def arguments(function: ast.FunctionDef, drop: int) -> str:
    """Without `self`."""
    given = function.args
    for kind in (given.posonlyargs, given.args):
        removed = min(drop, len(kind))
        del kind[:removed]
        drop -= removed
    return ast.unparse(given)


def attribute_signature(statement: ast.AnnAssign) -> tuple[str, dict[str, str]]:
    return ast.unparse(statement.target), {"type": annotation(statement.annotation)}


def attribute_name(statement: ast.stmt) -> str | None:
    return ast.unparse(statement.target) if isinstance(statement, ast.AnnAssign) else None


def annotation(expression: ast.expr | None) -> str:
    return ast.unparse(expression) if expression else "None"


def decorators(function: ast.FunctionDef) -> set[str]:
    return {ast.unparse(decorator) for decorator in function.decorator_list}


def docstring(definition: ast.ClassDef | ast.FunctionDef) -> list[str]:
    return to_markdown(ast.get_docstring(definition) or "")


def attribute_docstring(after: list[ast.stmt]) -> list[str]:
    match after:
        case [ast.Expr(value=ast.Constant(value=str(text)))]:
            return to_markdown(inspect.cleandoc(text))
    return []


def to_markdown(text: str) -> list[str]:
    lines: list[str] = []
    for block in re.split(r"\n\s*\n", text):
        block_lines = block.splitlines()
        if block.startswith(">>>"):
            lines += ["```pycon", *block_lines, "```", ""]
            continue
        listing = bool(block_lines) and PARAMETER.fullmatch(block_lines[0]) is not None
        for line in block_lines:
            match = PARAMETER.fullmatch(line) if listing else None
            if match:
                lines.append(f":param {match[1]}: {match[2]}")
            else:
                lines.append(f"    {line}" if listing else line)
        lines.append("")
    return lines


def fence(kind: str, signature: str, options: dict[str, str], body: list[str] | str, ticks: int) -> Iterator[str]:
    yield f"{'`' * ticks}{{{kind}}} {signature}"
    yield from (f":{name}: {value}".rstrip() for name, value in options.items())
    yield ""
    yield from body
    yield "`" * ticks
    yield ""


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_config_value("stub_package", "", "env")
    app.add_directive("stub", Stub)
    return {"parallel_read_safe": True}
