"""The compilation cache on disk: what one process compiled, the next one loads."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from pathlib import Path

import jax

__all__ = ["CACHE_VARIABLE", "cache_folder", "use_compilation_cache"]

CACHE_VARIABLE = "DIABOLO_CACHE_DIR"
MAX_BYTES = 256 * 2**20

_started = False


def cache_folder() -> Path | None:
    """Say where compiled programs are kept.

    Returns
    -------
    pathlib.Path or None
        The folder named by ``DIABOLO_CACHE_DIR``; without that variable, ``diabolo`` in the user's cache
        folder; None where the variable is ``off``, ``0`` or empty.
    """
    named = os.environ.get(CACHE_VARIABLE)
    if named is not None:
        return None if named.strip().lower() in ("", "0", "off") else Path(named).expanduser()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "diabolo" / "compiled"


def use_compilation_cache() -> None:
    """Turn JAX's cache on, once a process, unless the user has set or switched off one.

    The folder is the user's alone (mode 0700), since what it holds is run. It is trimmed to 256 MiB, oldest
    first. Where it cannot be made, compilation goes on without it.
    """
    global _started
    if _started:
        return
    _started = True
    chosen_by_user = jax.config.jax_compilation_cache_dir  # type: ignore[attr-defined]
    if chosen_by_user is not None:
        return
    try:
        folder = cache_folder()
        if folder is None:
            return
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not os.access(folder, os.W_OK) or _others_can_write(folder):
            return
        _trim(folder)
    except (OSError, RuntimeError):  # RuntimeError: a user without a home, as in some containers
        return
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


def _others_can_write(folder: Path) -> bool:
    status = folder.stat()
    return hasattr(os, "getuid") and (status.st_uid != os.getuid() or bool(status.st_mode & stat.S_IWOTH))


def _trim(folder: Path) -> None:
    """Remove the oldest files beyond the size limit; another process may be doing the same."""
    files = []
    for path in folder.iterdir():
        with contextlib.suppress(OSError):
            status = path.stat()
            files.append((max(status.st_mtime, status.st_atime), status.st_size, path))
    total = sum(size for _, size, _ in files)
    for _, size, path in sorted(files):
        if total <= MAX_BYTES:
            break
        with contextlib.suppress(OSError):
            path.unlink()
        total -= size
