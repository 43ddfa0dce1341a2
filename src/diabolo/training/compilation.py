"""Compiled programs: kept on disk for the next process, and let go of before a process holds too many."""

from __future__ import annotations

import contextlib
import itertools
import os
import stat
import sys
import warnings
from pathlib import Path

import jax

from diabolo.training.process_memory import COMPILER_BYTES

__all__ = [
    "CACHE_VARIABLE",
    "cache_folder",
    "compiler_bytes",
    "make_room_for_programs",
    "prepare_compilation",
    "use_compilation_cache",
]

CACHE_VARIABLE = "DIABOLO_CACHE_DIR"
MAX_BYTES = 256 * 2**20

# A fit of a new shape adds about 100 mappings, and counting them takes a millisecond for every 2,000.
_CALLS_BETWEEN_LOOKS = 100
_MOST_MAPPINGS = Path("/proc/sys/vm/max_map_count")
_MAPPINGS = Path("/proc/self/maps")

# Of what a compiler takes, this much stays with the process that has compiled once.
_HELD_BY_COMPILER = 100 * 10**6

_started = _has_compiled = False
_calls = itertools.count()


def prepare_compilation() -> None:
    """Do what comes before a program is compiled: the cache on disk is turned on, and room is made."""
    global _has_compiled
    use_compilation_cache()
    _has_compiled = True
    if next(_calls) % _CALLS_BETWEEN_LOOKS == 0:
        make_room_for_programs()


def compiler_bytes() -> int:
    """Return what a compiler and its programs will take beside what this process holds of them already."""
    return COMPILER_BYTES - (_HELD_BY_COMPILER if _has_compiled else 0)


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
    first. Where it cannot be made, compilation goes on without it; of a program in it that cannot be read
    JAX's warning is left out.
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
    # JAX writes programs in place: one that another process is writing, or was killed as it wrote, is not
    # whole. It is compiled again, which nobody has to be told of.
    said = "Error (reading|writing) persistent compilation cache entry"
    warnings.filterwarnings("ignore", said, UserWarning)


def make_room_for_programs() -> None:
    """Let go of JAX's compiled programs where they take half of the memory mappings the system allows.

    JAX keeps every program that a process has compiled, each in memory mappings of its own, of which Linux
    allows a process 65,530 (``vm.max_map_count``): some 600 fits of different shapes. The next one ends the
    process with a segmentation fault inside the compiler. What is let go of and needed again is loaded from
    the cache on disk. Systems without such a limit have nothing to do.
    """
    try:
        most = int(_MOST_MAPPINGS.read_text())
        taken = _MAPPINGS.read_bytes().count(b"\n")
    except (OSError, ValueError):
        return
    if taken > most // 2:
        jax.clear_caches()


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
