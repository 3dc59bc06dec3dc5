"""A pytest run that uses none of the package, in a process of its own: says what of the package ran all the same.

Prints, as JSON, the instructions of the package that ran and the modules of it that were imported. Its argument is the
folder of the tests.
"""

from __future__ import annotations

import json
import sys

from counting import PACKAGE, counted


def main(folder: str) -> int:
    """Run pytest with no plugin but ours; 1 if it fails."""
    with counted() as tally:
        import pytest

        ended = pytest.main(
            ["-q", "-p", "no:cacheprovider", "-p", "pytest_ddbstreams.plugin", "--rootdir", folder, folder]
        )
    modules = sorted(name for name in sys.modules if name.partition(".")[0] == PACKAGE)
    print(json.dumps({"instructions": tally.instructions, "modules": modules}))
    return int(ended)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
