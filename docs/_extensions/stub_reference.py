"""What the reference needs besides sphinx-autoapi: constructors that are `__new__`, as those of compiled classes are; the
lists of parameters in our docstrings ("timeout: in seconds", one a line) as fields; and types of the compiled module under
the names that they have in the package."""

from __future__ import annotations

import re

from autoapi._objects import PythonClass, PythonMethod
from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

PARAMETER = re.compile(r"([a-z_]+): (\S.*)")


def constructor(self: PythonClass) -> PythonMethod | None:
    methods = {child.short_name: child for child in self.children if child.type == "method" and not child.inherited}
    return methods.get("__init__") or methods.get("__new__")


def list_parameters(app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    listing = False
    for number, line in enumerate(lines):
        if match := PARAMETER.fullmatch(line):
            lines[number] = f":param {match[1]}: {match[2]}"
            listing = True
        elif listing and line:
            # The parameter's next line.
            lines[number] = f"    {line}"
        else:
            listing = False


def resolve_public_name(
    app: Sphinx, env: BuildEnvironment, reference: pending_xref, content: nodes.TextElement
) -> nodes.reference | None:
    name = reference.get("reftarget", "")
    if reference.get("refdomain") != "py" or not name.startswith("jsrun._"):
        return None
    public = "jsrun." + name.rpartition(".")[2]
    python = env.get_domain("py")
    return python.resolve_xref(env, reference["refdoc"], app.builder, "class", public, reference, content)


def setup(app: Sphinx) -> dict[str, bool]:
    PythonClass.constructor = property(constructor)
    app.connect("autodoc-process-docstring", list_parameters)
    app.connect("missing-reference", resolve_public_name)
    return {"parallel_read_safe": True}
