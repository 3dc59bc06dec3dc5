"""Settings of Sphinx, which builds the documentation: ``sphinx-build --fail-on-warning --nitpicky docs <folder>``."""

from __future__ import annotations

import zlib
from pathlib import Path
from tempfile import mkdtemp

import pytest_ddbstreams

HERE = Path(__file__).parent

project = "pytest-ddbstreams"
author = "The pytest-ddbstreams developers"
copyright = f"2026, {author}"  # noqa: A001 - Sphinx's name
version = release = pytest_ddbstreams.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.intersphinx"]
exclude_patterns = ["_build"]

html_theme = "furo"
html_title = f"pytest-ddbstreams {release}"

myst_enable_extensions = ["deflist", "attrs_block"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the signature is long enough without; Args says what is accepted
autodoc_preserve_defaults = True
napoleon_use_rtype = False
napoleon_use_ivar = True

nitpicky = True
default_role = "py:obj"
#: Docstrings name arguments as they name methods, in backticks.
nitpick_ignore_regex = [("py:obj", r"[a-z_]+(\(.*\))?")]
nitpick_ignore = [
    ("py:class", "datetime"),
    ("py:class", "timedelta"),
    # Types of attributes that only the package itself reads.
    ("py:class", "ShardIterator"),
    ("py:class", "pytest_ddbstreams._faults.fault.Faults"),
]


def _inventory(page: Path) -> str:
    """Return the path of a binary inventory, made from a page of this repository.

    The first line of the page names the project, each further line an object: its name, role and place.
    """
    title, *objects = page.read_text("utf-8").splitlines()
    lines = "".join(f"{name} {role} 1 {place} -\n" for name, role, place in map(str.split, objects))
    head = f"# Sphinx inventory version 2\n# Project: {title}\n# Version: \n# The rest is compressed with zlib.\n"
    path = Path(mkdtemp()) / f"{page.stem}.inv"
    path.write_bytes(head.encode() + zlib.compress(lines.encode()))
    return str(path)


#: The build needs no network: what the pages refer to in other projects stands in the folder `inventories`.
intersphinx_mapping = {
    name: (address, _inventory(HERE / "inventories" / f"{name}.txt"))
    for name, address in (
        ("python", "https://docs.python.org/3"),
        ("pytest", "https://docs.pytest.org/en/stable"),
        ("botocore", "https://docs.aws.amazon.com/botocore/latest"),
    )
}
