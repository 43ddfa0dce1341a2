"""The autoencoders of dense layers: the plain one, the sparse and the variational."""

from __future__ import annotations

from typing import Any

from diabolo.estimators._base import AutoencoderBase
from diabolo.parameters.families import AutoencoderParameters, SparseParameters, VariationalParameters
from diabolo.parameters.parameter import documented

__all__ = ["Autoencoder", "SparseAutoencoder", "VariationalAutoencoder"]


@documented
class Autoencoder(AutoencoderBase, AutoencoderParameters):
    """An autoencoder of dense layers, mirrored around its code.

    Rows pass through ``hidden_layer_sizes`` to a code of ``n_components`` numbers and back through the same
    widths; training makes the output resemble the rows. Computation is in float32.

    Attributes
    ----------
    network_ : TrainedNetwork
        What was learned, as a JAX pytree with pure functions of one row or several: ``encode``, ``decode``,
        ``reconstruct``, in scaled units. Its ``network`` is the layers alone.
    bottleneck_ : Plain, TopK or Gaussian
        What makes the code of the encoder's numbers.
    history_ : dict of str to list of float
        Per epoch: ``loss`` (all that is minimized), ``mean_absolute_error`` (means over the training rows as
        their batches met them, in scaled units), ``learning_rate``, ``seconds``. With more than one term also
        ``reconstruction_loss`` and each further term before its weight: penalties by their names,
        ``own_penalty``, ``kl_divergence`` (in nats a row; it counts by beta / n_features),
        ``dead_unit_loss``, ``supervised_loss``. With held-out rows also ``validation_loss``,
        ``validation_mean_absolute_error`` and so on for each term.
    pretrain_history_ : list of dict
        A history for each pair of layers that was pretrained, from the outermost; empty without.
    n_epochs_ : int
        Epochs trained.
    best_epoch_ : int
        From 1: the epoch with the lowest validation loss, or without held-out rows the last; 0 where no epoch
        was better than the start, which is then what is left. Where the length is chosen, epochs and
        ``history_`` are of the networks that chose it.
    start_ : str
        "principal components", "principal covariates" or "random weights".
    start_loss_ : float
        Of held-out rows at the start, which is the linear answer's; NaN where that was not measured.
    trained_on_ : str
        "features", or "scores" where few rows of many features were trained on in the space that they span.
    output_activation_ : str
        The output activation in use.
    scaler_ : Scaler
        Offsets and factors in use.
    n_components_, n_parameters_ : int
        Width of the code; numbers in the network.
    target_ : TargetCoding
        How the target is written as numbers, where ``supervision_weight`` is above 0.
    n_labeled_rows_ : int
        Rows of ``fit``, or of the last call of ``partial_fit``, whose target is known; with ``target_``.
    classes_ : ndarray
        The classes in order, where the target is classes.
    feature_importances_ : ndarray of shape (n_features,)
        How strongly the code responds to each feature, as shares of 1; of a guided code, the prediction.
        Dense networks alone have it. After ``partial_fit`` it is over the rows of the last call.
    comparison_ : LinearComparison
        What `diabolo.evaluation.compare_with_linear` found, where it was asked; a new fit drops it.
    categories_ : CategoryTable
        The values of each category, where ``categories`` names some.
    n_features_in_ : int
        Columns seen in ``fit``.
    feature_names_in_ : ndarray of str
        Their names, where X had names.

    See Also
    --------
    DenoisingAutoencoder, SparseAutoencoder, VariationalAutoencoder, ConvolutionalAutoencoder

    References
    ----------
    G. E. Hinton and R. R. Salakhutdinov, Reducing the dimensionality of data with neural networks, Science
    313, 2006.

    Examples
    --------
    >>> from diabolo import Autoencoder
    >>> from diabolo.datasets import load_digits
    >>> X, _ = load_digits()
    >>> autoencoder = Autoencoder(n_components=2, hidden_layer_sizes=(32,), max_epochs=3, random_state=0)
    >>> autoencoder.fit_transform(X).shape
    (1797, 2)
    >>> autoencoder.reconstruct(X).shape, autoencoder.output_activation_
    ((1797, 64), 'linear')

    A network of one's own:

    >>> import jax
    >>> make = lambda key, shape: jax.tree_util.Partial(jax.numpy.matmul, jax.random.normal(key, shape[::-1]))
    >>> own = Autoencoder(n_components=3, encoder=make, decoder=make, max_epochs=1, random_state=0)
    >>> own.fit_transform(X).shape
    (1797, 3)
    """


