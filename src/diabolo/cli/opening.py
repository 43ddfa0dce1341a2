"""Opening what a verb works with: a model, a table, and the two held against each other."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diabolo.cli.column_check import as_codes, as_trained, has_columns, with_unknown_columns
from diabolo.cli.output import Output, command_line
from diabolo.cli.page import Typed
from diabolo.cli.streams import SeveralFiles
from diabolo.errors import InputError, ModelFileError, ParameterError, TextColumnsError
from diabolo.messages import setting, typed_names

if TYPE_CHECKING:
    import numpy as np

    from diabolo.data.source import Source

__all__ = [
    "OpenModel",
    "carried_again",
    "color_column",
    "kept_with",
    "open_autoencoder",
    "open_codes",
    "open_detector",
    "open_model",
    "open_rows",
    "target_of",
    "text_options",
    "typed_again",
]

_SETTLED = (
    "decimal",
    "thousands",
    "encoding",
    "skip_lines",
    "skip_footer",
    "below_limit",
    "above_limit",
    "na_values",
    "sheet",
)
# What is said of features that a model knows is said once, where it learns from them.
_OF_FEATURES = (
    "the first line of",
    " are read as 1 and 0; ",
    ", as codes do; ",
    "a spreadsheet shows as text",
)
_USUAL_LABELS = ("label", "labels", "target", "y")
_MOST_COLORS = 20  # as plot_codes has it


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
    def numbers(self) -> tuple[str, ...] | None:
        """The columns that are numbers, if they have names."""
        names = self.feature_names
        return None if names is None else tuple(name for name in names if name not in self.categories)

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
        """Open a file of rows and take the model's columns of it; see `open_rows` and `as_trained`."""
        if getattr(self.estimator, "window_", None) is not None:
            raise InputError(
                f"{self.path} is a model of a series, which scores points by the windows that hold them; "
                f"type: {command_line('detect', 'score', self.path, data)} -o scores.csv."
            )
        apart = self.categories
        try:
            source = open_rows(data, typed, output, self.feature_names, categories=apart, **more)
        except ParameterError as problem:
            raise _taken_away(problem, data) from problem
        n_features = self.estimator.n_features_in_ - len(apart)
        return as_trained(data, source, self.numbers, n_features, output)


def _taken_away(problem: ParameterError, data: Path) -> InputError | ParameterError:
    """Say of a model's category that it cannot be carried or left unread, which nobody typed as one."""
    named = {each.name: each for each in problem.message.settings}
    other = next((name for name in named if name != "categories"), None)
    if "categories" not in named or other is None:
        return problem
    column = named["categories"].python.partition("=")[2]
    return InputError(
        f"{data} lacks the column {column} that the model was trained on, since {setting(other)} takes it "
        f"out of the features; leave it out of {setting(other)}."
    )


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
    # Kept apart: with names on the estimator, scikit-learn warns of every array that brings none, .
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
    cure: str | None = None,
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
    cure : str, optional
        What to do about columns that are not known, where it is another thing than for the file of a model.

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

    keep = typed.keep if keep is None else keep
    opened = functools.partial(
        open_table,
        list(path.paths) if isinstance(path, SeveralFiles) else path,
        dataset=typed.dataset,
        target=_label(typed),
        rows="last" if typed.transposed else "first",
        keep_columns=list(keep or ()) or None,
        categories=list(categories) or None,
        columns=typed.columns,
        header=typed.header,
        max_memory=_memory(typed),
        follow_links=typed.follow_links,
        **text_options(typed),
    )
    try:
        source = opened(drop_columns=typed.drop)
    except TextColumnsError as problem:
        if problem.is_all or (known is None and cure is None):
            raise
        numbers = [name for name in known or () if name not in categories]
        raise with_unknown_columns(
            problem, path, numbers, lambda text: opened(drop_columns=[*(typed.drop or ()), *text]), cure
        ) from problem
    certain = known is not None and set(source.feature_names or ("",)) <= set(known)
    for note in source.notes:
        if not (certain and any(said in note for said in _OF_FEATURES)):
            output.note(note)
    label = source.target_name or next((name for name in _USUAL_LABELS if name in source.carried), None)
    if label is not None:
        source.carried = {label: source.carried[label], **source.carried}
    return source


