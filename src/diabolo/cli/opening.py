"""Opening what a verb works with: a model, a table, and the two held against each other."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diabolo.cli.output import Output, command_line, listed
from diabolo.cli.page import Typed, WrongUse
from diabolo.errors import InputError, ModelFileError

if TYPE_CHECKING:
    import numpy as np

    from diabolo.data.hold_out import HoldOut
    from diabolo.data.source import Source

__all__ = [
    "OpenModel",
    "check_columns",
    "has_columns",
    "kept_with",
    "open_autoencoder",
    "open_codes",
    "open_detector",
    "open_model",
    "open_rows",
    "requested_hold_out",
    "target_of",
    "typed_again",
]

_USUAL_LABELS = ("label", "labels", "target", "y")
_SHOWN = 5


@dataclass(frozen=True)
class OpenModel:
    """A model as the verbs use it.

    Parameters
    ----------
    path : Path
        Its file.
    estimator : estimator
        Fitted.
    feature_names : tuple of str, or None
        The columns that it was trained on, if they had names.
    """

    path: Path
    estimator: Any
    feature_names: tuple[str, ...] | None

    @property
    def is_detector(self) -> bool:
        """Whether it finds anomalies."""
        return hasattr(self.estimator, "anomaly_score")

    @property
    def categories(self) -> tuple[str, ...]:
        """The columns that are categories and have names."""
        table = getattr(self.estimator, "categories_", None)
        return tuple(table.category_names) if table is not None and table.names is not None else ()

    @property
    def code_names(self) -> list[str]:
        """What the columns of a code are called."""
        return [str(name) for name in self.estimator.get_feature_names_out()]

    def names_of(self, source: Source, usual: str = "x{}") -> Sequence[str]:
        """Name the columns of rows that fit: by their file, by the model, or by their numbers."""
        if (table := getattr(self.estimator, "categories_", None)) is not None:
            return [table.name_of(place) for place in range(table.n_columns)]
        numbered = [usual.format(number) for number in range(source.n_features)]
        return source.feature_names or self.feature_names or numbered

    def open_rows(self, data: Path, typed: Typed, output: Output, **more: Any) -> Source:
        """Open a file of rows and make sure that its columns are the model's; see `open_rows`."""
        if getattr(self.estimator, "window_", None) is not None:
            raise InputError(
                f"{self.path} is a model of a series, which scores points by the windows that hold them; "
                f"type: {command_line('detect', 'score', self.path, data)} -o scores.csv."
            )
        apart = self.categories
        source = open_rows(data, typed, output, self.feature_names, categories=apart, **more)
        flag = "--keep" if hasattr(typed, "keep") else "--labels"
        names, n_features = self.feature_names, self.estimator.n_features_in_ - len(apart)
        names = None if names is None else tuple(name for name in names if name not in apart)
        check_columns(data, source, names, n_features, output, flag)
        return source


def open_model(path: Path) -> OpenModel:
    """Read a model file.

    Raises
    ------
    ModelFileError
        The file is missing, damaged or no model.
    """
    from diabolo.data.formats import is_table_file
    from diabolo.persistence.model_file import load

    try:
        estimator = load(path)
    except ModelFileError as problem:
        if is_table_file(path):
            raise ModelFileError(
                f"{path} is a data file by its name, and the model comes first: type MODEL, then DATA."
            ) from problem
        raise
    # Kept apart: with names on the estimator, scikit-learn warns of every array that brings none, while here
    # the file's names are compared by `check_columns`.
    names = vars(estimator).pop("feature_names_in_", None)
    return OpenModel(path, estimator, None if names is None else tuple(str(name) for name in names))


def open_autoencoder(path: Path) -> OpenModel:
    """Read the model file of an autoencoder, for verbs that need codes and reconstructions."""
    opened = open_model(path)
    if opened.is_detector:
        raise ModelFileError(
            f"{path} is a detector, which scores rows and gives no codes; type: "
            f"{command_line('detect', 'score', path)} DATA -o scores.csv."
        )
    return opened


def open_detector(path: Path, missing: str | None = None) -> OpenModel:
    """Read the model file of a detector; say anew what becomes of missing cells, if anything is said."""
    opened = open_model(path)
    if not opened.is_detector:
        name = type(opened.estimator).__name__
        raise ModelFileError(
            f"{path} is no detector but {'an' if name[0] in 'AEIOU' else 'a'} {name}; make one with "
            f"{command_line('detect', 'fit')} DATA -o MODEL, or see how well this model rebuilds rows: "
            f"{command_line('reconstruct', path)} DATA --errors -o rows.csv."
        )
    if missing is not None:
        opened.estimator.set_missing(missing)
    return opened


