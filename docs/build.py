"""Make pages of the documents: `python docs/build.py build/docs`. Links between documents keep working."""

import html
import re
import sys
from pathlib import Path

from markdown_it import MarkdownIt

_ROOT = Path(__file__).parent.parent
_DOCUMENT_LINK = re.compile(r'(href="(?![a-z]+:)[^"#]*)\.md(#[^"]*)?"')
_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body {{ max-width: 72ch; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.6 system-ui; color-scheme: light dark }}
pre, code {{ font-size: .9em }} pre {{ overflow: auto }} td, th {{ padding: .3rem .6rem; text-align: start }}</style>
{body}
</html>
"""


def documents() -> list[Path]:
    """README and changelog, then everything in docs/."""
    top = [_ROOT / name for name in ("README.md", "CHANGELOG.md")]
    return [path for path in [*top, *sorted((_ROOT / "docs").rglob("*.md"))] if path.is_file()]


def page(markdown: str, title: str) -> str:
    """One document as a page that stands alone."""
    body = MarkdownIt("commonmark").enable("table").render(markdown)
    return _PAGE.format(title=html.escape(title), body=_DOCUMENT_LINK.sub(r'\1.html\2"', body))


def main(target: Path) -> None:
    """Write every document below `target` under its own path, README as the index."""
    for source in documents():
        path = target / source.relative_to(_ROOT).with_suffix(".html")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page(source.read_text("utf-8"), source.stem), "utf-8")
        if path.name == "README.html":
            path.with_name("index.html").write_bytes(path.read_bytes())
    print(f"{len(documents())} documents in {target}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
