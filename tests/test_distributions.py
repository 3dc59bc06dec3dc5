"""The distributions: users install the wheel, and the sdist holds everything that is needed to change the package."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
from configparser import ConfigParser
from email import message_from_string
from pathlib import Path, PurePosixPath

import pytest
from hatchling import build

import pytest_ddbstreams

ROOT = Path(__file__).parent.parent
SCHEMAS = [path.name for path in sorted((ROOT / "schemas").glob("*.json"))]

#: Writes a record, which is validated, and prints the members that an empty record lacks.
USE = """
import pytest_ddbstreams
from pytest_ddbstreams import _schemas

print(pytest_ddbstreams.__file__)
with pytest_ddbstreams.mock_streams() as mock:
    orders = mock.create_stream("orders")
    orders.insert({"pk": "o#1"})
    print(len(orders.records))
print(*(violation.path[0] for violation in _schemas.violations(_schemas.RECORD, {})))
"""


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the wheel and the sdist of this repository."""
    folder = tmp_path_factory.mktemp("dist")
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.chdir(ROOT)
        build.build_wheel(str(folder))
        build.build_sdist(str(folder))
    return folder


@pytest.fixture(scope="module")
def unpacked(distributions: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the content of the wheel."""
    folder = tmp_path_factory.mktemp("site-packages")
    shutil.unpack_archive(next(distributions.glob("*.whl")), folder, "zip")
    return folder


@pytest.fixture(scope="module")
def information(unpacked: Path) -> Path:
    """Return the metadata folder of the wheel."""
    return next(unpacked.glob("*.dist-info"))


@pytest.fixture(scope="module")
def sources(distributions: Path) -> set[PurePosixPath]:
    """Return the paths of the files in the sdist, relative to the repository."""
    with tarfile.open(next(distributions.glob("*.tar.gz"))) as sdist:
        return {PurePosixPath(*PurePosixPath(name).parts[1:]) for name in sdist.getnames()}


@pytest.mark.parametrize("schema", SCHEMAS)
def test_the_wheel_holds_the_schema(unpacked: Path, schema: str) -> None:
    packed = unpacked / "pytest_ddbstreams" / "schemas" / schema
    assert packed.read_bytes() == (ROOT / "schemas" / schema).read_bytes()


def test_the_wheel_holds_only_the_package_and_its_metadata(unpacked: Path, information: Path) -> None:
    assert {path.name for path in unpacked.iterdir()} == {"pytest_ddbstreams", information.name}


def test_the_package_in_the_wheel_holds_the_files_of_the_repository(unpacked: Path) -> None:
    package = unpacked / "pytest_ddbstreams"
    packed = {path.relative_to(package) for path in package.rglob("*") if path.is_file()}
    kept = {path.relative_to(ROOT / package.name) for path in (ROOT / package.name).rglob("*.py")}
    assert packed - {Path("schemas", schema) for schema in SCHEMAS} == kept | {Path("py.typed")}


def test_the_wheel_holds_the_licence(information: Path) -> None:
    assert (information / "licenses" / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_the_wheel_registers_the_plugin(information: Path) -> None:
    entry_points = ConfigParser()
    entry_points.read(information / "entry_points.txt", "utf-8")
    assert {**entry_points["pytest11"]} == {"ddbstreams": "pytest_ddbstreams.plugin"}


def test_the_wheel_has_the_version_of_the_package(information: Path) -> None:
    metadata = message_from_string((information / "METADATA").read_text("utf-8"))
    assert metadata["Version"] == pytest_ddbstreams.__version__


def test_a_mock_from_the_wheel_opens_and_validates_records(unpacked: Path, tmp_path: Path) -> None:
    run = subprocess.run(  # noqa: S603
        [sys.executable, "-W", "error", "-c", USE],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(unpacked)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stderr == ""
    found, records, lacking = run.stdout.splitlines()
    assert Path(found).parent == unpacked / "pytest_ddbstreams"
    assert records == "1"
    assert lacking.split() == json.loads((ROOT / "schemas" / "record.json").read_text("utf-8"))["required"]


@pytest.mark.parametrize("folder", ["benchmarks", "docs", "examples", "pytest_ddbstreams", "schemas", "tests"])
def test_the_sdist_holds_the_whole_folder(sources: set[PurePosixPath], folder: str) -> None:
    kept = {path.relative_to(ROOT) for path in (ROOT / folder).rglob("*") if path.suffix in {".json", ".md", ".py"}}
    assert kept
    assert {PurePosixPath(path.as_posix()) for path in kept} <= sources


@pytest.mark.parametrize("file", ["CHANGELOG.md", "LICENSE", "README.md", "pyproject.toml", "tox.ini"])
def test_the_sdist_holds_the_file(sources: set[PurePosixPath], file: str) -> None:
    assert PurePosixPath(file) in sources
