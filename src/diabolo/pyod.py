"""For scripts written for PyOD: its names and its signs, on Diabolo's detector. PyOD itself is not needed."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.errors import DiaboloError, DiaboloWarning, ParameterError
from diabolo.estimators._foreign import ForeignNames
from diabolo.estimators._sklearn import BaseEstimator, check_is_fitted, store_parameters
from diabolo.estimators.autoencoder import Autoencoder
from diabolo.estimators.detector import AutoencoderDetector
from diabolo.messages import Named, setting, warn_caller

if TYPE_CHECKING:
    from typing import Self

    from jaxtyping import Float, Int

__all__ = ["AutoEncoder"]

# What PyOD sets where nothing is said; with any of these said, a network is trained.
_USUAL: dict[str, Any] = {
    "lr": 1e-3,
    "epoch_num": 10,
    "batch_size": 32,
    "optimizer_name": "adam",
    "optimizer_params": {"weight_decay": 1e-5},
    "hidden_neuron_list": (64, 32),
    "hidden_activation_name": "relu",
}


# What messages about the network call a setting, and what it is called here.
_OWN_WORDS = {
    "learning_rate": "lr",
    "max_epochs": "epoch_num",
    "optimizer": "optimizer_name",
    "n_components": "hidden_neuron_list",
    "hidden_layer_sizes": "hidden_neuron_list",
    "activation": "hidden_activation_name",
    "code_activation": "hidden_activation_name",
    "scale": "preprocessing",
    "penalty": "optimizer_params",
}


@contextlib.contextmanager
def _in_own_words() -> Iterator[None]:
    """Have errors say what a setting of the network is called here."""
    try:
        yield
    except DiaboloError as problem:
        said = problem.message.said(_own_word)
        raise type(problem)(
            said.replace("AutoencoderDetector:", "AutoEncoder:").replace("Autoencoder:", "AutoEncoder:")
        ) from None


def _own_word(named: Named) -> str:
    name = _OWN_WORDS.get(named.name, named.name)
    if name == "preprocessing":
        return setting(name, True) if "standard" in named.python else setting(name)
    if name not in AutoEncoder._get_param_names():
        home = "AutoencoderDetector" if name in AutoencoderDetector.PARAMETERS else "Autoencoder"
        return f"{named.python} (of diabolo.{home})"
    return setting(name) + named.python.removeprefix(named.name)


class AutoEncoder(ForeignNames, BaseEstimator):
    """An anomaly detector with PyOD's names and signs: 1 is an anomaly, 0 is normal, higher scores are odder.

    With nothing said of network and training it is :class:`diabolo.AutoencoderDetector` as it comes; with any
    of ``hidden_neuron_list``, ``hidden_activation_name``, ``lr``, ``epoch_num``, ``batch_size``,
    ``optimizer_name`` or ``optimizer_params`` it trains a network, and PyOD's values stand for the others.

    Parameters
    ----------
    contamination : float, default 0.1
        The share of the training rows that ``labels_`` calls anomalies; above 0 and at most 0.5.
    preprocessing : bool, default True
        Whether a trained network gets its columns standardized.
    lr : float or None, default None
        Step size; PyOD's is 1e-3.
    epoch_num : int or None, default None
        Passes over the rows; PyOD's is 10.
    batch_size : int or None, default None
        Rows a step; PyOD's is 32.
    optimizer_name : str or None, default None
        One of Diabolo's optimizers; PyOD's is "adam".
    device : str or None, default None
        Where to train, such as "cpu"; "cuda" is "gpu".
    random_state : int, default 42
        Seed.
    use_compile, compile_mode : ignored
        Diabolo always compiles.
    verbose : int, default 1
        0 is silent, 1 shows a bar, 2 a line an epoch.
    optimizer_params : dict or None, default None
        ``weight_decay`` (PyOD's is 1e-5, added to the gradient) and the optimizer's own settings.
    hidden_neuron_list : sequence of int or None, default None
        Widths of the encoder's layers, the last one that of the code; PyOD's is [64, 32].
    hidden_activation_name : str or None, default None
        Of all layers but the last; PyOD's is "relu".
    batch_norm, dropout_rate : default None
        Diabolo's networks have neither; asking for them gives a warning and has no other effect.

    Attributes
    ----------
    decision_scores_ : ndarray of shape (n_rows,)
        Scores of the training rows; of few, where scores by what was learned from them say nothing of new
        ones, each by what was learned without it.
    labels_ : ndarray of shape (n_rows,), int
        0 or 1 for each of them.
    threshold_ : float
        A row whose score is above it is called an anomaly.
    detector_ : AutoencoderDetector
        What does the work, with all that PyOD has no name for.

    See Also
    --------
    diabolo.AutoencoderDetector

    References
    ----------
    Y. Zhao, Z. Nasrullah and Z. Li, PyOD: a Python toolbox for scalable outlier detection, Journal of Machine
    Learning Research 20 (96), 2019.

    Examples
    --------
    >>> from diabolo.pyod import AutoEncoder
    >>> from diabolo.datasets import load_digits
    >>> X, _ = load_digits()
    >>> detector = AutoEncoder(contamination=0.05).fit(X[:200])
    >>> int(detector.labels_.sum()), detector.predict(X[:3]).shape
    (10, (3,))
    """

    def __init__(
        self,
        contamination: float = 0.1,
        preprocessing: bool = True,
        lr: float | None = None,
        epoch_num: int | None = None,
        batch_size: int | None = None,
        optimizer_name: str | None = None,
        device: str | None = None,
        random_state: int | None = 42,
        use_compile: bool = False,
        compile_mode: str = "default",
        verbose: int = 1,
        optimizer_params: Mapping[str, float] | None = None,
        hidden_neuron_list: Sequence[int] | None = None,
        hidden_activation_name: str | None = None,
        batch_norm: bool | None = None,
        dropout_rate: float | None = None,
    ) -> None:
        store_parameters(self, locals())

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn what most rows look like.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows, some of them anomalies.
        y : ignored
            As PyOD has it.

        Returns
        -------
        self
        """
        if self.batch_norm or self.dropout_rate:
            warn_caller(
                DiaboloWarning(
                    "AutoEncoder: Diabolo's networks have neither batch normalization nor dropout; "
                    "batch_norm and dropout_rate are left aside."
                )
            )
        if not isinstance(self.contamination, (int, float)) or not 0 < self.contamination <= 0.5:
            raise ParameterError(
                f"AutoEncoder: {setting('contamination', self.contamination)} is not possible; expected a "
                "number above 0 and at most 0.5."
            )
        with _in_own_words():
            self.detector_ = AutoencoderDetector(
                self._network(),
                threshold="contamination",
                threshold_params={"share": self.contamination},
                random_state=self.random_state,
            ).fit(X)
        known, self._share = self.detector_.known_scores_, self.contamination
        self.threshold_ = self.detector_.threshold_
        # Few rows, which a network may know by heart, are called by what was learned without them.
        self.decision_scores_ = known.training
        if known.seen is not None and (known.seen > self.threshold_).sum() >= int(
            self._share * len(known.seen)
        ):
            self.decision_scores_ = known.seen
        self.labels_ = (self.decision_scores_ > self.threshold_).astype(int)
        self.n_features_in_ = self.detector_.n_features_in_
        return self

    def decision_function(self, X: Any) -> Float[np.ndarray, " n_rows"]:
        """Say how odd rows are.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows.

        Returns
        -------
        ndarray of shape (n_rows,)
            Higher is odder: the opposite of scikit-learn's method of that name.
        """
        check_is_fitted(self)
        return self.detector_.anomaly_score(X)

    def predict(self, X: Any, return_confidence: bool = False) -> Any:
        """Tell anomalies from normal rows.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows.
        return_confidence : bool, default False
            Whether to return :meth:`predict_confidence` besides.

        Returns
        -------
        ndarray of shape (n_rows,), int
            1 for anomalies, 0 for others; or a pair with the confidence.
        """
        called = (self.decision_function(X) > self.threshold_).astype(int)
        return (called, self.predict_confidence(X)) if return_confidence else called

    def fit_predict(self, X: Any, y: Any = None) -> Int[np.ndarray, " n_rows"]:
        """Fit, and return ``labels_``.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows, some of them anomalies.
        y : ignored
            As PyOD has it.

        Returns
        -------
        ndarray of shape (n_rows,), int
            1 for anomalies, 0 for others.
        """
        return self.fit(X).labels_

    def predict_proba(self, X: Any, method: str = "linear", return_confidence: bool = False) -> Any:
        """Turn scores into numbers between 0 and 1.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows.
        method : {"linear", "unify"}, default "linear"
            From the least to the largest training score; or by the error function of the scores in standard
            deviations from their mean.
        return_confidence : bool, default False
            Whether to return :meth:`predict_confidence` besides.

        Returns
        -------
        ndarray of shape (n_rows, 2)
            For normal and for anomaly, summing to 1; or a pair with the confidence.

        References
        ----------
        H.-P. Kriegel et al., Interpreting and unifying outlier scores, SDM 2011.
        """
        if method not in ("linear", "unify"):
            raise ParameterError(f"method={method!r} is not possible; expected 'linear' or 'unify'.")
        scores, known = self.decision_function(X), self.decision_scores_
        if method == "linear":
            span = float(known.max() - known.min())
            odd = (scores - known.min()) / (span if span > 0 else 1.0)
        else:
            deviation = float(known.std())
            standard = (scores - known.mean()) / ((deviation if deviation > 0 else 1.0) * math.sqrt(2))
            odd = np.array([math.erf(value) for value in standard])
        odd = np.clip(odd, 0.0, 1.0)
        shares = np.column_stack([1.0 - odd, odd])
        return (shares, self.predict_confidence(X)) if return_confidence else shares

    def predict_confidence(self, X: Any) -> Float[np.ndarray, " n_rows"]:
        """Say how often the same would be called of each row if the training rows were drawn again.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows.

        Returns
        -------
        ndarray of shape (n_rows,)
            From 0 to 1.

        References
        ----------
        L. Perini, V. Vercruyssen and J. Davis, Quantifying the confidence of anomaly detectors in their
        example-wise predictions, ECML PKDD 2020.
        """
        from scipy.stats import binom

        scores, n = self.decision_function(X), len(self.decision_scores_)
        below = np.searchsorted(np.sort(self.decision_scores_), scores, side="right")
        odd = 1.0 - binom.cdf(n - int(n * self._share), n, (1.0 + below) / (2.0 + n))
        return np.where(scores > self.threshold_, odd, 1.0 - odd)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def _network(self) -> str | Autoencoder:
        said = {name: value for name in _USUAL if (value := getattr(self, name)) is not None}
        if not said:
            return "linear"
        chosen = {**_USUAL, **said}
        widths = tuple(chosen["hidden_neuron_list"])
        if not widths:
            raise ParameterError(
                "AutoEncoder: hidden_neuron_list=[] has no code; expected one width or more."
            )
        settings = dict(chosen["optimizer_params"])
        decay = float(settings.pop("weight_decay", 0.0))
        verbose: Any = {0: 0, 1: "bar", 2: 1}.get(self.verbose, self.verbose)
        device = self.device.replace("cuda", "gpu") if isinstance(self.device, str) else self.device
        return Autoencoder(
            int(widths[-1]),
            hidden_layer_sizes=tuple(int(width) for width in widths[:-1]),
            activation=chosen["hidden_activation_name"],
            code_activation=chosen["hidden_activation_name"],
            output_activation="linear",
            penalty={"weight_decay": decay} if decay else None,
            scale="standard" if self.preprocessing else None,
            optimizer=chosen["optimizer_name"],
            optimizer_params=settings or None,
            learning_rate=chosen["lr"],
            batch_size=chosen["batch_size"],
            max_epochs=chosen["epoch_num"],
            device=device,
            verbose=verbose,
        )
