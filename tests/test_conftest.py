"""What imports a package that is not installed is skipped by its name; any other failure stays one."""

import os
import subprocess
import sys

import pytest
from tests.conftest import ROOT, absent_guest

CONFTEST = """
import tests.conftest

tests.conftest.ABSENT = {"guest_of_none"}
from tests.conftest import pytest_make_collect_report, pytest_runtest_call, pytest_runtest_setup
"""
INSIDE = """
import pytest
def test_that_imports_a_guest():
    import guest_of_none.part

@pytest.fixture
def guest():
    import guest_of_none

def test_whose_fixture_imports_a_guest(guest):
    pass

def test_that_imports_what_nobody_knows():
    import unknown_package

def test_that_passes():
    pass
"""


def run(folder, **around):
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_at_the_top.py").write_text("from guest_of_none import part\n\ndef test_it(): pass\n")
    (folder / "test_inside.py").write_text(INSIDE)
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    environment |= {"PYTHONPATH": str(ROOT), **around}
    command = [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", "--rootdir", folder]
    done = subprocess.run(
        [*command, folder],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.stdout


def test_what_imports_an_absent_guest_is_skipped_by_name(tmp_path):
    said = run(tmp_path)
    assert "1 failed, 1 passed, 3 skipped" in said
    assert said.count("guest_of_none is not installed") == 2  # a file, and both tests in one line
    assert "No module named 'unknown_package'" in said


def test_in_continuous_integration_it_fails(tmp_path):
    assert "1 error" in run(tmp_path, CI="true")


@pytest.mark.parametrize("problem", [ModuleNotFoundError(name="numpy"), ImportError(name="ray"), None])
def test_only_an_absent_guest_is_excused(problem):
    assert absent_guest(problem) is None
