"""What went wrong, as an exit status and one sentence.

0 is success and 1 a failure: a file, the data, the training. 2 is wrong use: a command line that cannot be
meant, whatever the files hold.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from diabolo.cli.flag_words import in_flags, nearest_flag
from diabolo.cli.wrong_use import WrongUse
from diabolo.errors import DiaboloError, ParameterError

__all__ = ["Failure", "explain"]


@dataclass(frozen=True)
class Failure:
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


def explain(problem: Exception) -> Failure:
    """Turn an exception into an exit status and one sentence.

    Parameters
    ----------
    problem : Exception
        Anything that a command may raise.

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
        return Failure(2 if isinstance(problem, ParameterError) else 1, in_flags(str(problem)))
    if hasattr(problem, "format_message"):  # the parser's own; click's or the one that Typer carries
        return Failure(2, _usage_sentence(problem))
    if isinstance(problem, MemoryError):
        return Failure(1, f"the memory does not suffice ({problem}); try with fewer rows or columns.")
    said = " ".join(str(problem).split()) or "no message"
    said = said.rstrip(".")
    kind = type(problem).__name__
    return Failure(1, f"unexpected {kind}: {said}; type the command again with --debug to see where.")


def _usage_sentence(problem: Any) -> str:
    context = getattr(problem, "ctx", None)
    path = context.command_path if context else "diabolo"
    form = " ".join(context.get_usage().removeprefix("Usage: ").split()) if context else path
    parameter = getattr(problem, "param", None)
    message = str(getattr(problem, "message", "") or problem.format_message())
    if type(problem).__name__ == "NoSuchOption":
        return _unknown_option(problem, context, path)
    if type(problem).__name__ == "MissingParameter" and parameter is not None:
        name = parameter.metavar or parameter.name.upper()
        if parameter.param_type_name == "option":
            name = f"{parameter.opts[0]} {name}"
        return f"{name} is missing; the form is: {form}"
    if parameter is not None:
        name = parameter.opts[-1] if parameter.param_type_name == "option" else parameter.metavar
        return f"{name} {_needs(message)}; '{path} --help' explains it."
    extra = re.fullmatch(r"Got unexpected extra argument\S* \((.*)\)", message.rstrip("."))
    if extra:
        return f"there is no place for {extra[1]!r}; the form is: {form}"
    option = re.fullmatch(r"Option '(\S+)' requires (?:an argument|\d+ arguments)", message.rstrip("."))
    if option:
        return f"{option[1]} needs a value after it; '{path} --help' says which."
    said = "the verb is missing" if message.startswith("Missing command") else message.rstrip(".")
    return f"{said}; the form is: {form}"


def _needs(message: str) -> str:
    """Say what a value must be; Typer has said it in other words in each of its versions."""
    if "valid int" in message:
        return "needs a whole number"
    if "valid float" in message or "valid number" in message:
        return "needs a number"
    least = re.search(r"greater than or equal to (\d+)|range (\d+)<=x|range x>=(\d+)", message)
    if least:
        return f"must be {next(filter(None, least.groups()))} or more"
    return f"cannot be that ({message.rstrip('.')})"


def _unknown_option(problem: Any, context: Any, path: str) -> str:
    given = str(getattr(problem, "option_name", "")) or "such an option"
    known: list[str] = []
    if context is not None:
        for parameter in context.command.get_params(context):
            if not getattr(parameter, "hidden", False):
                known += [*parameter.opts, *parameter.secondary_opts]
    hint = nearest_flag(given, known)
    return f"{path} has no option {given};{hint} '{path} --help' lists what it has."
