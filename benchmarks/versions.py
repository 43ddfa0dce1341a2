"""Which software a result was measured with."""

from __future__ import annotations

import importlib.metadata
import platform
import subprocess
from collections.abc import Iterable

from benchmarks.settings import ROOT

OWN_PACKAGES = ("diabolo", "jax", "jaxlib", "numpy")


def versions(packages: Iterable[str] = OWN_PACKAGES) -> dict[str, str]:
    """Look up the installed versions, leaving out what is not installed."""
    found = {"python": platform.python_version()}
    for package in packages:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def describe_commit() -> str | None:
    """Name the commit that is checked out, with "-dirty" if files differ from it; None outside git."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
