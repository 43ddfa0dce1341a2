"""A code beside linear methods: their figures on the same held-out rows, and what the difference says."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.errors import InputError
from diabolo.result_table import ResultTable

if TYPE_CHECKING:
    from typing import Self

    from jaxtyping import Float64

__all__ = [
    "METHODS",
    "METRICS",
    "LinearComparison",
    "PairedDifference",
    "mean_difference",
    "share_difference",
]

METRICS = {
    "regression": ("mean_absolute_error", "explained_share"),
    "classification": ("accuracy", "balanced_accuracy"),
}
"""The two figures of a prediction, by what is predicted."""

METHODS = {
    "code": "the code",
    "head": "the code's own head",
    "pca": "principal components",
    "pls": "partial least squares",
    "ridge": "a ridge on all features",
    "logistic": "a logistic regression on all features",
    "mean": "the mean",
}
"""What is compared, and how sentences name it."""

# Of a normal distribution, 95% lie within so many standard deviations.
_DEVIATIONS = 1.959964
# What rounds to 0.000 is no difference, such as the rounding of float32 that two like solutions differ by.
_LEAST = 0.0005


@dataclass(frozen=True)
class PairedDifference(ResultTable):
    """How far the code is from a linear method on the same rows, with a 95% interval.

    Parameters
    ----------
    figure : {"explained_variance", "mean_absolute_error", "accuracy"}
        Of what; a mean absolute error is better the lower, the others the higher.
    against : str
        The linear method, a name in `METHODS`.
    reference : float
        Its figure.
    difference : float
        The code's figure minus that.
    lowest, highest : float
        The interval, from the spread of the rows' own differences; that rows, and the parts they were held
        out in, depend on each other is left out of account.
    """

    figure: str
    against: str
    reference: float
    difference: float
    lowest: float
    highest: float

    @property
    def verdict(self) -> str:
        """Say "better", "worse", or "equal": the interval holds 0, or the difference rounds to it."""
        is_error = self.figure == "mean_absolute_error"
        least = _LEAST * (abs(self.reference) if is_error else 1.0)
        if abs(self.difference) < least or self.lowest <= 0 <= self.highest:
            return "equal"
        return "better" if (self.difference < 0) == is_error else "worse"

    @property
    def sentence(self) -> str:
        """The same for people, with the interval."""
        verdict, figure = self.verdict, self.figure
        name = METHODS[self.against]
        if figure == "accuracy" and self.against == "mean":
            name = "the most frequent class"
        is_rebuilt = figure == "explained_variance"
        if verdict == "equal":
            said = "rebuilds no more of the variance" if is_rebuilt else "predicts no better"
            best = "" if is_rebuilt else ", the best linear method here"
            interval = f"{self._said(self.lowest)} to {self._said(self.highest)}"
            return (
                f"The code {said} than {name}{best} (difference {self._said(self.difference)}, 95% interval "
                f"{interval})."
            )
        low, high = sorted((abs(self.lowest), abs(self.highest)))
        size = self._said(abs(self.difference))
        word = "less" if self.difference < 0 else "more"
        said = {
            "explained_variance": f"rebuilds {size} {word} of the variance than {name}",
            "accuracy": f"predicts {size} {word} of the rows right than {name}, the best linear method here",
            "mean_absolute_error": f"errs by {size} {word} than {name}, the best linear method here",
        }[figure]
        return f"The code {said} (95% interval {self._said(low)} to {self._said(high)})."

    def _said(self, value: float) -> str:
        """Write a share with three decimals, an error in the target's units with three digits."""
        text = f"{value:.3g}" if self.figure == "mean_absolute_error" else f"{value:.3f}"
        return text.removeprefix("-") if float(text) == 0 else text


def share_difference(
    gained: Float64[np.ndarray, " n_rows"],
    total: Float64[np.ndarray, " n_rows"],
    reference: float,
    against: str = "pca",
) -> PairedDifference:
    """Compare two explained variances by what each row says of both.

    The difference is the sum of what the code's squared errors are smaller by, over the sum of squares about
    the mean: a ratio of two means, whose spread is that of ``gained - difference * total`` over the rows.

    Parameters
    ----------
    gained : array of shape (n_rows,)
        The linear method's squared error minus the code's, two rows or more.
    total : array of shape (n_rows,)
        Squares about the mean; of no use where all are 0, which makes the difference 0.
    reference : float
        The linear method's explained variance.
    against : str, default "pca"
        That method.

    Returns
    -------
    PairedDifference

    References
    ----------
    W. G. Cochran, Sampling Techniques, 3rd edition, 1977, section 2.11: the variance of a ratio.

    Examples
    --------
    >>> found = share_difference(np.array([1.0, 3.0]), np.array([10.0, 10.0]), 0.5)
    >>> round(found.difference, 3), round(found.lowest, 3), found.verdict
    (0.2, 0.004, 'better')
    """
    scale = float(np.mean(total))
    if scale <= 0:
        return PairedDifference("explained_variance", against, reference, 0.0, 0.0, 0.0)
    difference = float(np.mean(gained)) / scale
    error = _standard_error(gained - difference * total) / scale
    return _paired("explained_variance", against, reference, difference, error)


