"""Somebody at the prompt who types what messages say, and runs what is printed to be typed next."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["DeadEndError", "Person"]

_MOST_TRIES = 8
_ADVICE = re.compile(r"(?:say|set|type|with) (?=--)")
_LOOKS_LIKE = re.compile(r"^note: .*(?:looks? like|whole numbers).*type (?=--keep)")


class DeadEndError(Exception):
    """A command failed, and its message gives nothing to type."""


@dataclass
class Person:
    """Types commands in a folder.

    Parameters
    ----------
    folder : Path
        Where.
    typed : list of str
        All commands so far, as they were run.
    """

    folder: Path
    typed: list[str] = field(default_factory=list)

    def does(self, *words: str | Path) -> str:
        """Type a command, and again with what its message says, until it works; return what it printed."""
        command = [sys.executable, "-m", "diabolo", *map(str, words)]
        for _ in range(_MOST_TRIES):
            done = self._run(command)
            added = _advised(done.stderr, failed=done.returncode != 0)
            if done.returncode and added is None:
                raise DeadEndError(f"{shlex.join(command)}\n{done.stderr}")
            if added is None or (not done.returncode and _has(command, added)):
                return done.stdout
            command = added if added[0] == sys.executable else [*command, *added]
        raise DeadEndError(f"{shlex.join(command)} still fails:\n{done.stderr}")

    def runs_next(self, printed: str) -> list[str]:
        """Run every line that was printed to be typed next, as it stands, and those that these print."""
        left, printed_by = _next_lines(printed), [printed]
        while left:
            line = left.pop(0)
            if line in self.typed:
                continue
            done = self._run(line)
            if done.returncode:
                raise DeadEndError(f"{line}\n{done.stderr}")
            printed_by.append(done.stdout)
            left += _next_lines(done.stdout)
        return printed_by

    def _run(self, command: str | list[str]) -> subprocess.CompletedProcess[str]:
        line = command if isinstance(command, str) else shlex.join(command)
        self.typed.append(line)
        print(f"$ {line.replace(f'{sys.executable} -m ', '')}", flush=True)
        is_line = isinstance(command, str)
        done = subprocess.run(command, shell=is_line, cwd=self.folder, capture_output=True, text=True)
        print(*(f"  {said}" for said in (done.stderr + done.stdout).splitlines()), sep="\n", flush=True)
        return done


def _advised(said: str, *, failed: bool) -> list[str] | None:
    """Find what a message says to type: a whole command, or options; of notes that columns look like ids."""
    lines = said.splitlines()
    if not failed:
        found = [match for line in lines if (match := _LOOKS_LIKE.match(line))]
        return _options(found[0].string[found[0].end() :]) if found else None
    for line in lines:
        _, whole, command = line.partition("all of it: ")
        if whole:
            return shlex.split(command)
    last = lines[-1] if lines else ""
    match = _ADVICE.search(last)
    return _options(last[match.end() :]) if match else None


def _options(text: str) -> list[str]:
    """Read options with their values from the start of a text."""
    lexer = shlex.shlex(text, posix=True)
    lexer.whitespace_split, lexer.commenters, words = True, "", []
    for word in lexer:
        if not words or len(words) % 2 == 0:
            if not word.startswith("--"):
                break
            words.append(word)
            continue
        words.append(word.rstrip(".;"))
        if word != words[-1]:
            break
    return words


def _has(command: Sequence[str], added: Sequence[str]) -> bool:
    """Whether a command has these options already, in these words."""
    return any(list(command[at : at + len(added)]) == list(added) for at in range(len(command)))


def _next_lines(printed: str) -> list[str]:
    _, mark, rest = printed.partition("\nNext:\n")
    return [line.strip() for line in rest.splitlines() if line.strip()] if mark else []
