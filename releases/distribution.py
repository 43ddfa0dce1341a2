"""What users install: ``python -m releases.distribution`` builds wheel and sdist into dist, and tries them.

The wheel is built from the sdist, so that the sdist is known to build. Both are held against the files that
there are; then the wheel goes into an environment with nothing but what it asks for, where the version is
asked for and the demo is run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Iterable
from pathlib import Path

from releases.interpreters import uv

__all__ = ["BrokenDistributionError", "differences", "hold_sdist", "hold_wheel", "try_wheel"]

ROOT = Path(__file__).parents[1]


class BrokenDistributionError(Exception):
    """What was built is not whole; the message says what it lacks."""


def differences(kind: str, found: Iterable[str], wanted: Iterable[str]) -> None:
    """Refuse files that are too few or too many.

    Parameters
    ----------
    kind : str
        What is held, for the message.
    found, wanted : iterable of str
        Paths.

    Raises
    ------
    BrokenDistributionError
        Naming each.
    """
    found, wanted = set(found), set(wanted)
    said = [f"{kind} lacks {each}" for each in sorted(wanted - found)]
    said += [f"{kind} has {each}, which is no part of the project" for each in sorted(found - wanted)]
    if said:
        raise BrokenDistributionError("\n".join(said))


def hold_wheel(wheel: Path, source: Path) -> None:
    """Hold a wheel against the folder of the package: code, py.typed, the page's JavaScript, data.

    Parameters
    ----------
    wheel, source : Path
        The file, and src/diabolo.

    Raises
    ------
    BrokenDistributionError
    """
    with zipfile.ZipFile(wheel) as opened:
        names = [name for name in opened.namelist() if ".dist-info/" not in name]
    files = (path for path in source.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    differences("the wheel", names, (path.relative_to(source.parent).as_posix() for path in files))


def hold_sdist(sdist: Path, tracked: Iterable[str]) -> None:
    """Hold an sdist against the files that git tracks; it has them all, so that the suite runs in it.

    Parameters
    ----------
    sdist : Path
    tracked : iterable of str
        Paths from the project's folder.

    Raises
    ------
    BrokenDistributionError
    """
    with tarfile.open(sdist) as opened:
        names = [member.name.partition("/")[2] for member in opened if member.isfile()]
    differences("the sdist", (name for name in names if name != "PKG-INFO"), tracked)


def try_wheel(wheel: Path, uv: Path) -> str:
    """Install a wheel alone, and do with it what a newcomer does first.

    Parameters
    ----------
    wheel, uv : Path

    Returns
    -------
    str
        What ``diabolo --version`` says there.

    Raises
    ------
    BrokenDistributionError
        A command failed, or wrote nothing.
    """
    with tempfile.TemporaryDirectory(prefix="diabolo-dist-") as name:
        folder = Path(name)
        environment, demo = folder / "environment", folder / "demo"
        commands = (
            [uv, "venv", "--quiet", "--python", sys.executable, environment],
            [uv, "pip", "install", "--quiet", "--python", environment / "bin" / "python", wheel],
            [environment / "bin" / "diabolo", "--version"],
            [environment / "bin" / "diabolo", "demo", "--out", demo],
        )
        said = [_done(command, folder) for command in commands]
        written = {path.name for path in demo.iterdir()} if demo.is_dir() else set()
        if lacking := {"report.html", "digits.diabolo"} - written:
            raise BrokenDistributionError(f"the demo wrote no {', '.join(sorted(lacking))}")
    return said[2]


def _done(command: list[str | Path], folder: Path) -> str:
    """Run a command in a folder, out of sight of the project's own files."""
    around = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(
        [str(word) for word in command], cwd=folder, env=around, capture_output=True, text=True, check=False
    )
    if done.returncode:
        words = " ".join(Path(word).name for word in map(str, command))
        raise BrokenDistributionError(f"{words}: {(done.stderr or done.stdout).strip()}")
    return done.stdout.strip()


def main() -> int:
    """Build, hold and try; print what was made."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    start = f"{project['name']}-{project['version']}"
    wheel, sdist = ROOT / "dist" / f"{start}-py3-none-any.whl", ROOT / "dist" / f"{start}.tar.gz"
    for old in (wheel, sdist):
        old.unlink(missing_ok=True)
    program = uv(ROOT)
    try:
        _done([program, "build", "--quiet", "--out-dir", ROOT / "dist", ROOT], ROOT)
        hold_wheel(wheel, ROOT / "src" / "diabolo")
        if shutil.which("git") and (ROOT / ".git").exists():
            tracked = subprocess.run(
                ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
            ).stdout.split("\0")
            hold_sdist(sdist, filter(None, tracked))
        else:
            print("the sdist's files are held against git's, which is not here")
        print(try_wheel(wheel, program))
    except BrokenDistributionError as problem:
        print(problem, file=sys.stderr)
        return 1
    for made in (wheel, sdist):
        print(f"{made.relative_to(ROOT)}: {made.stat().st_size / 2**20:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
