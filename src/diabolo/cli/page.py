"""A verb is a page: what it says of itself, the options that it takes, and what it does."""

from __future__ import annotations

import argparse
import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from diabolo.cli.streams import SeveralFiles
from diabolo.data.formats import is_table_file
from diabolo.errors import nearest_name
from diabolo.messages import Message, typed_value
from diabolo.parameters.detector import DetectorParameters
from diabolo.parameters.families import AllParameters
from diabolo.parameters.foreign_names import FOREIGN_PARAMETERS
from diabolo.parameters.kinds import BOOLEAN, Kind, number
from diabolo.parameters.parameter import OTHER

if TYPE_CHECKING:
    from diabolo.cli.written_files import Writes

__all__ = [
    "ANY_TEXT",
    "Option",
    "Page",
    "Typed",
    "WrongUse",
    "as_typed",
    "fill",
    "in_group",
    "named_numbers",
    "switch",
]

ANY_TEXT = Kind("text", lambda value: True, str, metavar="TEXT")
Typed = SimpleNamespace
"""What was typed, under the options' names; ``chosen`` holds the parameters of estimators among it."""

FLAGS = {
    name: each.flag
    for table in (AllParameters.PARAMETERS, DetectorParameters.PARAMETERS)
    for name, each in table.items()
    if each.flag
}
"""The flags of estimators' parameters."""

_EXAMPLES = "Examples\n--------\n"
_AT_A_GLANCE, _FIRST = 15, 12
"""Up to how many options a page shows all of them, and how many it shows where there are more."""
_WORDS = {"true": True, "yes": True, "false": False, "no": False}
_FOREIGN_FLAGS = {
    "label": "labels",
    "out": "output",
    "sep": "delimiter",
    "separator": "delimiter",
    "threshold": "set",
    "line": "set",
    "id": "keep",
    "carry": "keep",
    "n_features": "top",
    "autoencoder": "kind",
    "normal_class": "normal",
    "normalised_mi": "normalized-mi",
    "keep_columns": "keep",
    "charset": "encoding",
    "skiprows": "skip-lines",
    "skip": "skip-lines",
    "skipfooter": "skip-footer",
    "sheet_name": "sheet",
    "na": "na-values",
    "missing_values": "na-values",
    "nan_values": "na-values",
    "lod": "below-limit",
    "loq": "below-limit",
    "drop_columns": "drop",
    "exclude": "drop",
    "ignore": "drop",
    "usecols": "columns",
    "features": "columns",
}


class WrongUse(Exception):  # noqa: N818 (its name is what it is)
    """A command line that cannot be meant, whatever the files hold."""


@dataclass(frozen=True)
class Option:
    """An option of a verb, or an argument.

    Parameters
    ----------
    form : str
        How it is typed, such as ``"-o --output FILE"``, ``"--json"``, or ``"DATA"`` for an argument.
    help : str
        What it is.
    kind : Kind
        What it may be, and how it is read.
    group : str
        Of the help page.
    name : str
        Under which the verb finds what was typed, and messages name it; by default that of the flag.
    default : object
        What the verb finds where it was not typed.
    is_required, is_repeated, is_hidden : bool
        Whether it must, and may more than once, be typed; and whether the help page leaves it out.
    is_parameter : bool
        Whether it is a parameter of an estimator, which has its own default.
    takes_several : bool
        Whether further files may be typed after it, all of them to be read as one; of the last argument.
    example : str
        For one that is typed as name=number, such as ``"beta_1=0.8"``.
    offers : callable, optional
        Gives the names that a shell offers for it; by default those of its kind.
    writes : Writes, optional
        What is written to the file that it names.
    may_be_file : bool
        Whether it may name a file to read, though it need not.
    """

    form: str
    help: str
    kind: Kind = ANY_TEXT
    group: str = "Options"
    name: str = ""
    default: Any = None
    is_required: bool = False
    is_repeated: bool = False
    is_hidden: bool = False
    is_parameter: bool = False
    takes_several: bool = False
    example: str = ""
    offers: Callable[[], Iterable[str]] | None = None
    writes: Writes | None = None
    may_be_file: bool = False

    def __post_init__(self) -> None:
        plain = (self.flag or self.form).lstrip("-").replace("-", "_").lower()
        object.__setattr__(self, "name", self.name or plain)

    @property
    def flag(self) -> str:
        """Its flag, the long one of two; empty for an argument."""
        return next((word for word in reversed(self.form.split()) if word.startswith("-")), "")

    @property
    def is_file(self) -> bool:
        """Whether it names a file."""
        return self.kind.expected == "a file"

    @property
    def is_read(self) -> bool:
        """Whether it names a file that is read."""
        return self.is_file and self.writes is None

    @property
    def metavar(self) -> str:
        """What stands for its value."""
        last = self.form.split()[-1]
        return self.kind.metavar if last.startswith("-") else last

    @property
    def has_negative(self) -> bool:
        """Whether it can be typed with --no- in front."""
        return self.kind is BOOLEAN and self.default is None

    @property
    def flags(self) -> list[str]:
        """All that it can be typed as; none for an argument."""
        flags = [word for word in self.form.split() if word.startswith("-")]
        return [*flags, f"--no-{self.flag[2:]}"] if self.has_negative else flags

    def read(self, text: str) -> Any:
        """Read what was typed for it.

        Raises
        ------
        WrongUse
            It cannot be that.
        """
        value = self.kind.read(text)
        if not self.kind.holds(value):
            said = f"{self.flag or self.metavar} {typed_value(value)} is not possible"
            raise WrongUse(f"{said}; expected {as_typed(self.kind.expected)}.{self.kind.hint(value)}")
        return value

    def read_all(self, texts: Sequence[str]) -> Any:
        """Read what was typed for it, once or more: settings, or a list, several of which are one."""
        if self.example:
            return named_numbers(self.flag, texts, self.example)
        found = [*map(self.read, texts)]
        return [each for some in found for each in (some if isinstance(some, list) else [some])]


