"""The command line: parse, call the public API, print."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command.

    Parameters
    ----------
    arguments : sequence of str, optional
        What was typed after ``diabolo``; by default the process's own arguments.

    Raises
    ------
    SystemExit
        With status 1 for a failure, 2 for wrong use, 130 where the keyboard stopped it and 143 where SIGTERM
        did, 141 where the reader of the output went away. Nothing is raised where all went well.
    """
    from diabolo.cli.app import run

    status = run(arguments)
    if status:
        raise SystemExit(status)