def mean_difference(
    figure: str, differences: Float64[np.ndarray, " n_rows"], reference: float, against: str
) -> PairedDifference:
    """Compare two means by the rows' own differences.

    Parameters
    ----------
    figure : {"mean_absolute_error", "accuracy"}
        Of what the mean is.
    differences : array of shape (n_rows,)
        Of each row, the code's minus the linear method's; two rows or more.
    reference : float
        The linear method's mean.
    against : str
        That method.

    Returns
    -------
    PairedDifference

    Examples
    --------
    >>> found = mean_difference("accuracy", np.array([1.0, 0.0, 0.0, 0.0]), 0.5, "pls")
    >>> found.difference, found.verdict
    (0.25, 'equal')
    """
    error = _standard_error(differences)
    return _paired(figure, against, reference, float(np.mean(differences)), error)


def _standard_error(values: Float64[np.ndarray, " n_rows"]) -> float:
    return float(np.std(values, ddof=1) / math.sqrt(len(values)))


def _paired(figure: str, against: str, reference: float, difference: float, error: float) -> PairedDifference:
    reach = _DEVIATIONS * error
    return PairedDifference(figure, against, reference, difference, difference - reach, difference + reach)


@dataclass(frozen=True)
class LinearComparison(ResultTable):
    """What a code keeps of held-out rows, beside linear methods that were fitted to the same rows.

    Parameters
    ----------
    kind : {"regression", "classification"} or None
        What the target is; None without one.
    rows : tuple of dict
        A row each for ``"code"``, ``"head"`` where a head guided the code, ``"pca"`` (as many principal
        components), and with a target ``"pls"`` (as many components of partial least squares), ``"ridge"``
        or, of classes, ``"logistic"`` (on all features) and ``"mean"``: its ``"method"``, its ``"size"``
        (numbers a row), its ``"explained_variance"`` (None of what rebuilds nothing) and with a target two
        figures, as of a `DownstreamScore`.
    rebuilding : PairedDifference
        Of the explained variance, to principal components.
    predicting : PairedDifference or None
        Of the prediction from the code, to the best linear method's; None without a target.
    n_rows, n_held_out_rows : int
        Rows of the table; rows that were held out, each once, and measured.
    n_splits : int
        How many times some were.
    n_target_rows : int or None
        How many of these had a target.
    n_predictor_rows : int or None
        To how many rows, at the most, predictions were fitted.

    See Also
    --------
    diabolo.evaluation.compare_with_linear
    """

    kind: str | None
    rows: tuple[dict[str, Any], ...]
    rebuilding: PairedDifference
    predicting: PairedDifference | None
    n_rows: int
    n_held_out_rows: int
    n_splits: int
    n_target_rows: int | None = None
    n_predictor_rows: int | None = None

    @property
    def verdict(self) -> str:
        """Whether the code rebuilds rows "better" or "worse" than principal components, or "equal"."""
        return self.rebuilding.verdict

    @property
    def prediction_verdict(self) -> str | None:
        """The same of what is predicted from it, beside the best linear method; None without a target."""
        return None if self.predicting is None else self.predicting.verdict

    @property
    def sentences(self) -> tuple[str, ...]:
        """The verdicts for people: one, or with a target two."""
        found = (self.rebuilding, self.predicting)
        return tuple(each.sentence for each in found if each is not None)

    def _columns(self) -> dict[str, Any]:
        return {name: [row[name] for row in self.rows] for name in self.rows[0]}

    def _caption(self) -> str:
        return "\n".join(self.sentences)

    def __getitem__(self, method: str) -> dict[str, Any]:
        """Return a method's row, such as ``comparison["pca"]``."""
        for row in self.rows:
            if row["method"] == method:
                return row
        known = ", ".join(repr(row["method"]) for row in self.rows)
        raise KeyError(f"no method {method!r} was measured; there are {known}")

    def to_dict(self) -> dict[str, Any]:
        """Return everything in what JSON knows, the verdicts too."""
        return {
            **asdict(self),
            "rows": [dict(row) for row in self.rows],
            "verdict": self.verdict,
            "prediction_verdict": self.prediction_verdict,
        }

    @classmethod
    def from_dict(cls, entries: Any) -> Self:
        """Make a comparison of what ``to_dict`` gave, trusting nothing.

        Parameters
        ----------
        entries : dict
            Such as one that was read from a file; the verdicts in it are worked out anew.

        Returns
        -------
        LinearComparison

        Raises
        ------
        InputError
            An entry is missing or not what it should be.
        """
        names = {field.name for field in fields(cls)}
        if not isinstance(entries, dict) or not names <= set(entries):
            missing = sorted(names - set(entries)) if isinstance(entries, dict) else sorted(names)
            raise InputError(f"the comparison lacks {', '.join(missing)}; expected what to_dict gave.")
        found = {name: entries[name] for name in names}
        kind, rows = found["kind"], found["rows"]
        if kind is not None and not (isinstance(kind, str) and kind in METRICS):
            raise _unlike("kind", f"one of {', '.join(map(repr, METRICS))} or nothing", kind)
        figures: tuple[str, ...] = () if kind is None else METRICS[kind]
        if not isinstance(rows, (list, tuple)) or not rows or not all(_is_row(row, figures) for row in rows):
            raise _unlike("rows", "a row for each method, of known names and numbers", rows)
        for name in ("n_rows", "n_held_out_rows", "n_splits"):
            if not _is_count(found[name]):
                raise _unlike(name, "a whole number above 0", found[name])
        for name in ("n_target_rows", "n_predictor_rows"):
            if not (found[name] is None if kind is None else _is_count(found[name])):
                raise _unlike(name, "a whole number above 0, or nothing without a target", found[name])
        predicting = found["predicting"], "predicting", *figures[:1]
        return cls(
            **{
                **found,
                "rows": tuple(dict(row) for row in rows),
                "rebuilding": _difference_of(found["rebuilding"], "rebuilding", "explained_variance"),
                "predicting": None if kind is None else _difference_of(*predicting),
            }
        )

    @property
    def table(self) -> str:
        """The figures, a line each, under a line that says of which rows."""
        names = ("explained_variance", *(() if self.kind is None else METRICS[self.kind]))
        cells = [("method", "size", *(name.replace("_", " ") for name in names))]
        for row in self.rows:
            size = "-" if row["size"] is None else f"{row['size']:,}"
            figures = ("-" if row[name] is None else f"{row[name]:.4g}" for name in names)
            cells.append((row["method"], size, *figures))
        first = max(len(line[0]) for line in cells)
        form = "  ".join([f"{{:<{first}}}", "{:>8}", *(f"{{:>{len(name)}}}" for name in names)])
        return "\n".join([self._head(), *(form.format(*line) for line in cells)])

    def _head(self) -> str:
        if self.n_splits > 1:
            head = f"{self.n_held_out_rows:,} rows, each held out once, in {self.n_splits} parts"
        else:
            head = f"{self.n_held_out_rows:,} of {self.n_rows:,} rows held out"
        if self.n_target_rows not in (None, self.n_held_out_rows):
            head += f"; {self.n_target_rows:,} with a target"
        if self.n_predictor_rows is not None:
            head += f"; predictions fitted to {self.n_predictor_rows:,}"
        return head

    def __str__(self) -> str:
        return "\n".join([self.table, *self.sentences])


