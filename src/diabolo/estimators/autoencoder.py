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
        Width of the code. One wider than the rows can copy them: see OvercompleteWarning.
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
    encoder, decoder : callable pytree, function or None, default None
        A network of your own in place of the dense layers, both or neither: two modules, such as Equinox's,
        or two functions ``(key, (inputs, outputs))`` that make them. Each maps one row: the encoder an array
        of n_features numbers to one of ``n_components`` (twice as many for the Gaussian bottleneck: means,
        then log-variances), the decoder a code to n_features numbers, before the output's activation. Float
        arrays in them are trained; a module that is passed is where training starts, and is not changed.
    bottleneck : {"plain", "topk", "gaussian"}, default "plain"
        What makes the code of the encoder's numbers: nothing; all but each row's k largest set to 0; or, in
        training, a draw from a normal distribution whose divergence from a standard normal one is charged.
    bottleneck_params : dict or None, default None
        The bottleneck's settings. topk: k, which must be given, auxiliary_weight 1/32 (of the loss that
        revives units that no row uses) and dead_epochs 1 (without use, for a unit to count as dead);
        gaussian: beta 1 (weight of the divergence) and warmup_epochs 0 (over which it comes to be charged).
    noise : float, dict or None, default None
        What is done to the rows that the encoder sees in training, in scaled units; the clean rows remain the
        target. A number is the standard deviation of Gaussian noise. A dictionary has a ``"kind"`` and
        settings: "gaussian" (standard_deviation 0.2; clip None, "data" for the range of the training rows, or
        (low, high)), "masking" (fraction 0.25 of the cells; fill "zero" or "mean", each column's) or
        "salt_and_pepper" (fraction 0.1; range "data" or (low, high), half of the cells each).
    loss : str, default "squared_error"
        "squared_error", "absolute_error", "huber" or "binary_cross_entropy", a mean over cells.
    huber_delta : float, default 1.0
        Where Huber's loss turns from a square to a line, in scaled units.
    penalty : dict of str to float, or None, default None
        Weights, 0 or more, of what is charged beside the loss: "weight_decay" (half the sum of the squares of
        all matrices), "l1_sparsity" (the sum of the code's absolute activations), "kl_sparsity" (the sum over
        the code's units of the divergence of ``sparsity_target`` from their mean activation; for a sigmoid or
        tanh code) and "contractive" (the squared norm of the code's derivatives by the row). The last three
        are means over rows.
    sparsity_target : float, default 0.05
        The mean activation that "kl_sparsity" wishes each unit of the code to have, between 0 and 1.
    supervision_weight : float, default 0.0
        Above 0, a linear head on the code learns to predict the ``y`` of ``fit``, and its loss counts by this
        weight: the mean squared error of standardized numbers, or the cross-entropy of classes in nats.
    supervision : {"auto", "regression", "classification"}, default "auto"
        What ``y`` is. By itself ("auto"): text, truth values, dates, and whole numbers (2 or 2.0) of at most
        20 different values are classes; other numbers are numbers.
    pretrain : {"layerwise"} or None, default None
        "layerwise" first trains each pair of an encoder layer and its mirror image, from the outermost
        inwards, to rebuild what the trained layers below it give.
    pretrain_epochs : int, default 10
        Epochs for each pair.
    scale : {"minmax", "standard", "maxabs", "center"} or None, default None
        Scaling learned from the training rows alone and undone on the way out.
    missing : {"error", "mean", "mask"}, default "error"
        What becomes of cells that are NaN: the first is named and refused; they are taken for their column's
        mean over the training rows; or that, and their reconstruction is left out of the loss.
    optimizer : str, default "adam"
        "adam", "adam16" (adam with its moments in 16 bits, half their memory), "adamw", "sgd", "rmsprop" or
        "adagrad".
    optimizer_params : dict or None, default None
        The optimizer's settings where they differ from its defaults. adam and adam16: beta_1 0.9, beta_2
        0.999, epsilon 1e-8; adamw: these and weight_decay 0.01 (matrices only); sgd: momentum 0.9, nesterov
        False; rmsprop: rho 0.9, epsilon 1e-8; adagrad: initial_accumulator 0.1, epsilon 1e-10.
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
    random_state : int, RandomState instance or None, default None
        Seed of the initial weights, the order of the rows and the held-out rows. The same seed, data,
        version and machine give the same bits.
    device : str or None, default None
        Where to train: None for JAX's default, or such as "cpu", "gpu", "gpu:1".
    max_memory : int, str or None, default None
        What the whole process may take, in bytes or as "4GB" or "4GiB". A fit that does not fit is refused
        before a row is read; what is left over shuffles the rows of a table on disk. None shuffles them
        through half a gibibyte and refuses nothing.
    verbose : int or "bar", default 0
        0 is silent; n prints a line every n epochs; "bar" draws a progress bar on a terminal.

    Attributes
    ----------
    network_ : DenseNetwork, GuidedNetwork or OwnNetwork
        The trained layers, as a JAX pytree; a GuidedNetwork is one of the others with the head.
    bottleneck_ : Plain, TopK or Gaussian
        What makes the code of the encoder's numbers.
    history_ : dict of str to list of float
        Per epoch: ``loss`` (all that is minimized), ``mean_absolute_error`` (means over the training rows as
        their batches met them, in scaled units), ``learning_rate``, ``seconds``. With more than one term also
        ``reconstruction_loss`` and each further term before its weight: ``weight_decay``, ``l1_sparsity``,
        ``kl_sparsity``, ``contractive``, ``kl_divergence`` (in nats a row; it counts by beta / n_features),
        ``dead_unit_loss``, ``supervised_loss``. With held-out rows also ``validation_loss``,
        ``validation_mean_absolute_error`` and so on for each term.
    pretrain_history_ : list of dict
        A history for each pair of layers that was pretrained, from the outermost; empty without.
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
    target_ : TargetCoding
        How the target is written as numbers, where ``supervision_weight`` is above 0.
    classes_ : ndarray
        The classes in order, where the target is classes.
    feature_importances_ : ndarray of shape (n_features,)
        How strongly the code responds to each feature, as shares of 1; of a guided code, the prediction.
        Dense networks alone have it. After ``partial_fit`` it is over the rows of the last call.
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

    A network of one's own:

    >>> import jax
    >>> make = lambda key, shape: jax.tree_util.Partial(jax.numpy.matmul, jax.random.normal(key, shape[::-1]))
    >>> own = Autoencoder(n_components=3, encoder=make, decoder=make, max_epochs=1, random_state=0)
    >>> own.fit_transform(X).shape
    (1797, 3)
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
        missing: str = "error",
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
        max_memory: int | str | None = None,
        verbose: int | str = 0,
    ) -> None:
        store_parameters(self, locals())