@documented
class SparseAutoencoder(AutoencoderBase, SparseParameters):
    """An autoencoder of dense layers whose code has few active units for each row.

    The code is commonly wider than the rows: each unit comes to stand for a part that some rows have.

    The fitted attributes are those of :class:`Autoencoder`; ``history_`` has ``kl_sparsity`` or
    ``l1_sparsity``, before the weight.

    See Also
    --------
    Autoencoder, VariationalAutoencoder

    References
    ----------
    A. Ng, Sparse autoencoder, CS294A lecture notes, Stanford, 2011. A. Makhzani and B. Frey, k-sparse
    autoencoders, ICLR 2014. L. Gao et al., Scaling and evaluating sparse autoencoders, ICLR 2025.

    Examples
    --------
    >>> from diabolo import SparseAutoencoder
    >>> from diabolo.datasets import load_digits
    >>> X, _ = load_digits()
    >>> sparse = SparseAutoencoder(192, sparsity="topk", k=5, max_epochs=5, random_state=0)
    >>> codes = sparse.fit_transform(X)
    >>> set((codes != 0).sum(axis=1).tolist())
    {5}
    """

    def _choices(self) -> dict[str, Any]:
        default_activation = {"kl": "sigmoid", "l1": "relu"}.get(self.sparsity, "linear")
        penalty = {"weight_decay": self.weight_decay}
        choices: dict[str, Any] = {"penalty": penalty}
        if self.code_activation == "auto":
            choices["code_activation"] = default_activation
        if self.sparsity == "topk":
            k = max(self.n_components // 8, 1) if self.k is None else self.k
            return {**choices, "bottleneck": "topk", "bottleneck_params": {"k": k}}
        penalty[f"{self.sparsity}_sparsity"] = self.sparsity_weight
        return choices


@documented
class VariationalAutoencoder(AutoencoderBase, VariationalParameters):
    """An autoencoder of dense layers whose code is a distribution, and that can make new rows.

    The encoder gives a mean and a variance for each number of the code; the decoder sees a draw from that
    normal distribution. The divergence from a standard normal prior is charged, so draws from the prior
    decode to rows like those of ``fit``. ``transform`` gives the mean.

    The fitted attributes are those of :class:`Autoencoder`; ``history_`` has ``kl_divergence``, in nats a row
    and before its weight. Held-out rows are measured with the mean as their code.

    See Also
    --------
    Autoencoder, SparseAutoencoder

    References
    ----------
    D. P. Kingma and M. Welling, Auto-encoding variational Bayes, ICLR 2014. I. Higgins et al., beta-VAE:
    learning basic visual concepts with a constrained variational framework, ICLR 2017.

    Examples
    --------
    >>> from diabolo import VariationalAutoencoder
    >>> from diabolo.datasets import load_digits
    >>> X, _ = load_digits()
    >>> variational = VariationalAutoencoder(2, loss="binary_cross_entropy", max_epochs=5, random_state=0)
    >>> variational.fit(X).sample(10, random_state=0).shape
    (10, 64)
    """

    def _choices(self) -> dict[str, Any]:
        settings = {"beta": self.beta, "warmup_epochs": self.warmup_epochs}
        return {"bottleneck": "gaussian", "bottleneck_params": settings}
