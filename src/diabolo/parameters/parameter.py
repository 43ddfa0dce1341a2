"""One parameter, said once; groups of the help page, in its order; classes that are made of parameters."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from inspect import Parameter as SignatureParameter
from inspect import Signature, cleandoc, get_annotations
from typing import Any, ClassVar, TypeVar, cast, dataclass_transform

from diabolo.messages import Message, typed_value
from diabolo.parameters.foreign_arguments import argument_hint
from diabolo.parameters.kinds import Kind

__all__ = [
    "CODE",
    "COLUMNS",
    "GROUPS",
    "HELD_OUT",
    "IMAGES",
    "LAYERS",
    "NETWORK",
    "OTHER",
    "SPARSITY",
    "TARGET",
    "TRAINING",
    "Parameter",
    "ParameterSet",
    "changed",
    "documented",
    "parameter",
    "parameter_set",
]

GROUPS = NETWORK, COLUMNS, CODE, SPARSITY, TARGET, IMAGES, LAYERS, TRAINING, HELD_OUT, OTHER = (
    "Network",
    "Columns that are categories",
    "Noise and code",
    "Sparsity",
    "What the code must predict",
    "Images",
    "Pretraining",
    "Training",
    "Held-out rows",
    "Other",
)


T = TypeVar("T")
_KEYWORD, _EITHER = SignatureParameter.KEYWORD_ONLY, SignatureParameter.POSITIONAL_OR_KEYWORD


@dataclass(frozen=True)
class Parameter:
    """What is to be said of a parameter.

    Parameters
    ----------
    default : object
        Its default.
    kind : Kind
        What it may be.
    help : str
        What it is, without names of the language but in `either`.
    doc : str
        What else there is to say of it, for the docstring.
    group : str
        Of the help page.
    flag : str or None
        As it is typed; None for what cannot be typed.
    item_flag : str
        Where an entry of a dictionary is typed by a flag of its own.
    short : str
        A flag of one letter.
    typed_default : str or None
        The command line's own default, where it has one.
    heeded : bool
        Whether ``partial_fit`` heeds another value than that of the first call.
    kw_only : bool
        Whether it must be named.
    """

    default: Any
    kind: Kind
    help: str
    doc: str = ""
    group: str = ""
    flag: str | None = None
    item_flag: str = ""
    short: str = ""
    typed_default: str | None = None
    heeded: bool = False
    kw_only: bool = True
    name: str = ""

    def docstring(self) -> str:
        """Write it as numpydoc has it."""
        default = f'"{self.default}"' if isinstance(self.default, str) else repr(self.default)
        said = " ".join(f"{Message(self.help)} {self.doc}".split())
        lines = textwrap.wrap(said, 100, initial_indent="    ", subsequent_indent="    ")
        return "\n".join([f"{self.name} : {self.kind.written}, default {default}", *lines])

    @property
    def shown_default(self) -> str:
        """The default as a help page has it."""
        if self.typed_default is not None:
            return self.typed_default
        if isinstance(self.default, bool):
            return "yes" if self.default else "no"
        return f"{self.default:g}" if isinstance(self.default, float) else typed_value(self.default)


def parameter(*, default: T, kind: Kind, help: str, **more: Any) -> T:  # noqa: A002 (as argparse calls it)
    """Declare a parameter in a class that `parameter_set` decorates; ``more`` is as of `Parameter`."""
    return changed(default=default, kind=kind, help=help, **more)


def changed(*, default: T, kw_only: bool = True, **changes: Any) -> T:
    """Declare that a parameter of a base class is another here, in what is given."""
    return cast("T", _Said(default=default, kw_only=kw_only, **changes))


class _Said(dict[str, Any]):
    """What is said of a parameter."""


class ParameterSet:
    """What `parameter_set` makes classes of."""

    PARAMETERS: ClassVar[dict[str, Parameter]] = {}
    INNER: ClassVar[Mapping[str, Parameter]] = {}
    """Of an estimator that is a parameter."""


S = TypeVar("S", bound=ParameterSet)


@dataclass_transform(kw_only_default=True, field_specifiers=(parameter, changed))
def parameter_set(**usual: Any) -> Callable[[type[S]], type[S]]:
    """Give a class a constructor that stores its parameters, its own and those of its bases, as they are.

    The class gets a table ``PARAMETERS`` of them, by name, in the order in which they were declared.

    Parameters
    ----------
    **usual
        What is said of the class's own parameters, such as their ``group``, where they say nothing else.
    """
    return lambda cls: _with_constructor(cls, usual)


def _with_constructor(cls: type[S], usual: Mapping[str, Any]) -> type[S]:
    table: dict[str, Parameter] = {}
    for base in cls.__bases__:
        table.update(getattr(base, "PARAMETERS", {}))
    types: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        types |= get_annotations(base)
    for name in get_annotations(cls):
        value = vars(cls)[name]
        said = value if isinstance(value, _Said) else {"default": value}
        if name in table:
            table[name] = replace(table[name], **said)
        else:
            flag = f"--{name.replace('_', '-')}"
            table[name] = Parameter(**{"name": name, "flag": flag, **usual, **said})
        delattr(cls, name)
    cls.PARAMETERS = table
    own = SignatureParameter("self", _EITHER)
    others = [
        SignatureParameter(
            name, _KEYWORD if each.kw_only else _EITHER, default=each.default, annotation=types[name]
        )
        for name, each in table.items()
    ]
    signature = Signature([own, *others], return_annotation=None)

    def store(self: Any, *positional: Any, **named: Any) -> None:
        try:
            bound = signature.bind(self, *positional, **named)
        except TypeError as problem:
            unknown = next((name for name in named if name not in table), None)
            owner = type(self).__name__
            hint = ""
            if unknown is not None:
                hint = argument_hint(owner, "", unknown, named[unknown], table, inner=self.INNER)
            raise TypeError(f"{owner}: {problem}.{hint}") from None
        bound.apply_defaults()
        for name in table:
            setattr(self, name, bound.arguments[name])

    store.__signature__ = signature  # type: ignore[attr-defined]
    store.__name__, store.__qualname__ = "__init__", f"{cls.__qualname__}.__init__"
    cls.__init__ = store  # type: ignore[method-assign]
    return cls


def documented(cls: type[S]) -> type[S]:
    """Write the parameters of a class into its docstring, before its next section."""
    if cls.__doc__ is not None:  # as it is under python -OO
        said = cleandoc(cls.__doc__) + "\n\n"  # as compilers of Python 3.13 and later leave it
        written = "\n".join(each.docstring() for each in cls.PARAMETERS.values())
        section = f"Parameters\n----------\n{written}\n\n"
        next_section = re.search(r"^[A-Z][A-Za-z ]*\n---", said, re.MULTILINE)
        place = len(said) if next_section is None else next_section.start()
        cls.__doc__ = (said[:place] + section + said[place:]).rstrip()
    return cls
