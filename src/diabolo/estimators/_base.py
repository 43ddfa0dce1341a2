"""What every autoencoder estimator does with a trained network: encode, decode, rebuild, measure."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.checkpoints import CheckpointLike, opened
from diabolo.data.array_source import ArraySource
from diabolo.data.cells import mean_of_known, row_means
from diabolo.data.checked_source import CheckedSource
from diabolo.data.foreign_tables import taken
from diabolo.data.scaling import unscale_rows, unscaled_dtype
from diabolo.errors import InputError, ParameterError, nearest_name
from diabolo.estimators._callbacks import CallbackMixin, Following, followed
from diabolo.estimators._category_errors import column_errors, rebuilt_columns
from diabolo.estimators._category_rows import table_of
from diabolo.estimators._checked_rows import check_rows, fitted_rows
from diabolo.estimators._choices import checked_choices, is_gaussian
from diabolo.estimators._foreign import ForeignNames
from diabolo.estimators._framed import FramedMixin
from diabolo.estimators._importance import ImportanceMixin
from diabolo.estimators._imputation import ImputationMixin
from diabolo.estimators._missing_cells import learned_cells
from diabolo.estimators._networks import placed_network, summary_text
from diabolo.estimators._notebook import ShownEstimator
from diabolo.estimators._refused_rows import refuse_paths
from diabolo.estimators._rows import RowsAhead, ScaledRows
from diabolo.estimators._sklearn import (
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    available_if,
    check_is_fitted,
    check_random_state,
)
from diabolo.estimators._targets import GuidedMixin, is_guided
from diabolo.estimators._training import continue_training, train
from diabolo.estimators._weights import WeightsMixin
from diabolo.messages import setting
from diabolo.parameters.checks import refuse_unless
from diabolo.parameters.kinds import whole
from diabolo.training.forward import pass_blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Self

    from jaxtyping import Float, Float32, Float64

__all__ = ["AutoencoderBase"]

METRICS = ("squared_error", "absolute_error")


class AutoencoderBase(
    ForeignNames,
    FramedMixin,
    ImportanceMixin,
    ImputationMixin,
    GuidedMixin,
    WeightsMixin,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    CallbackMixin,
    ShownEstimator,
):
    """The methods of an autoencoder; a subclass brings the constructor and its documentation."""

    @followed
    def fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        *,
        X_validation: Any = None,
        y_validation: Any = None,
        checkpoint: CheckpointLike = None,
    ) -> Self:
        """Train a new network on rows.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows, at least two; numbers of any kind, none infinite, and missing ones where ``missing`` allows.
        y : array-like of shape (n_rows,) or (n_rows, n_numbers), optional
            What a guided code must predict, where ``supervision_weight`` is above 0; ignored otherwise. In
            some rows it may be missing (None, NaN, NaT, pandas' NA, empty text; of several numbers, any):
            these count in everything but the supervised loss, which is a mean over the others,
            ``n_labeled_rows_`` of them. Held-out rows have a mean of their own; where chance holds out none
            with a known target, their supervised loss is 0.
        sample_weight : array-like of shape (n_rows,), optional
            How much each row counts, 0 or more.
        X_validation : array-like of shape (n_held_out, n_features), optional
            Rows to measure after each epoch, not ``validation_fraction``.
        y_validation : array-like of shape (n_held_out,) or (n_held_out, n_numbers), optional
            What belongs to them, for a guided code; missing in some rows at the most.
        checkpoint : str, path-like or Checkpoint, optional
            Folder in which the fit is kept: a killed one goes on where it stopped, to the same bits.

        Returns
        -------
        self

        Raises
        ------
        ParameterError
            For a parameter that cannot be.
        InputError
            For rows that cannot be used, and for targets that are infinite, of different kinds, or known in
            no row that is trained on or in none of ``y_validation``.
        CheckpointError
            For a folder of another fit's checkpoints, or of damaged ones.
        TrainingDivergedError
            When the loss stops being finite; the last finite parameters are kept.
        KeyboardInterrupt
            From the keyboard; the estimator has what it learned by then, as a warning says.
        """
        told = Following(self, "fit", X, y, sample_weight)
        with opened(checkpoint) as stages:
            preparation = train(self, X, y, sample_weight, X_validation, y_validation, stages, told)
        if preparation.choices.missing != "error":
            self._cell_model = learned_cells(self, preparation.features, preparation.seed)
        told.end(lambda: self)
        return self

    @followed
    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Train for one more epoch on the rows given.

        The first call makes the network, without pretraining; the scaler and the output activation are
        settled by its rows. The optimizer's state lives on from call to call within a process; after ``fit``,
        and in a copy that was pickled or loaded, it starts anew.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows, at least one.
        y : array-like of shape (n_rows,) or (n_rows, n_numbers), optional
            What a guided code must predict; classes are settled by the first call, in which some must be
            known. After it targets may be missing in some rows of a call or in all: the supervised loss is a
            mean over those that are known in this call, ``n_labeled_rows_`` of them, and 0 where none is. The
            first call with a gap compiles anew.
        sample_weight : array-like of shape (n_rows,), optional
            How much each row counts, 0 or more.

        Returns
        -------
        self

        Raises
        ------
        ParameterError, InputError, TrainingDivergedError
            As ``fit``.
        """
        continue_training(self, X, y, sample_weight)
        return self

    def transform(self, X: Any) -> Float32[np.ndarray, "n_rows n_components"]:
        """Encode rows.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows, in the units of ``fit``.

        Returns
        -------
        ndarray of shape (n_rows, n_components), float32
            The codes; a data frame where ``set_output`` asked for one.
        """
        return self._gather("encode", fitted_rows(self, X), self.n_components_)

    def inverse_transform(self, codes: Any) -> Float[np.ndarray, "n_rows n_features"]:
        """Decode codes.

        Parameters
        ----------
        codes : array-like of shape (n_rows, n_components)
            Such as ``transform`` gives, or any point between them.

        Returns
        -------
        ndarray of shape (n_rows, n_features), float32 or float64
            Rows, in the units of ``fit``: as `reconstruct` gives those that were fitted to. Of objects, with
            text, where columns are categories.
        """
        check_is_fitted(self)
        refuse_paths(type(self).__name__, codes, "codes")
        codes = taken(codes, type(self).__name__)
        try:
            values = np.ascontiguousarray(codes, dtype=np.float32)
        except (TypeError, ValueError) as problem:
            raise InputError(f"codes are not numbers ({problem}); expected what transform gives.") from None
        if values.ndim != 2 or values.shape[1] != self.n_components_:
            raise InputError(
                f"{type(self).__name__}: codes have shape {values.shape}; expected (n_rows, "
                f"{self.n_components_}), a column for each of the {self.n_components_} components."
            )
        source = ArraySource(values, name="the array of codes")
        CheckedSource(source, type(self).__name__, allows_missing=False, advice="Codes are finite.").look()
        return self._as_in_fit(self._gather("decode", values, self.n_features_in_))

    @available_if(is_gaussian)
    def sample(
        self, n_samples: int = 1, random_state: int | np.random.RandomState | None = None
    ) -> Float[np.ndarray, "n_samples n_features"]:
        """Make new rows: decode codes drawn from the prior, a standard normal distribution.

        There is no such method without a Gaussian bottleneck.

        Parameters
        ----------
        n_samples : int, default 1
            How many, 1 or more.
        random_state : int, RandomState instance or None, default None
            Seed of the codes.

        Returns
        -------
        ndarray of shape (n_samples, n_features), float32 or float64
            Rows, in the units of ``fit``: the decoder's means.
        """
        check_is_fitted(self)
        refuse_unless(type(self).__name__, "n_samples", n_samples, whole())
        codes = check_random_state(random_state).standard_normal((n_samples, self.n_components_))
        return self.inverse_transform(codes)

    def reconstruct(self, X: Any) -> Float[np.ndarray, "n_rows n_features"]:
        """Encode and decode rows.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows, in the units of ``fit``.

        Returns
        -------
        ndarray of shape (n_rows, n_features), float32 or float64
            The reconstructions, in the same units; float64 for rows of float64 and of whole numbers of 32
            bits or more. Where columns are categories, their likeliest values as text, in an array of
            objects. In a data frame where ``set_output`` asked for one, and of categories where X is one.
        """
        return self._as_given(self._gather("reconstruct", fitted_rows(self, X), self.n_features_in_), X)

    def reconstruction_error(
        self, X: Any, *, per_feature: bool = False, metric: str = "squared_error"
    ) -> Float[np.ndarray, " n_rows"] | Float[np.ndarray, "n_rows n_features"]:
        """Measure how badly each row is rebuilt.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows, in the units of ``fit``.
        per_feature : bool, default False
            Whether to give every cell's error instead of each row's mean.
        metric : {"squared_error", "absolute_error"}, default "squared_error"
            What an error is, in the units of ``fit``, squared or not. Where columns are categories, numbers
            are measured as they are scaled, and each category by how far the probabilities of its values are
            from the row's: squared, in units of what its frequencies would have on average, or not, the
            probability of other values.

        Returns
        -------
        float64 ndarray of shape (n_rows,); with ``per_feature`` (n_rows, n_features), as frame if asked
        """
        check_is_fitted(self)
        if metric not in METRICS:
            raise ParameterError(
                f"{setting('metric', metric)} is not possible; expected one of "
                f"{', '.join(map(repr, METRICS))}."
                + nearest_name(metric, METRICS, {"mse": "squared_error", "mae": "absolute_error"})
            )
        rows = check_rows(self, X, reset=False)
        if (table := table_of(self)) is not None:
            found = [errors for _, errors in column_errors(self, table, rows, metric)]
            errors = np.concatenate(found if per_feature else [row_means(each) for each in found])
            return self._framed(errors, X) if per_feature else errors
        errors = np.empty(rows.shape if per_feature else len(rows))
        given: deque[Float64[np.ndarray, "block features"]] = deque()
        spare: list[Float64[np.ndarray, "block features"]] = []

        def keep(ahead: RowsAhead, part: slice) -> None:
            n = part.stop - part.start
            cells = errors[part] if per_feature else spare.pop() if spare else np.empty((n, rows.n_features))
            given.append(cells[:n])
            ahead.read_unscaled(part, given[-1])

        for start, rebuilt in self._blocks("reconstruct", rows, keep, np.dtype(np.float64)):
            apart = given.popleft()
            apart -= rebuilt
            (np.square if metric == "squared_error" else np.abs)(apart, out=apart)
            if not per_feature:
                errors[start : start + len(rebuilt)] = row_means(apart)
                spare.append(apart)
        return self._as_given(errors, X) if per_feature else errors

    def score(self, X: Any, y: Any = None) -> float:
        """Score rows for model selection: minus the mean squared reconstruction error.

        It is taken in the units of ``fit``, so that settings with different losses and scalers compare. Rows
        without any cell that is there do not count. A grid search takes it; one with ``scoring``, such as
        "neg_mean_squared_error", which is the same number, asks for rows as their target: ``fit(X, X)``.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows, in the units of ``fit``.
        y : ignored
            For scikit-learn's model selection.

        Returns
        -------
        float
            Higher is better; 0 is perfect.
        """
        return -mean_of_known(self.reconstruction_error(X))

    def blocks(self, X: Any, what: str = "reconstruct") -> Iterator[tuple[int, np.ndarray]]:
        """Encode or rebuild rows some at a time, for results that are larger than memory.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows, in the units of ``fit``; a table from `diabolo.open` is read as it is needed.
        what : {"reconstruct", "transform"}, default "reconstruct"
            What to give of each block.

        Yields
        ------
        start : int
            The block's first row.
        block : ndarray of shape (rows in the block, n_features or n_components)
            As ``reconstruct`` and ``transform`` give it; of objects where columns are categories.

        Raises
        ------
        ParameterError
            For another ``what``.
        """
        check_is_fitted(self)
        if what not in ("reconstruct", "transform"):
            raise ParameterError(f"what={what!r} is not possible; expected 'reconstruct' or 'transform'.")
        rows = check_rows(self, X, reset=False)
        found, table = self._blocks("encode" if what == "transform" else what, rows), table_of(self)
        if table is None or what == "transform":
            return found
        return ((start, table.named(block)) for start, block in found)

    def check_parameters(self) -> Self:
        """Refuse parameters that cannot be, or cannot go together, as ``fit`` does; nothing is trained.

        Returns
        -------
        self

        Raises
        ------
        ParameterError
            For the first that cannot be.
        """
        checked_choices(self)
        return self

    def summary(self) -> str:
        """Describe the network: layers, shapes, activations, numbers of parameters.

        Returns
        -------
        str
            A table, one line a layer, where the network started, how many rows' targets guided it, and where
            ``comparison_`` says so, whether it does better than linear methods.
        """
        check_is_fitted(self)
        return summary_text(self)

    def _blocks(
        self,
        kind: str,
        rows: Any,
        keep: Callable[[RowsAhead, slice], None] | None = None,
        dtype: np.dtype[Any] | None = None,
    ) -> Iterator[tuple[int, np.ndarray]]:
        """Pass rows through the network block by block, in the user's units on both sides.

        ``keep`` is called for every block as its rows are read, up to one block before it is yielded.
        """
        dtype = dtype or self._type_of(kind, rows)
        ahead = None if kind == "decode" else RowsAhead(ScaledRows(rows, self.scaler_))

        def prepare(part: slice, out: np.ndarray) -> None:
            if ahead is None:
                out[:] = rows[part]
                return
            ahead.read(part, out)
            if keep is not None:
                keep(ahead, part)

        for start, passed in pass_blocks(
            kind, placed_network(self), rows, prepare, self.bottleneck_, self.output_activation_
        ):
            if kind not in ("decode", "reconstruct"):
                yield start, passed
            elif (table := table_of(self)) is not None:
                yield start, rebuilt_columns(table, self.scaler_, passed, dtype)
            else:
                yield start, unscale_rows(self.scaler_, passed, dtype)

    def _type_of(self, kind: str, rows: Any) -> np.dtype[Any]:
        """Say of what type the results are: codes are float32, rows as they came in or were fitted."""
        unscaled = self.scaler_.dtype if kind == "decode" else unscaled_dtype(rows.dtype)
        return unscaled if kind in ("decode", "reconstruct") else np.dtype(np.float32)

    def _gather(self, kind: str, rows: Any, width: int) -> Float[np.ndarray, "n_rows width"]:
        result = np.empty((len(rows), width), self._type_of(kind, rows))
        for start, passed in self._blocks(kind, rows):
            result[start : start + len(passed)] = passed
        return result

    def _choices(self) -> dict[str, Any]:
        """Return what this kind of estimator settles, by the names of Choices."""
        return {}

    def _flat(self, X: Any, reset: bool) -> Any:
        """Lay out rows as a table; an estimator of images does more."""
        return X

    @property
    def _n_features_out(self) -> int:
        return int(self.n_components_)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        tags.target_tags.required = is_guided(self)
        return tags

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "network_")

    def __getstate__(self) -> dict[str, Any]:
        # The engine holds compiled functions and device memory; parameters are all that a copy needs.
        state = dict(super().__getstate__())
        state.pop("_engine", None)
        return state
