from pathlib import Path

import pytest

from releases.environment import Environment
from releases.versions import Outcome, chosen_interpreter, main, outcome, table

REPORT = """<?xml version="1.0"?>
<testsuites name="pytest tests"><testsuite name="pytest" tests="5" time="12.5">
<testcase classname="tests.core.test_a" name="test_one[2]" time="1"/>
<testcase classname="tests.core.test_a" name="test_two"><failure message="no">no</failure></testcase>
<testcase classname="" name="tests.core.test_b"><error message="collection failure">no</error></testcase>
<testcase classname="tests.core.test_c" name="test_it"><skipped message="ray is not installed"/></testcase>
<testcase classname="tests.core.test_d" name="test_it"><system-out>said</system-out></testcase>
</testsuite></testsuites>
"""


def test_what_passed_failed_and_was_skipped_is_read(tmp_path):
    (tmp_path / "suite.xml").write_text(REPORT)
    failed = ("tests.core.test_a::test_two", "::tests.core.test_b")
    assert outcome(tmp_path / "suite.xml") == Outcome(2, failed, ("ray is not installed",), 12.5)


@pytest.mark.parametrize(
    ("minors", "lowest", "newest"), [((11, 12, 13, 14), 11, 13), ((12, 14), 12, 14), ((11, 12), 11, 12)]
)
def test_the_oldest_python_is_the_lowest_and_3_13_or_the_latest_the_newest(minors, lowest, newest):
    found = {minor: Path(f"python3.{minor}") for minor in minors}
    assert chosen_interpreter("lowest", found) == found[lowest]
    assert chosen_interpreter("newest", found) == found[newest]


def test_the_table_has_a_column_for_each(tmp_path):
    rows = [
        (Environment(tmp_path, "lowest", Path("a"), Path("uv")), "3.11.7", Outcome(9, ("x",), (), 61.4)),
        (Environment(tmp_path, "newest", Path("b"), Path("uv")), "3.13.0", Outcome(8, (), ("r", "r"), 7.0)),
    ]
    lines = [line.split() for line in table(rows).splitlines()]
    assert lines[:6] == [
        ["lowest", "newest"],
        ["Python", "3.11.7", "3.13.0"],
        ["passed", "9", "8"],
        ["failed", "1", "0"],
        ["skipped", "0", "2"],
        ["seconds", "61", "7"],
    ]
    assert lines[6] == ["jax", "-", "-"]
    assert len({len(line) for line in table(rows).splitlines()}) == 1


def stand_in(monkeypatch, tmp_path, result):
    """Take the place of all that makes environments and runs tests."""
    ran = []

    def run_suite(environment, workers, tests):
        ran.append((environment.name, environment.interpreter.name, workers, list(tests)))
        return result

    monkeypatch.setattr("releases.versions.interpreters", lambda: {11: Path("p11"), 13: Path("p13")})
    monkeypatch.setattr("releases.versions.uv", lambda root: Path("uv"))
    monkeypatch.setattr("releases.versions.version", lambda program: (3, int(program.name[1:]), 1))
    monkeypatch.setattr("releases.versions.run_suite", run_suite)
    monkeypatch.setattr("releases.versions.ROOT", tmp_path)
    monkeypatch.setattr(Environment, "make", lambda self: None)
    return ran


def test_both_are_run_and_what_failed_is_named(monkeypatch, tmp_path, capsys):
    skipped = ("ray is not installed",) * 2
    ran = stand_in(monkeypatch, tmp_path, Outcome(3, ("tests.a::test_x",), skipped, 1.0))
    assert main(["--workers", "1"]) == 1
    assert ran == [("lowest", "p11", 1, []), ("newest", "p13", 1, [])]
    said = capsys.readouterr().out
    assert "Python 3.11, 3.13 found; not here: 3.12, 3.14" in said
    assert "failed, newest: tests.a::test_x" in said
    assert "skipped, lowest: 2 x ray is not installed" in said


@pytest.mark.parametrize(
    ("result", "status"), [(Outcome(3, (), (), 1.0), 0), (Outcome(0, (), (), 1.0), 1), (None, 1)]
)
def test_the_status_says_whether_all_is_well(monkeypatch, tmp_path, result, status):
    ran = stand_in(monkeypatch, tmp_path, result)
    assert main(["newest", "--python", "p14", "--tests", "tests/core"]) == status
    assert ran == [("newest", "p14", 2, ["tests/core"])]


def test_another_name_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["latest"])
    assert "it is lowest or newest, got latest" in capsys.readouterr().err
