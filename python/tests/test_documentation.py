"""What the documentation says works as it stands."""

from __future__ import annotations

import contextlib
import doctest
import importlib.metadata
import io
import os
import re

import pytest
from conftest import ROOT

import wirecopy

BLOCK = re.compile(r"```python\n(.*?)```(?:\n+```text\n(.*?)```)?", re.DOTALL)


@pytest.mark.parametrize("page", ["README.md", "docs/python.md", "python/README.md"])
def test_the_examples_of_a_page_run_and_print_what_stands_below_them(page, tmp_path):
    blocks = BLOCK.findall((ROOT / page).read_text("utf-8"))
    assert blocks
    names: dict = {}
    before = os.getcwd()
    os.chdir(ROOT)
    try:
        for code, expected in blocks:
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                exec(compile(code.replace("target/tour/", f"{tmp_path}/"), page, "exec"), names)
            if expected:
                assert printed.getvalue() == expected
    finally:
        os.chdir(before)


def test_the_examples_of_the_docstrings_run():
    assert doctest.testmod(wirecopy).failed == 0


def test_every_public_name_is_documented_and_the_versions_agree():
    for name in wirecopy.__all__:
        if not name.startswith("__"):
            assert getattr(wirecopy, name).__doc__ or name == "Articles", name
    cargo = re.search(r'^version = "(.*?)"', (ROOT / "Cargo.toml").read_text("utf-8"), re.MULTILINE).group(1)
    assert wirecopy.__version__ == cargo == importlib.metadata.version("wirecopy")
