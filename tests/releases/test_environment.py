import stat
from pathlib import Path

import pytest

from releases.environment import Environment, EnvironmentFailedError, requirements

PROJECT = """
[project]
dependencies = ["numpy>=2", "jax>=0.8"]
[project.optional-dependencies]
zarr = ["zarr>=3"]
ray = ["ray>=2"]
all = ["diabolo[ray,zarr]"]
[dependency-groups]
dev = ["zarr>=3", "pytest>=8"]
"""

# A uv that knows every package but the one that a file names, and writes down what it was asked.
UV = """#!/bin/sh
echo "$@" >> {log}
case "$1 $2" in
"venv --clear") for each; do folder=$each; done; mkdir -p "$folder/bin" ;;
"pip compile") asked=$(cat); for each in $(cat {lacking}); do
  case "$asked" in *$each*) echo "there is no wheel of $each" >&2; exit 1;; esac; done; echo "$asked" ;;
esac
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "lacking").write_text("")
    uv = tmp_path / "uv"
    uv.write_text(UV.format(log=tmp_path / "log", lacking=tmp_path / "lacking"))
    uv.chmod(uv.stat().st_mode | stat.S_IXUSR)
    return tmp_path


def environment(project, name="lowest"):
    return Environment(project, name, Path("/usr/bin/python3"), project / "uv")


def test_what_the_suite_runs_with_is_named_once(project):
    needed, guests = requirements(project / "pyproject.toml")
    assert needed == ["numpy>=2", "jax>=0.8"]
    assert guests == ["zarr>=3", "ray>=2", "pytest>=8"]


@pytest.mark.parametrize(("name", "resolution"), [("lowest", "lowest-direct"), ("newest", "highest")])
def test_it_is_resolved_without_a_lock_and_from_wheels(project, name, resolution):
    made = environment(project, name)
    made.make()
    listed = (project / f".venv-{name}" / "requirements.txt").read_text().split()
    assert listed == ["numpy>=2", "jax>=0.8", "zarr>=3", "ray>=2", "pytest>=8"]
    assert made.left_out == []
    asked = (project / "log").read_text()
    assert f"--resolution {resolution}" in asked
    assert "requirements.lock" not in asked
    assert asked.count("pip compile - --quiet --no-header --no-annotate --only-binary :all:") == 1


def test_what_has_no_wheel_for_this_python_is_left_out_by_name(project):
    (project / "lacking").write_text("ray")
    made = environment(project)
    made.make()
    assert made.left_out == ["ray>=2"]
    assert "ray" not in (project / ".venv-lowest" / "requirements.txt").read_text()


def test_what_diabolo_itself_needs_is_not_left_out(project):
    (project / "lacking").write_text("jax")
    with pytest.raises(EnvironmentFailedError, match=r"^uv pip compile: there is no wheel of jax$"):
        environment(project).make()


def test_versions_are_those_that_are_installed(project):
    made = environment(project)
    place = made.folder / "lib" / "python3.13" / "site-packages" / "scikit_learn-1.7.0.dist-info"
    place.mkdir(parents=True)
    (place / "METADATA").write_text("Metadata-Version: 2.1\nName: scikit_learn\nVersion: 1.7.0\n")
    assert made.versions(["jax", "scikit-learn"]) == {"jax": "-", "scikit-learn": "1.7.0"}
