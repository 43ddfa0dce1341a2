"""The dense autoencoder."""

from __future__ import annotations

from diabolo.estimators._base import AutoencoderBase
from diabolo.parameters.families import AutoencoderParameters
from diabolo.parameters.parameter import documented

__all__ = ["Autoencoder"]


@documented
class Autoencoder(AutoencoderBase, AutoencoderParameters):
    """An autoencoder of dense layers, mirrored around its code.

    Rows pass through ``hidden_layer_sizes`` to a code of ``n_components`` numbers and back through the same
    widths; training makes the output resemble the rows. Computation is in float32.

    Attributes
    ----------
    network_ : DenseNetwork, GuidedNetwork or OwnNetwork
        The trained layers, as a JAX pytree; a GuidedNetwork is one of the others with the head.
    bottleneck_ : Plain, TopK or Gaussian
        What makes the code of the encoder's numbers.
    history_ : dict of str to list of float
        Per epoch: ``loss`` (all that is minimized), ``mean_absolute_error`` (means over the training rows as
        their batches met them, in scaled units), ``learning_rate``, ``seconds``. With more than one term also
        ``reconstruction_loss`` and each further term before its weight: penalties by their names,
        ``kl_divergence`` (in nats a row; it counts by beta / n_features),
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
