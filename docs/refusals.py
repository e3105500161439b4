"""Write docs/refusals, a page for each refusal: python docs/refusals.py."""

from __future__ import annotations

from pathlib import Path

from bioal.refusals import index_page, refusals

FOLDER = Path(__file__).with_name("refusals")


def pages() -> dict[str, str]:
    """Return every page by its file name."""
    return {"README.md": index_page()} | {f"{code}.md": one.page for code, one in refusals().items()}


def main() -> None:
    """Write the pages; those of codes that are gone go too."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.md"):
        old.unlink()
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
