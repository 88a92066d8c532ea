"""Links from these pages to files of the repository that are no pages lead to where the repository is hosted."""

from __future__ import annotations

import re
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)

LINK = re.compile(r"\]\((\.\.?/[^)#\s]*)(#[^)\s]*)?\)")


def rewrite(app: Sphinx, page: str, content: list[str]) -> None:
    sources = Path(app.srcdir).resolve()
    folder = (sources / page).parent

    def target(match: re.Match[str]) -> str:
        path = (folder / match[1]).resolve()
        if path.is_relative_to(sources) and path.suffix == ".md":
            return match[0]
        if not path.exists():
            logger.warning("there is no %s", match[1], location=page)
        kind = "tree" if path.is_dir() else "blob"
        inside = path.relative_to(sources.parent).as_posix()
        return f"]({app.config.repository}/{kind}/main/{inside}{match[2] or ''})"

    content[0] = LINK.sub(target, content[0])


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_config_value("repository", "", "html")
    app.connect("source-read", rewrite)
    return {"parallel_read_safe": True}
