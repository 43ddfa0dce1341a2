"""What went wrong, as an exit status and one sentence.

0 is success and 1 a failure: a file, the data, the training. 2 is wrong use: a command line that cannot be
meant, whatever the files hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from diabolo.cli.parameter_options import in_flags
from diabolo.cli.wrong_use import WrongUse
from diabolo.errors import DiaboloError, ParameterError

__all__ = ["Failure", "explain"]


class Failure(NamedTuple):
    """How a command ended.

    Parameters
    ----------
    status : int
        The exit status.
    sentence : str
        What, where, what to do.
    """

    status: int
    sentence: str


def explain(problem: Exception, words: Mapping[str, str] | None = None) -> Failure:
    """Turn an exception into an exit status and one sentence.

    Parameters
    ----------
    problem : Exception
        Anything that a command may raise.
    words : mapping of str to str, optional
        The verb's flags by the names of what they set.

    Returns
    -------
    Failure

    Examples
    --------
    >>> explain(KeyError("x"))
    Failure(status=1, sentence="unexpected KeyError: 'x'; type the command again with --debug to see where.")
    """
    if isinstance(problem, WrongUse):
        return Failure(2, str(problem))
    if isinstance(problem, DiaboloError):
        return Failure(2 if isinstance(problem, ParameterError) else 1, in_flags(problem.message, words))
    if isinstance(problem, MemoryError):
        return Failure(1, f"the memory does not suffice ({problem}); try with fewer rows or columns.")
    said = " ".join(str(problem).split()).rstrip(".") or "no message"
    kind = type(problem).__name__
    return Failure(1, f"unexpected {kind}: {said}; type the command again with --debug to see where.")
