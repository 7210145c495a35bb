#!/usr/bin/env python3
"""Points the book's links to files outside of docs/ at the repository that Cargo.toml names, if it names one (mdbook preprocessor)."""

import json
import pathlib
import posixpath
import re
import sys

LINK = re.compile(r"\]\(((?:\.\./)[^)\s#]*)((?:#[^)\s]*)?)\)")


def repository():
    text = pathlib.Path("Cargo.toml").read_text("utf-8")
    named = re.search(r'^repository = "(.*)"', text, re.MULTILINE)
    return named and named.group(1).rstrip("/")


def outside(link, folder, url):
    path = posixpath.normpath(posixpath.join("docs", folder, link.group(1)))
    if path.startswith("docs/"):
        return link.group(0)
    return f"]({url}/blob/main/{path}{link.group(2)})"


def point(items, url):
    for item in items:
        chapter = item.get("Chapter") if isinstance(item, dict) else None
        if chapter:
            folder = posixpath.dirname(chapter.get("path") or "")
            chapter["content"] = LINK.sub(lambda link: outside(link, folder, url), chapter["content"])
            point(chapter["sub_items"], url)


if sys.argv[1:2] == ["supports"]:
    sys.exit(0)
context, book = json.load(sys.stdin)
url = repository()
if url:
    point(book.get("items") or book.get("sections") or [], url)
json.dump(book, sys.stdout)
