"""Tests of the scoreboard: how it counts findings, and how it writes its table into the pages."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from conformance import conftest, scoreboard
from conformance.scoreboard import (
    BEGIN,
    END,
    PAGE,
    README,
    WITHOUT_AIOBOTOCORE,
    Finding,
    FindingCollector,
    details,
    main,
    replace_board,
    table,
    totals,
    verdicts,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

OURS = Finding("one", "R", "Group A", "ours", "1.0", "right", "")
THEIRS = replace(OURS, target="theirs", version="2.0")
WRONG = replace(THEIRS, kind="wrong", reason="AssertionError: 1\n  is not 2")


# Counting


@pytest.mark.parametrize(
    ("kinds", "verdict"),
    [
        (["right", "right"], "right"),
        (["right", "wrong", "right"], "wrong"),
        (["cannot", "wrong"], "wrong"),
        (["wrong", "cannot"], "wrong"),
        (["right", "cannot"], "cannot"),
    ],
)
def test_the_verdict_on_a_behaviour_is_its_worst_finding(kinds: list[str], verdict: str) -> None:
    [found] = verdicts(replace(OURS, kind=kind) for kind in kinds)

    assert found.kind == verdict


def test_each_target_has_a_separate_verdict() -> None:
    assert [found.kind for found in verdicts([OURS, WRONG])] == ["right", "wrong"]


def test_each_group_has_a_row_and_each_target_a_column() -> None:
    findings = [
        OURS,
        WRONG,
        replace(OURS, identity="two"),
        replace(THEIRS, identity="two"),
        replace(OURS, identity="three", group="Group B", kind="cannot"),
        replace(THEIRS, identity="three", group="Group B", kind="cannot"),
    ]

    assert table(findings).splitlines() == [
        "| group | ours 1.0 | theirs 2.0 |",
        "| --- | --- | --- |",
        "| Group A | 2 right | 1 right, 1 wrong |",
        "| Group B | 1 cannot | 1 cannot |",
        "| all | 2 right, 1 cannot | 1 right, 1 wrong, 1 cannot |",
    ]


@pytest.mark.parametrize(("mark", "counted"), [("R", True), ("D", True), ("E", False), ("I", False)])
def test_only_recorded_and_documented_behaviours_are_counted(mark: str, counted: bool) -> None:  # noqa: FBT001 - a parameter of pytest
    rows = table([replace(OURS, mark=mark), replace(OURS, identity="two", group="Group B")]).splitlines()

    assert ("| Group A | 1 right |" in rows) is counted
    assert rows[-1] == ("| all | 2 right |" if counted else "| all | 1 right |")


def test_the_details_have_a_line_with_the_reason_for_each_wrong_behaviour() -> None:
    findings = [OURS, WRONG, replace(WRONG, identity="two", mark="E"), replace(THEIRS, identity="three", kind="cannot")]

    assert details(findings).splitlines() == [
        "theirs: one (R): AssertionError: 1 is not 2",
        "theirs: two (E, not counted): AssertionError: 1 is not 2",
    ]


# Collecting

BEHAVIOURS = """
import pytest
from conformance.behaviours import behaviour
from conformance.targets import FakeTarget

@behaviour("passes", "R", "A group")
def test_passes(target):
    pass

@behaviour("cannot", "D", "A group")
def test_cannot(target):
    target.create_table().expire({"pk": {"S": "1"}}) if not isinstance(target, FakeTarget) else None

@behaviour("fails", "E", "A group")
def test_fails(target):
    assert isinstance(target, FakeTarget), "theirs"

def test_that_is_no_behaviour(target):
    pass
