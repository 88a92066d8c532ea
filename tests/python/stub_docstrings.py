"""The docstrings of the compiled module, in its stubs, where editors and the documentation read them."""

import ast
import inspect
from pathlib import Path
from types import ModuleType


def with_docstrings(stubs: Path, module: ModuleType) -> str:
    """The text of the stubs with the docstrings that the module has."""
    lines = stubs.read_text(encoding="utf-8").splitlines()
    edits = []
    tree = ast.parse("\n".join(lines))
    for statement in tree.body:
        thing = getattr(module, getattr(statement, "name", ""), None)
        if isinstance(statement, ast.ClassDef) and thing is not None:
            edits += edit_class(statement, thing, lines)
    for first, last, replacement in sorted(edits, reverse=True):
        lines[first:last] = replacement
    return "\n".join(lines) + "\n"


def edit_class(definition: ast.ClassDef, cls: type, lines: list[str]):
    yield edit_body(definition, cls.__doc__, lines)
    final = {statement.name: statement for statement in definition.body if isinstance(statement, ast.FunctionDef)}
    for index, statement in enumerate(definition.body):
        match statement:
            case ast.FunctionDef(name=name) if not name.startswith("_"):
                # Of overloads the last has it, of properties the getter.
                decorators = {ast.unparse(decorator) for decorator in statement.decorator_list}
                if f"{name}.setter" not in decorators and (statement is final[name] or "overload" not in decorators):
                    yield edit_body(statement, getattr(cls, name).__doc__, lines)
            case ast.AnnAssign(target=ast.Name(id=name)):
                last = statement.end_lineno
                after = definition.body[index + 1] if index + 1 < len(definition.body) else None
                end = after.end_lineno if is_string(after) else last
                yield last, end, docstring(getattr(cls, name).__doc__, statement.col_offset)


def edit_body(definition: ast.ClassDef | ast.FunctionDef, text: str | None, lines: list[str]):
    """What to put in place of a body's docstring, or of the `...` that is all of it."""
    body = definition.body[0]
    indent = definition.col_offset + 4
    if is_string(body):
        return body.lineno - 1, body.end_lineno, docstring(text, indent)
    if isinstance(body, ast.Expr) and body.lineno == body.end_lineno:
        head = lines[body.lineno - 1][: body.col_offset].rstrip()
        return body.lineno - 1, body.end_lineno, [head, *docstring(text, indent)]
    first = min([body.lineno, *(decorator.lineno for decorator in getattr(body, "decorator_list", []))])
    return first - 1, first - 1, docstring(text, indent)


def is_string(statement: ast.stmt | None) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def docstring(text: str | None, indent: int) -> list[str]:
    first, *rest = inspect.cleandoc(text or "").splitlines()
    quotes = 'r"""' if "\\" in "".join([first, *rest]) else '"""'
    if not rest:
        return [" " * indent + f'{quotes}{first}"""']
    block = [quotes + first, *rest, '"""']
    return [" " * indent + line if line else "" for line in block]