def _unlike(name: str, expected: str, found: Any) -> InputError:
    text = repr(found)
    shown = text if len(text) <= 60 else f"{text[:57]}..."
    return InputError(f"the comparison's {name!r}: expected {expected}; got {shown}.")


def _is_count(value: Any) -> bool:
    return type(value) is int and value > 0


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def _is_method(value: Any) -> bool:
    return isinstance(value, str) and value in METHODS


def _is_row(row: Any, figures: tuple[str, ...]) -> bool:
    if not isinstance(row, dict) or set(row) != {"method", "size", "explained_variance", *figures}:
        return False
    rebuilt = row["explained_variance"]
    return (
        _is_method(row["method"])
        and (row["size"] is None or _is_count(row["size"]))
        and (rebuilt is None or _is_number(rebuilt))
        and all(_is_number(row[name]) for name in figures)
    )


def _difference_of(entries: Any, name: str, figure: str) -> PairedDifference:
    numbers = ("reference", "difference", "lowest", "highest")
    if (
        not isinstance(entries, dict)
        or set(entries) != {"figure", "against", *numbers}
        or entries["figure"] != figure
        or not _is_method(entries["against"])
        or not all(_is_number(entries[each]) for each in numbers)
    ):
        raise _unlike(name, f"a difference in {figure!r} with its interval", entries)
    return PairedDifference(**entries)
