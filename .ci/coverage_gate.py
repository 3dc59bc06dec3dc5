"""Combine what the tracing environments of tox measured, and hold it to the gate if all of them were run.

    python .ci/coverage_gate.py FOLDER ENVIRONMENT...

Some lines run on one Python only, or with old dependencies only. Where the Python of an environment is missing, the
others reach nearly 100 %, and that is no fault of the code: the report is printed then, and names what is missing.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def main(folder: str, *environments: str) -> int:
    """Return the exit status of the report.

    Args:
        folder: the folder that has the data files, ``.coverage.<environment>.<process>``.
        environments: the environments that trace.
    """
    missing = [name for name in environments if not any(Path(folder).glob(f".coverage.{name}.*"))]
    _coverage("combine", "--keep", folder)
    if missing:
        _say(f"No data of {', '.join(missing)}: these environments were skipped or have failed.")
        _say("The gate of 100 % applies where all of them were run; this report shows what the others cover.")
    return _coverage("report", *(["--fail-under=0"] if missing else []))


def _coverage(*arguments: str) -> int:
    return subprocess.run([sys.executable, "-m", "coverage", *arguments], check=False).returncode  # noqa: S603 - our own words


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