def text_options(typed: Typed) -> dict[str, Any]:
    """Return what was typed of how a text table is written, as `diabolo.open` has it."""
    delimiter = {r"\t": "\t", "tab": "\t"}.get(typed.delimiter or "", typed.delimiter)
    return {"delimiter": delimiter, **{name: getattr(typed, name, None) for name in _SETTLED}}


def _memory(typed: Typed) -> str | int | None:
    """Return what was typed after --max-memory: what the whole verb may hold is more than its table may."""
    known: str | int | None = getattr(typed, "max_memory", None)
    return getattr(typed, "chosen", {}).get("max_memory") if known is None else known


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
    >>> typed_again(Typed(labels="species", keep=["id", "a, b"], drop=None, columns=None, **about))
    ['--labels', 'species', '--keep', 'id,"a, b"', '--no-header']
    """
    words: list[str] = []
    flags: dict[str, Any] = {
        "--labels": _label(typed),
        "--delimiter": typed.delimiter,
        "--dataset": typed.dataset,
    }
    flags |= {f"--{name.replace('_', '-')}": getattr(typed, name, None) for name in _SETTLED}
    for flag, value in flags.items():
        said = typed_names(value) if isinstance(value, list) else str(value)
        words += [] if value is None else [flag, said]
    lists = {"--keep": keep or typed.keep, "--drop": typed.drop, "--columns": typed.columns}
    for flag, names in lists.items():
        words += [flag, typed_names(names)] if names else []
    if typed.header is not None:
        words.append("--header" if typed.header else "--no-header")
    switches = {"--transposed": typed.transposed, "--follow-links": getattr(typed, "follow_links", False)}
    words += [flag for flag, is_typed in switches.items() if is_typed]
    memory = _memory(typed)
    return words if memory is None else [*words, "--max-memory", str(memory)]


def color_column(source: Source, typed: Typed) -> str | None:
    """Say which of the carried columns colors a map.

    Parameters
    ----------
    source : Source
        The table.
    typed : Typed
        What was typed about it.

    Returns
    -------
    str or None
        The one of --labels; where no column was named, one of a usual name or the first that can be drawn.
    """
    if source.target_name is not None or typed.keep:
        return source.target_name
    usual = [name for name in _USUAL_LABELS if name in source.carried]
    return next((name for name in (*usual, *source.carried) if _can_color(source, name)), None)


def _can_color(source: Source, name: str) -> bool:
    """Whether a carried column holds numbers, or no more classes than there are colors."""
    column = source.carried[name]
    return column.dtype.kind in "uif" or len(set(column.tolist())) <= _MOST_COLORS


def carried_again(carried: Sequence[str], typed: Typed, source: Source) -> list[str]:
    """Write the flags that carry along what was written beside rows, for a command to type next on them.

    Parameters
    ----------
    carried : sequence of str
        The names in the new file.
    typed : Typed
        What was typed about the table that they came from.
    source : Source
        That table.

    Returns
    -------
    list of str
        What colors a map after --labels, the others after --keep.
    """
    label = color_column(source, typed)
    label = label if label in carried and label is not None and _can_color(source, label) else None
    others = [name for name in carried if name != label]
    words = [] if label is None else ["--labels", label]
    return [*words, "--keep", typed_names(others)] if others else words


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


def open_codes(path: Path, typed: Typed, output: Output, names: Sequence[str]) -> Source:
    """Open a file of codes of a model's width; see `as_codes`."""
    return as_codes(path, open_rows(path, typed, output, names), names, output)