def open_rows(
    path: Path,
    typed: Typed,
    output: Output,
    known: Sequence[str] | None = None,
    keep: Sequence[str] | None = None,
    categories: Sequence[str] = (),
) -> Source:
    """Open a data file and say what was found out about it.

    Parameters
    ----------
    path : Path
        The file.
    typed : Typed
        What was typed about it.
    output : Output
        Where it is said.
    known : sequence of str, optional
        Names that the columns may have; a first line of these is a header beyond doubt, and nothing is said.
    keep : sequence of str, optional
        Columns to carry, where they are others than was typed.
    categories : sequence of str, default none
        Columns that are features and categories, which are in `category_cells` then.

    Returns
    -------
    Source
        What it carries begins with the label.

    Raises
    ------
    DataFileError
        The file cannot be read; the message says where.
    ParameterError
        An option cannot be, or means nothing to this kind of file.
    """
    from diabolo.data.open_table import open_table

    keep = getattr(typed, "keep", None) if keep is None else keep
    source = open_table(
        path,
        dataset=typed.dataset,
        target=_label(typed),
        rows="last" if typed.transposed else "first",
        keep_columns=[*(keep or ()), *categories] or None,
        header=typed.header,
        delimiter={r"\t": "\t", "tab": "\t"}.get(typed.delimiter or "", typed.delimiter),
        decimal=typed.decimal,
    )
    certain = known is not None and set(source.feature_names or ("",)) <= set(known)
    for note in source.notes:
        if not (certain and "the first line of" in note):
            output.note(note)
    for name in categories:
        if name not in source.carried:  # it was found by its number
            what = f"{path} has no column named {name!r}, and categories are found by names, in the next file"
            raise InputError(f"{what}, too: name them, in a first line of the file if it has none.")
        source.category_cells[name] = source.written_as.pop(name, source.carried.pop(name))
    label = source.target_name or next((name for name in _USUAL_LABELS if name in source.carried), None)
    if label is not None:
        source.carried = {label: source.carried[label], **source.carried}
    return source


def _label(typed: Typed) -> str | None:
    """Return the column that was typed after --labels or --target."""
    labels = getattr(typed, "labels", None)
    return getattr(typed, "target", None) if labels is None else labels


def typed_again(typed: Typed, keep: Sequence[str] = ()) -> list[str]:
    """Write the flags that say how a file is read, for a command to type next on the same file.

    Examples
    --------
    >>> from diabolo.cli.page import Typed
    >>> about = {"delimiter": None, "dataset": None, "decimal": None, "transposed": False, "header": False}
    >>> typed_again(Typed(labels="species", keep=["id"], **about))
    ['--labels', 'species', '--keep', 'id', '--no-header']
    """
    words = []
    flags = {"--labels": _label(typed), "--delimiter": typed.delimiter, "--dataset": typed.dataset}
    for flag, value in {**flags, "--decimal": typed.decimal}.items():
        words += [] if value is None else [flag, value]
    words += [word for name in keep or typed.keep or () for word in ("--keep", name)]
    if typed.header is not None:
        words.append("--header" if typed.header else "--no-header")
    return [*words, "--transposed"] if typed.transposed else words


def kept_with(typed: Typed, by: str | None) -> tuple[str, ...]:
    """Return the columns to carry: those typed, and the one that rows are held out by."""
    given = tuple(typed.keep or ())
    is_feature = by is not None and by != _label(typed) and has_columns(typed.data)
    return (*given, by) if by is not None and is_feature and by not in given else given


def target_of(source: Source, path: Path, *, allows_missing: bool = False) -> np.ndarray:
    """Return the column that was left out of a table as what is to be predicted.

    Parameters
    ----------
    source : Source
        The table.
    path : Path
        Its file.
    allows_missing : bool, default False
        Whether cells may be missing, but not all of them.

    Returns
    -------
    ndarray of shape (rows,)

    Raises
    ------
    InputError
        Where a cell is missing that may not be.
    """
    import numpy as np

    from diabolo.data.target import entries_of, missing_in

    name, column = next(iter(source.carried.items()))
    missing = missing_in(entries_of(column))
    if allows_missing and not missing.all():
        return column
    if allows_missing:
        raise InputError(
            f"{path} has nothing to predict in any of the {len(missing):,} rows that are read: the column "
            f"{name!r} is empty; expected a value in at least one, so fill some in or name another column."
        )
    if missing.any():
        raise InputError(
            f"{path} has nothing to predict in row {source.origin(int(np.argmax(missing)))} of the column "
            f"{name!r}; leave such rows out."
        )
    return column


def requested_hold_out(amount: str | None, by: str | None, is_ordered: bool, seed: int) -> HoldOut | None:
    """Read the flags about rows that are held out.

    Returns
    -------
    HoldOut or None
        None where nothing is held out.

    Raises
    ------
    WrongUse
        The amount cannot be read, or the other flags came without it.
    """
    if amount is None:
        if by is not None or is_ordered:
            flag = "--hold-out-by" if by is not None else "--hold-out-ordered"
            raise WrongUse(f"{flag} says which rows to hold out, but not how many; add --hold-out 0.2.")
        return None
    from diabolo.data.hold_out import HoldOut

    return HoldOut(_amount(amount), by, not is_ordered, seed)


