"""Pythons of this machine, and the tool that makes environments for them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

__all__ = ["MINORS", "interpreters", "uv"]

MINORS = (11, 12, 13, 14)
"""Of Python 3: those that Diabolo promises to run with."""

_ASKED = "import sys; print(*sys.version_info[:3])"


def interpreters(path: str | None = None, pyenv: Path | None = None) -> dict[int, Path]:
    """Find a Python of each promised minor version.

    Parameters
    ----------
    path : str or None
        Folders of programs, as PATH lists them; None takes PATH itself.
    pyenv : Path or None
        pyenv's folder; None takes ``PYENV_ROOT``, or ``.pyenv`` at home.

    Returns
    -------
    dict of int to Path
        Minor version to program; those that are not here are absent.
    """
    folders = (os.environ.get("PATH", "") if path is None else path).split(os.pathsep)
    pyenv = pyenv or Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    found: dict[int, Path] = {}
    for minor in MINORS:
        names = (Path(folder) / f"python3.{minor}" for folder in folders if folder)
        program = _first_that_runs((*names, *_kept_by_pyenv(pyenv, minor)), minor)
        if program is not None:
            found[minor] = program
    return found


def _kept_by_pyenv(pyenv: Path, minor: int) -> Iterator[Path]:
    """List pyenv's Pythons of a minor version, the latest first."""
    folders = [each for each in pyenv.glob(f"versions/3.{minor}.*") if re.fullmatch(r"[\d.]+", each.name)]
    for folder in sorted(folders, key=lambda each: int(each.name.split(".")[2]), reverse=True):
        yield folder / "bin" / "python"


def _first_that_runs(programs: Iterable[Path], minor: int) -> Path | None:
    """Return the first that is of the minor version; pyenv's shims are programs that may not run."""
    return next(
        (each for each in programs if each.is_file() and (version(each) or ())[:2] == (3, minor)), None
    )


def version(program: Path) -> tuple[int, ...] | None:
    """Ask a Python for its version; None where it does not run."""
    try:
        asked = subprocess.run(
            [program, "-I", "-c", _ASKED], capture_output=True, text=True, check=True, timeout=60
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return tuple(int(part) for part in asked.stdout.split())


def uv(root: Path) -> Path:
    """Return uv: the one on PATH, or one that is installed into ``.venv-uv`` for this.

    Parameters
    ----------
    root : Path
        The project's folder.

    Returns
    -------
    Path
    """
    if found := shutil.which("uv"):
        return Path(found)
    own = root / ".venv-uv" / "bin" / "uv"
    if not own.exists():
        print("uv is not on PATH; it is installed into .venv-uv", flush=True)
        subprocess.run([sys.executable, "-m", "venv", own.parents[1]], check=True)
        quiet = ("--quiet", "--disable-pip-version-check")
        subprocess.run([own.with_name("python"), "-m", "pip", "install", *quiet, "uv"], check=True)
    return own
