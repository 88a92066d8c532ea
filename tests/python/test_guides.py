"""The Python in the documentation's pages, and the READMEs."""

from pathlib import Path

import pytest
from markdown_program import read_blocks, run_page

import jsrun

# The pages say where their runtimes live.
pytestmark = pytest.mark.isolation("thread")

ROOT = Path(__file__).resolve().parents[2]


def pages_with_python():
    places = [ROOT.glob("*.md"), ROOT.glob("docs/**/*.md"), ROOT.glob("crates/*/*.md"), ROOT.glob("examples/*.md")]
    for page in sorted(page for place in places for page in place):
        if any(block.language == "python" for block in read_blocks(page.read_text(encoding="utf-8"))):
            yield page


PAGES = list(pages_with_python())


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_a_page(page):
    run_page(page)
    jsrun.close_default_runtime()


def test_the_playground_is_the_example():
    page = (ROOT / "docs/python/use-cases/playground.md").read_text(encoding="utf-8")
    assert (ROOT / "examples/playground.py").read_text(encoding="utf-8") in page


RIGHT = """
```python
1 + 1                      # 2
print("a", "b")            # a b
1 / 0                      # ZeroDivisionError: division by zero
"long " + "text"
# → 'long …'
```
```python
for word in ["one", "two"]:
    print(word)
```
```output
one
two
```
- in a list
  ```python
  import asyncio
  async def three():
      await asyncio.sleep(0)
      len([1, 2, 3])       # 3
      return 3
  asyncio.run(three())     # 3
  ```
  ```python
  task = asyncio.create_task(three())
  await task               # 3
  hidden = 4               # what this says is for readers
  ```
"""


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("# 2", "# 3"),
        ("# a b", "# a"),
        ("# ZeroDivisionError", "# TypeError"),
        ("'long …'", "'short …'"),
        ("one\ntwo", "one"),
        ("# 3\n      return", "# 4\n      return"),
        ("return 3", "return 4"),
        ("1 + 1 ", "1 + '1'"),
    ],
)
def test_pages_are_held_to_what_they_say(tmp_path, right, wrong):
    page = tmp_path / "page.md"
    page.write_text(RIGHT)
    run_page(page)
    assert RIGHT.count(right) == 1
    page.write_text(RIGHT.replace(right, wrong))
    with pytest.raises((AssertionError, ZeroDivisionError, TypeError)):
        run_page(page)
