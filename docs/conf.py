"""How Sphinx builds these pages; `make docs` does."""

import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
CARGO = (ROOT / "Cargo.toml").read_text(encoding="utf-8")

sys.path.insert(0, str(HERE / "_extensions"))

project = "jsrun"
copyright = "the authors of jsrun"
release = version = re.search(r'^version = "(.*)"$', CARGO, re.MULTILINE)[1]
repository = re.search(r'^repository = "(.*)"$', CARGO, re.MULTILINE)[1]

extensions = ["myst_parser", "repository_links", "stub_reference"]
exclude_patterns = ["_*"]
nitpicky = True
# What annotations name that these pages do not describe.
nitpick_ignore_regex = [("py:class", "AsyncIterable|Awaitable|Callable|Mapping|timedelta|Frame|_F")]

myst_heading_anchors = 4

myst_enable_extensions = ["fieldlist"]

# Where the reference is read from.
stub_package = str(ROOT / "crates/jsrun-python-module/python/jsrun")
toc_object_entries_show_parents = "hide"
python_maximum_signature_line_length = 88

html_theme = "furo"
html_title = f"jsrun {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_copyright = False
html_theme_options = {"source_repository": f"{repository}/", "source_branch": "main", "source_directory": "docs/"}
