"""The error for a command line that cannot be meant."""

from __future__ import annotations

__all__ = ["WrongUse"]


class WrongUse(Exception):  # noqa: N818 (its name is what it is)
    """A command line that cannot be meant, whatever the files hold."""