def _amount(text: str) -> int | float | tuple[int, ...]:
    from diabolo.parameters.kinds import number

    value = number(text)
    if (isinstance(value, int) and value >= 1) or (isinstance(value, float) and 0 < value < 1):
        return value
    path = Path(text)
    if not path.is_file():
        raise WrongUse(
            f"--hold-out {text!r} is not possible; give a number of rows, a share above 0 and below 1, or a "
            "file with a row number on each line."
        )
    try:
        return tuple(int(line) for line in path.read_text(encoding="utf-8").split())
    except ValueError as problem:
        raise WrongUse(f"--hold-out {text}: a line is no row number ({problem}).") from None


def check_columns(
    path: Path,
    source: Source,
    names: Sequence[str] | None,
    n_features: int,
    output: Output,
    flag: str = "--keep",
) -> None:
    """Refuse rows whose columns are not those that a model was trained on.

    Parameters
    ----------
    path : Path
        The file.
    source : Source
        Its rows.
    names : sequence of str, or None
        The names that the model was trained on, if it knows them.
    n_features : int
        The number of columns that it was trained on.
    output : Output
        Where it is said that a file without names was taken as it is.
    flag : {"--labels", "--keep"}
        What the verb has to carry a column along; the second can be repeated.

    Raises
    ------
    InputError
        The columns differ; the message says what to type where a label column is too many.
    """
    found = source.feature_names
    if names is not None and found is not None:
        known, present = set(names), set(found)
        extra = [name for name in found if name not in known]
        missing = [name for name in names if name not in present]
        if extra and not missing:
            what = _what_to_type(extra, flag)
            raise InputError(f"{path} has {_columns(extra)} that the model was not trained on; {what}.")
        if missing:
            instead = f" and has {_columns(extra)} instead" if extra else ""
            raise InputError(
                f"{path} lacks {_columns(missing)} that the model was trained on{instead}; "
                "give the rows the columns of the training data, under the same names."
            )
        if tuple(found) != tuple(names):
            place = next(n for n, (a, b) in enumerate(zip(found, names, strict=True)) if a != b)
            raise InputError(
                f"{path} has the model's columns in another order (column {place} is {found[place]!r}, in "
                f"training it was {names[place]!r}); put them in the order of the training data."
            )
        return
    _check_count(path, source, n_features, "the model was trained on", found, flag=flag)
    if names is not None:
        output.note(
            f"{path} has no column names, so its columns were taken in the order of the training data"
        )


def open_codes(path: Path, typed: Typed, output: Output, names: Sequence[str]) -> Source:
    """Open a file of codes of a model's width; their names are their maker's business.

    Raises
    ------
    InputError
        There are more columns or fewer; the message says what to type where a label column is too many.
    """
    source = open_rows(path, typed, output, names)
    found = source.feature_names
    extra = [name for name in found or () if name not in names]
    known = found if found is not None and len(found) - len(extra) == len(names) else None
    _check_count(path, source, len(names), "a code of the model has", known, extra)
    return source


def _check_count(
    path: Path,
    source: Source,
    expected: int,
    whose: str,
    names: Sequence[str] | None,
    extra: Sequence[str] = (),
    flag: str = "--labels",
) -> None:
    count = source.n_features
    if count == expected:
        return
    start = f"{path} has {count} column{'s' if count != 1 else ''} and {whose} {expected}"
    if extra and count > expected:
        many = "is" if len(extra) == 1 else "are"
        raise InputError(f"{start}, so {_columns(extra)} {many} too many; {_what_to_type(extra, flag)}.")
    if count != expected + 1:
        raise InputError(f"{start}; give the file that belongs to the model, or a model that fits the file.")
    if not source.carried:
        flag = "--labels"  # one column more is a label as a rule
    if names is not None:
        hint = f"if a column is a label, name it, such as {flag} {shlex.quote(names[-1])}"
        raise InputError(f"{start}; {hint}.")
    where = "-1 for the last" if has_columns(path) else "the name of one beside the table"
    raise InputError(f"{start}; if one of them is a label, say which with {flag} ({where}).")


def _what_to_type(extra: Sequence[str], flag: str) -> str:
    if len(extra) == 1:
        return f"type {flag} {shlex.quote(extra[0])} to carry it along"
    if flag == "--labels":
        return "take them out of the file (--labels can carry one of them along)"
    if len(extra) <= _SHOWN:
        words = " ".join(f"{flag} {shlex.quote(name)}" for name in extra)
        return f"type {words} to carry them along"
    return "take them out of the file, or carry each along with --keep"


def has_columns(path: Path) -> bool:
    """Whether columns of a file can be named by their numbers."""
    from diabolo.data.formats import format_of
    from diabolo.data.open_table import split_address

    return format_of(split_address(str(path))[0]).has_columns


def _columns(names: Sequence[str]) -> str:
    return f"the column{'s' if len(names) > 1 else ''} {listed([repr(name) for name in names], _SHOWN)}"
