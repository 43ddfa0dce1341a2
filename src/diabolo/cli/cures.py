"""Commands to type in the place of one that cannot be done, ready to run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from diabolo.cli.output import command_line, listed
from diabolo.cli.page import Typed
from diabolo.cli.streams import SeveralFiles, is_stream
from diabolo.errors import InputError, TextColumnsError
from diabolo.messages import typed_names

__all__ = ["cleaned_first", "rechunk_line", "with_text_columns"]

_SHOWN = 5


def with_text_columns(
    problem: TextColumnsError, words: Mapping[str, str], command: Sequence[str]
) -> list[str]:
    """Write what was typed again, with columns of text carried, and with those of few values learned.

    Parameters
    ----------
    problem : TextColumnsError
        Which they are.
    words : mapping of str to str
        The verb's flags by the names of what they set.
    command : sequence of str
        What was typed after the program's name.

    Returns
    -------
    list of str
        Each command with what it is for.
    """
    cut = command.index("--") if "--" in command else len(command)
    typed, rest = list(command[:cut]), command[cut:]

    def line(kept: Sequence[str | int], *more: str) -> str:
        keep = ["--keep", typed_names(kept)] if kept else []
        return command_line(*typed, *keep, *more, *rest)

    cures = [] if problem.is_all else [f"all of it: {line(problem.columns)}"]
    flag = words.get("categories")
    if problem.few and flag:
        others = [name for name in problem.columns if name not in problem.few]
        value = typed_names(problem.few)
        for place, word in enumerate(typed):  # one list, with what was typed as categories already
            if word == flag and place + 1 < len(typed):
                value, typed = f"{typed[place + 1]},{value}", [*typed[:place], *typed[place + 2 :]]
                break
            if word.startswith(f"{flag}="):
                value = f"{word.partition('=')[2]},{value}"
                typed = [*typed[:place], *typed[place + 1 :]]
                break
        hold = "holds" if len(problem.few) == 1 else "hold"
        named = listed([repr(name) for name in problem.few], _SHOWN)
        cures.append(f"to learn from {named}, which {hold} few values: {line(others, flag, value)}")
    return cures


def cleaned_first(problem: InputError, typed: Typed, words: Mapping[str, str]) -> InputError:
    """Say how missing cells are filled where a model takes none, and the verb cannot be told otherwise.

    Parameters
    ----------
    problem : InputError
        Of any kind.
    typed : Typed
        What was typed.
    words : mapping of str to str
        The verb's flags by the names of what they set.

    Returns
    -------
    InputError
        `problem` itself where it is of something else, or there is no file to fill.
    """
    from diabolo.cli.opening import open_model, typed_again

    model, data = getattr(typed, "model", None), getattr(typed, "data", None)
    is_of_missing = any(named.name == "missing" for named in problem.message.settings)
    if not is_of_missing or "missing" in words or model is None or is_stream(data):
        return problem
    first = data.paths[0] if isinstance(data, SeveralFiles) else data
    if not isinstance(first, Path):
        return problem
    table = getattr(open_model(model).estimator, "categories_", None)
    values = [] if table is None else ["--categories", typed_names(table.category_names)]
    line = command_line("clean", data, *typed_again(typed), *values, "-o", _beside(first, "clean"))
    # Where missing cells cannot be dealt with anew, they are when a model is fitted.
    said = problem.message.marked[:-1].replace("Fill it, or set ", "Fill it, or fit with ")
    return InputError(f"{said}; to fill all of them, in a new file, type: {line}")


def rechunk_line(typed: Typed, keep: Sequence[str]) -> str:
    """Write the command that rewrites DATA by rows, all of it.

    Parameters
    ----------
    typed : Typed
        What was typed about DATA.
    keep : sequence of str
        Columns that are carried.

    Returns
    -------
    str
    """
    from diabolo.cli.opening import typed_again

    first = typed.data.paths[0] if isinstance(typed.data, SeveralFiles) else typed.data
    # What is left unread here may be wanted in the new file, and the same flags must find it there.
    about = Typed(**{**vars(typed), "drop": None, "columns": None})
    out = _beside(first if isinstance(first, Path) else Path(Path(str(first)).name), "rows")
    return command_line("rechunk", typed.data, *typed_again(about, keep), "-o", out.with_suffix(".h5"))


def _beside(path: Path, what: str) -> Path:
    """Name a file for rows made of those of another: of the same kind where that is written, else text."""
    from diabolo.data.formats import READ, WRITTEN
    from diabolo.data.open_table import split_address

    plain: Any = Path(split_address(str(path))[0])
    suffix = max((each for each in READ if plain.name.lower().endswith(each)), key=len, default="")
    stem = plain.name[: len(plain.name) - len(suffix)].replace("*", "")
    return plain.with_name(f"{stem}-{what}{suffix if suffix in WRITTEN else '.csv'}")
