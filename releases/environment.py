"""An environment of the lowest or the newest versions that pyproject.toml allows."""

from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
import tomllib
from collections.abc import Sequence
from pathlib import Path

__all__ = ["RESOLUTIONS", "Environment", "EnvironmentFailedError", "requirements"]

RESOLUTIONS = {"lowest": "lowest-direct", "newest": "highest"}
"""What an environment is called, to uv's word for how versions are chosen."""


class EnvironmentFailedError(Exception):
    """An environment could not be made; the message is the last that was said."""


def requirements(project: Path) -> tuple[list[str], list[str]]:
    """Read what the suite runs with.

    Parameters
    ----------
    project : Path
        pyproject.toml.

    Returns
    -------
    needed, guests : list of str
        What Diabolo itself depends on; and its extras with what development adds, each once.
    """
    table = tomllib.loads(project.read_text("utf-8"))
    extras = (line for lines in table["project"]["optional-dependencies"].values() for line in lines)
    guests = dict.fromkeys([*extras, *table["dependency-groups"]["dev"]])
    # An extra of all extras is these again.
    return table["project"]["dependencies"], [each for each in guests if not each.startswith("diabolo[")]


class Environment:
    """A folder with a Python and the packages chosen for it.

    Parameters
    ----------
    root : Path
        The project's folder.
    name : {"lowest", "newest"}
        It lies in ``.venv-lowest`` or ``.venv-newest``.
    interpreter : Path
        The Python that it is made of.
    uv : Path
        The program that resolves and installs.

    Attributes
    ----------
    left_out : list of str
        Requirements that have no wheel for this Python; their tests are skipped.
    """

    def __init__(self, root: Path, name: str, interpreter: Path, uv: Path) -> None:
        self.root, self.name, self.interpreter, self._uv = root, name, interpreter, uv
        self.folder = root / f".venv-{name}"
        self.python = self.folder / "bin" / "python"
        self.left_out: list[str] = []

    def make(self) -> None:
        """Make it anew, from pyproject.toml alone; no lock is read.

        Raises
        ------
        EnvironmentFailedError
            Versions that Diabolo itself needs are not to be had.
        """
        needed, guests = requirements(self.root / "pyproject.toml")
        self._run("venv", "--clear", "--quiet", "--python", self.interpreter, self.folder)
        chosen = self._chosen([*needed, *guests])
        if chosen is None:
            self.left_out = [each for each in guests if self._chosen([each]) is None]
            chosen = self._chosen([*needed, *(each for each in guests if each not in self.left_out)])
        if chosen is None:
            self._resolve(needed)  # whose message says what there is not
            raise EnvironmentFailedError("what pyproject.toml asks for contradicts itself")
        listed = self.folder / "requirements.txt"
        listed.write_text(chosen, "utf-8")
        into = ("--quiet", "--python", self.python)
        self._run("pip", "sync", "--only-binary", ":all:", *into, listed)
        self._run("pip", "install", "--no-deps", *into, "--requirement", self.root / "requirements-data.lock")
        self._run("pip", "install", "--no-deps", *into, "--editable", self.root)

    def versions(self, packages: Sequence[str]) -> dict[str, str]:
        """Look up installed versions.

        Parameters
        ----------
        packages : sequence of str
            Names as an index has them.

        Returns
        -------
        dict of str to str
            In the same order; "-" for a package that is not there.
        """
        places = [str(each) for each in self.folder.glob("lib*/python*/site-packages")]
        found = {
            re.sub(r"[-_.]+", "-", each.metadata["Name"]).lower(): each.version
            for each in importlib.metadata.distributions(path=places)
        }
        return {each: found.get(each, "-") for each in packages}

    def _chosen(self, asked: Sequence[str]) -> str | None:
        try:
            return self._resolve(asked)
        except EnvironmentFailedError:
            return None

    def _resolve(self, asked: Sequence[str]) -> str:
        return self._run(
            *("pip", "compile", "-", "--quiet", "--no-header", "--no-annotate", "--only-binary", ":all:"),
            *("--resolution", RESOLUTIONS[self.name], "--python", self.python),
            typed="\n".join(asked),
        )

    def _run(self, *words: str | Path, typed: str | None = None) -> str:
        done = subprocess.run(
            [str(word) for word in (self._uv, *words)],
            cwd=self.root,
            env={**os.environ, "UV_NO_PROGRESS": "1"},
            input=typed,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise EnvironmentFailedError(f"uv {words[0]} {words[1]}: {done.stderr.strip()}")
        return done.stdout