def switch(form: str, said: str) -> Option:
    """Make an option that is typed without a value, and off where it is not typed."""
    return Option(form, said, BOOLEAN, default=False)


def in_group(title: str, *options: Option) -> tuple[Option, ...]:
    """Put options under a title of the help page."""
    return tuple(replace(option, group=title) for option in options)


def as_typed(message: str) -> str:
    """Say a message that names no setting as the command line has it."""
    return Message(message).said(lambda named: str(named.value))


def named_numbers(flag: str, pairs: Sequence[str], example: str) -> dict[str, Any]:
    """Read settings that were typed as name=number.

    Parameters
    ----------
    flag : str
        Where, for the error.
    pairs : sequence of str
        What was typed.
    example : str
        For the error.

    Returns
    -------
    dict of str to number

    Raises
    ------
    WrongUse
        One cannot be read.

    Examples
    --------
    >>> named_numbers("--threshold-param", ["at-least=0.9"], "q=0.99")
    {'at_least': 0.9}
    """
    settings: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        value = _WORDS.get(text.strip().lower(), number(text))
        if not equals or not name.strip() or isinstance(value, str):
            raise WrongUse(f"{flag} {pair!r} is not possible; give name=number, such as {flag} {example}.")
        settings[name.strip().replace("-", "_")] = value
    return settings


