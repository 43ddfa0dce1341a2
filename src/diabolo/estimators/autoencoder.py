"""The dense autoencoder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from diabolo.estimators._base import AutoencoderBase, store_parameters

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Autoencoder"]


class Autoencoder(AutoencoderBase):
    """An autoencoder of dense layers, mirrored around its code.

    Rows pass through ``hidden_layer_sizes`` to a code of ``n_components`` numbers and back through the same
    widths; training makes the output resemble the rows. Computation is in float32.

    Parameters
    ----------
    n_components : int, default 2
        Width of the code.
    hidden_layer_sizes : tuple of int, default (32,)
        Widths of the encoder's hidden layers; the decoder mirrors them. ``()`` for none.
    activation : str, default "relu"
        Of the hidden layers: "linear", "relu", "leaky_relu", "elu", "gelu", "tanh", "sigmoid" or "softplus".
    code_activation : str, default "linear"
        Of the code: one of the same.
    output_activation : str, default "auto"
        Of the output: one of the same, or "auto": the sigmoid for the cross-entropy; linear where
        ``activation`` is; else the sigmoid if the scaled training rows lie within [0, 1], linear if not.
        ``output_activation_`` says what it came to.
    tied_weights : bool, default False
        Whether each decoder matrix is its encoder partner's transposed, with a bias of its own.
    initializer : str, default "glorot_uniform"
        Of the weights: "glorot_uniform", "glorot_normal", "he_uniform" or "he_normal". Biases start at 0.
    loss : str, default "squared_error"
        "squared_error", "absolute_error", "huber" or "binary_cross_entropy", a mean over cells.
    huber_delta : float, default 1.0
        Where Huber's loss turns from a square to a line, in scaled units.
    scale : {"minmax", "standard", "maxabs"} or None, default None
        Scaling learnt from the training rows alone and undone on the way out.
    optimizer : str, default "adam"
        "adam", "adamw", "sgd", "rmsprop" or "adagrad".
    optimizer_params : dict or None, default None
        The optimiser's settings where they differ from its defaults. adam: beta_1 0.9, beta_2 0.999, epsilon
        1e-8; adamw: these and weight_decay 0.01 (matrices only); sgd: momentum 0.9, nesterov False; rmsprop:
        rho 0.9, epsilon 1e-8; adagrad: initial_accumulator 0.1, epsilon 1e-10.
    learning_rate : float, default 1e-3
        Step size at the start, above 0.
    learning_rate_schedule : {"constant", "cosine", "step"}, default "constant"
        How the step size changes.
    schedule_params : dict or None, default None
        The schedule's settings where they differ from its defaults. cosine: final_fraction 0; step: epochs
        30, factor 0.1.
    max_gradient_norm : float or None, default None
        Longer gradients are shortened to this Euclidean norm.
    batch_size : int, default 32
        Rows a step. Where it is at least the number of training rows, a step sees them all, and neither their
        order nor their repetition changes the result.
    max_epochs : int, default 100
        Passes over the rows.
    shuffle : bool, default True
        Whether each epoch visits the rows in a new order.
    validation_fraction : float or None, default None
        Share of the rows, from 0 to below 1, that is held out, never trained on and measured after each
        epoch. None is 0.1 with early stopping and 0 without.
    early_stopping : bool, default False
        Whether to stop when the validation loss has not fallen for ``n_iter_no_change`` epochs; the best
        epoch's parameters are restored.
    n_iter_no_change : int, default 10
        Epochs to wait for a lower validation loss.
    tol : float, default 1e-4
        Share of the validation loss that last ended the wait by which a later one must be lower to end it.
    overcomplete : bool, default False
        Whether ``n_components`` may exceed the number of features.
    random_state : int, RandomState instance or None, default None
        Seed of the initial weights, the order of the rows and the held-out rows. The same seed, data,
        version and machine give the same bits.
    device : str or None, default None
        Where to train: None for JAX's default, or such as "cpu", "gpu", "gpu:1".
    verbose : int or "bar", default 0
        0 is silent; n prints a line every n epochs; "bar" draws a progress bar on a terminal.

    Attributes
    ----------
    network_ : DenseNetwork
        The trained layers, as a JAX pytree.
    history_ : dict of str to list of float
        Per epoch: ``loss``, ``mean_absolute_error`` (means over the training rows as their batches met them,
        in scaled units), ``learning_rate``, ``seconds``; with held-out rows also ``validation_loss`` and
        ``validation_mean_absolute_error``.
    n_epochs_ : int
        Epochs trained.
    best_epoch_ : int
        From 1: the epoch with the lowest validation loss, or without held-out rows the last.
    output_activation_ : str
        The output activation in use.
    scaler_ : Scaler
        Offsets and factors in use.
    n_components_, n_parameters_ : int
        Width of the code; numbers in the network.
    n_features_in_ : int
        Columns seen in ``fit``.
    feature_names_in_ : ndarray of str
        Their names, where X had names.

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
    ((1797, 64), 'sigmoid')
    """

    def __init__(
        self,
        n_components: int = 2,
        *,
        hidden_layer_sizes: tuple[int, ...] = (32,),
        activation: str = "relu",
        code_activation: str = "linear",
        output_activation: str = "auto",
        tied_weights: bool = False,
        initializer: str = "glorot_uniform",
        encoder: Any = None,
        decoder: Any = None,
        bottleneck: str = "plain",
        bottleneck_params: Mapping[str, float] | None = None,
        noise: float | Mapping[str, Any] | None = None,
        loss: str = "squared_error",
        huber_delta: float = 1.0,
        penalty: Mapping[str, float] | None = None,
        sparsity_target: float = 0.05,
        supervision_weight: float = 0.0,
        supervision: str = "auto",
        pretrain: str | None = None,
        pretrain_epochs: int = 10,
        scale: str | None = None,
        optimizer: str = "adam",
        optimizer_params: Mapping[str, float] | None = None,
        learning_rate: float = 1e-3,
        learning_rate_schedule: str = "constant",
        schedule_params: Mapping[str, float] | None = None,
        max_gradient_norm: float | None = None,
        batch_size: int = 32,
        max_epochs: int = 100,
        shuffle: bool = True,
        validation_fraction: float | None = None,
        early_stopping: bool = False,
        n_iter_no_change: int = 10,
        tol: float = 1e-4,
        random_state: int | np.random.RandomState | None = None,
        device: str | None = None,
        verbose: int | str = 0,
    ) -> None:
        store_parameters(self, locals())