"""


def collected(pytester: pytest.Pytester, source: str) -> tuple[pytest.RunResult, FindingCollector]:
    pytester.makepyfile(source)
    collector = FindingCollector()
    return pytester.runpytest_inprocess(*WITHOUT_AIOBOTOCORE, plugins=[conftest, collector]), collector


def test_the_finding_of_each_behaviour_on_each_target_is_collected(pytester: pytest.Pytester) -> None:
    result, collector = collected(pytester, BEHAVIOURS)

    assert result.ret == pytest.ExitCode.OK
    assert collector.broken == []
    assert [(found.identity, found.mark, found.group, found.target, found.kind) for found in collector.findings] == [
        ("passes", "R", "A group", "pytest-ddbstreams", "right"),
        ("passes", "R", "A group", "pytest-ddbstreams[moto]", "right"),
        ("passes", "R", "A group", "moto", "right"),
        ("cannot", "D", "A group", "pytest-ddbstreams", "right"),
        ("cannot", "D", "A group", "pytest-ddbstreams[moto]", "right"),
        ("cannot", "D", "A group", "moto", "cannot"),
        ("fails", "E", "A group", "pytest-ddbstreams", "right"),
        ("fails", "E", "A group", "pytest-ddbstreams[moto]", "right"),
        ("fails", "E", "A group", "moto", "wrong"),
    ]
    assert "theirs" in collector.findings[-1].reason


def test_a_wrong_finding_on_this_package_is_collected_and_fails_the_run(pytester: pytest.Pytester) -> None:
    source = BEHAVIOURS.replace("assert isinstance(target, FakeTarget)", "assert not isinstance(target, FakeTarget)")

    result, collector = collected(pytester, source)

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert [found.kind for found in collector.findings if found.identity == "fails"] == ["wrong", "wrong", "right"]
    assert collector.broken == []


def test_a_test_that_fails_before_it_has_a_finding_is_collected(pytester: pytest.Pytester) -> None:
    _, collector = collected(
        pytester,
        """
        import pytest
        from conformance.behaviours import behaviour

        @pytest.fixture
        def target():
            raise OSError

        @behaviour("one", "R", "A group")
        def test_it(target):
            pass
        """,
    )

    [broken] = collector.broken
    assert broken.endswith("::test_it (setup)")


# Writing


def test_replace_board_replaces_only_the_text_between_the_markers() -> None:
    text = f"# Title\n{BEGIN}old\n{END}\nmore\n"

    assert replace_board(text, "new\n") == f"# Title\n{BEGIN}new\n{END}\nmore\n"


def test_replace_board_twice_leaves_the_last_board() -> None:
    text = f"{BEGIN}{END}"

    assert replace_board(replace_board(text, "first\n"), "last\n") == replace_board(text, "last\n")


@pytest.mark.parametrize("text", ["", BEGIN, END, f"{END}\n{BEGIN}"])
def test_replace_board_refuses_a_text_without_both_markers_in_order(text: str) -> None:
    with pytest.raises(SystemExit, match="scoreboard"):
        replace_board(text, "new\n")


@pytest.mark.parametrize("path", [README, PAGE], ids=lambda path: path.name)
def test_a_page_has_both_markers_of_the_scoreboard(path: Path) -> None:
    assert "new board" in replace_board(path.read_text("utf-8"), "new board\n")


def test_the_readme_has_the_totals_of_the_page() -> None:
    board = PAGE.read_text("utf-8").partition(BEGIN)[2].partition(END)[0]

    assert f"{BEGIN}{totals(board)}{END}" in README.read_text("utf-8")


# The command


@pytest.fixture(autouse=True)
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Replace the documentation's page and the README of the command with files of the test."""
    paths = []
    for name in ("PAGE", "README"):
        paths.append(tmp_path / name)
        paths[-1].write_text(f"# Title\n{BEGIN}old\n{END}\n", "utf-8")
        monkeypatch.setattr(scoreboard, name, paths[-1])
    return paths


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> FindingCollector:
    """Return the collector of a replaced run, whose findings a test can change. Its status is 1 if one is wrong."""
    collector = FindingCollector()
    collector.findings = [OURS, WRONG]

    def run(_: Sequence[str]) -> tuple[int, FindingCollector]:
        wrong = any(finding.target == "ours" and finding.kind == "wrong" for finding in collector.findings)
        return int(wrong or bool(collector.broken)), collector

    monkeypatch.setattr(scoreboard, "run", run)
    return collector


def test_the_command_prints_the_table_and_changes_no_page(
    pages: list[Path], found: FindingCollector, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([]) == 0

    assert capsys.readouterr().out.endswith(f"\n\n{table(found.findings)}\n")
    assert all("old" in page.read_text("utf-8") for page in pages)


@pytest.mark.usefixtures("found")
def test_the_command_writes_the_table_that_it_prints(pages: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    main(["--write"])

    printed = capsys.readouterr().out.removesuffix("\n")
    shown = [page.read_text("utf-8") for page in pages]
    assert shown == [f"# Title\n{BEGIN}{board}{END}\n" for board in (printed, totals(printed))]


def test_the_command_lists_wrong_behaviours_with_the_option_details(
    found: FindingCollector, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--details"])

    assert capsys.readouterr().out.endswith(f"\n{details(found.findings)}\n")


def test_the_command_exits_with_1_when_this_package_is_wrong(found: FindingCollector) -> None:
    found.findings = [replace(OURS, kind="wrong")]

    assert main([]) == 1


def test_the_command_writes_nothing_when_a_test_had_no_finding(pages: list[Path], found: FindingCollector) -> None:
    found.broken = ["test_it (setup)"]

    with pytest.raises(SystemExit, match=r"test_it \(setup\)"):
        main(["--write"])

    assert all("old" in page.read_text("utf-8") for page in pages)