@dataclass(frozen=True)
class Page:
    """A verb.

    Parameters
    ----------
    run : callable
        What the verb does, with what was typed and where to say it; its docstring is the help page.
    options : sequence of Option
        In the order of the help page; arguments among them.
    first : sequence of str
        Names of the options that most people need, in that order, beside those that must be given. A verb of
        many options shows them alone, unless asked for all. By default those that it declares first.
    """

    run: Callable[[Any, Any], None]
    options: Sequence[Option]
    first: Sequence[str] = ()

    @property
    def help(self) -> str:
        """What stands over the options."""
        return inspect.cleandoc(self.run.__doc__ or "").partition(_EXAMPLES)[0].rstrip()

    @property
    def examples(self) -> list[str]:
        """Commands that stand under them, the first one the plainest."""
        return inspect.cleandoc(self.run.__doc__ or "").partition(_EXAMPLES)[2].splitlines()

    @property
    def visible_flags(self) -> list[Option]:
        """The options that the help page lists, but for its arguments."""
        return [option for option in self.options if option.flag and not option.is_hidden]

    @property
    def is_long(self) -> bool:
        """Whether there are more options than a page shows at a glance."""
        return len(self.visible_flags) > _AT_A_GLANCE

    @property
    def first_options(self) -> list[Option]:
        """The options that most people need: what must be given, then those named first."""
        known = {option.name: option for option in self.visible_flags}
        usual = [name for name, option in known.items() if option.group != OTHER]
        required = [name for name in usual if known[name].is_required]
        names = dict.fromkeys([*required, *(self.first or usual)])
        return [known[name] for name in names][: max(_FIRST, len(required))]

    @property
    def all_by(self) -> str:
        """The flag that shows all options."""
        return "--help-all" if self.is_long else "--help"

    def usage(self, path: str) -> str:
        """Say how the verb is typed: arguments first, then what must be given."""
        forms = [each.metavar if each.is_required else f"[{each.metavar}]" for each in self.arguments]
        forms += [
            f"{each.flags[0]} {each.metavar}" for each in self.options if each.flag and each.is_required
        ]
        return " ".join([path, *forms, "[options]"])

    @property
    def arguments(self) -> list[Option]:
        """What is typed without a flag, in order."""
        return [option for option in self.options if not option.flag]

    def _parser(self, path: str) -> argparse.ArgumentParser:
        parser = argparse.ArgumentParser(
            prog=path, usage=self.usage(path), add_help=False, allow_abbrev=False, exit_on_error=False
        )
        fill(parser, [option for option in self.options if option.flag])
        return parser

    def typed(self, path: str, words: Sequence[str]) -> Typed:
        """Read what was typed after the verb.

        Parameters
        ----------
        path : str
            The program and the verb, for messages.
        words : sequence of str
            What followed.

        Returns
        -------
        Typed

        Raises
        ------
        WrongUse
            It cannot be meant.
        """
        cut = words.index("--") if "--" in words else len(words)
        joined = self._joined(path, words[:cut])
        try:
            found, rest = self._parser(path).parse_known_args(joined)
        except argparse.ArgumentError as problem:  # a value after what is there or not
            flags = str(problem.argument_name).split("/")
            word = next((each for each in joined if each.startswith(tuple(flags))), flags[0])
            take = "take" if flags[1:] else "takes"
            raise WrongUse(f"{word} is not possible: {' and '.join(flags)} {take} no value.") from None
        self._refuse_unknown(path, [word for word in rest if re.match(r"-\D", word)])
        rest += words[cut + 1 :]
        for option in self.arguments:
            if option.takes_several and rest[1:] and all(map(_is_file, rest)):
                setattr(found, option.name, rest)
                rest = []
            elif rest:
                setattr(found, option.name, rest.pop(0))
        if rest:
            raise WrongUse(f"there is no place for {rest[0]!r}; the form is: {self.usage(path)}")
        return Typed(**self._read(path, vars(found)))

    def _joined(self, path: str, words: Sequence[str]) -> list[str]:
        """Join options with their values, which may begin with a dash."""
        takes_value = {flag for option in self.options if option.kind is not BOOLEAN for flag in option.flags}
        joined, left = [], list(words)
        while left:
            word = left.pop(0)
            if word in takes_value:
                if not left:
                    raise WrongUse(f"{word} needs a value after it; '{path} {self.all_by}' says which.")
                value = left.pop(0)
                if not value:  # which a short flag cannot be joined with
                    joined += [word, value]
                    continue
                word += f"={value}" if word.startswith("--") else value
            joined.append(word)
        return joined

    def _read(self, path: str, given: dict[str, Any]) -> dict[str, Any]:
        typed: dict[str, Any] = {"chosen": {}}
        for option in self.options:
            if option.name not in given:
                if option.is_required:
                    what = f"{option.flags[0]} {option.metavar}" if option.flag else option.metavar
                    raise WrongUse(f"{what} is missing; the form is: {self.usage(path)}")
                typed[option.name] = option.default
                continue
            value = given[option.name]
            if option.takes_several and isinstance(value, list):
                value = SeveralFiles(tuple(map(option.read, value)))
            elif option.kind is not BOOLEAN:
                value = option.read_all(value) if option.is_repeated else option.read(value)
            typed[option.name] = value
            if option.is_parameter:
                typed["chosen"][option.name] = value
        return typed

    def _refuse_unknown(self, path: str, unknown: Sequence[str]) -> None:
        if not unknown:
            return
        given = unknown[0].partition("=")[0]
        plain = {flag[2:]: flag for option in self.options for flag in option.flags if flag[:2] == "--"}
        own = {option.name: option.flag.lstrip("-") for option in self.options if option.flag}
        known = {name: flag.lstrip("-") for name, flag in FLAGS.items()} | own
        foreign = {
            name: known.get(meant, meant.replace("_", "-")) for name, meant in FOREIGN_PARAMETERS.items()
        }
        foreign = {**own, **foreign, **_FOREIGN_FLAGS}
        typeable = {name: flag for name, flag in foreign.items() if flag in plain}
        hint = nearest_name(given.lstrip("-"), plain, typeable)
        near = plain.get(hint.split("'")[1]) if hint else None
        said = f" did you mean {near}?" if near else ""
        raise WrongUse(f"{path} has no option {given};{said} '{path} {self.all_by}' lists what it has.")


def _is_file(word: str) -> bool:
    """Whether a word is the name of a table, a pattern of such, or stands for standard input."""
    return word == "-" or is_table_file(word.partition("::")[0])


def fill(
    parser: argparse.ArgumentParser, options: Sequence[Option], *, files: Mapping[str, Any] | None = None
) -> None:
    """Give a parser options, group by group; for shells, which complete ``files`` so, what values may be."""
    groups: dict[str, Any] = {}
    last = {"Arguments": -2, "Options": -1, OTHER: 1}
    for option in sorted(options, key=lambda each: last.get(each.group if each.flag else "Arguments", 0)):
        title = option.group if option.flag else "Arguments"
        group = groups.get(title) or groups.setdefault(title, parser.add_argument_group(title))
        words: dict[str, Any] = {"default": argparse.SUPPRESS, "help": option.help.replace("%", "%%")}
        if option.is_hidden:
            words["help"] = argparse.SUPPRESS
        if option.kind is BOOLEAN:
            words |= {"action": argparse.BooleanOptionalAction if option.has_negative else "store_true"}
        else:
            words |= {"metavar": option.metavar}
        if option.flag:
            words |= {"dest": option.name} | ({"action": "append"} if option.is_repeated else {})
        else:
            words |= {"nargs": "*" if option.takes_several and files is not None else "?"}
        flags = [flag for flag in option.flags if not (option.has_negative and flag.startswith("--no-"))]
        action: Any = group.add_argument(*(flags or [option.name]), **words)
        if files is None:
            continue
        if option.is_file:
            action.complete = dict(files)
        else:
            action.choices = list(option.offers() if option.offers else option.kind.names) or None
