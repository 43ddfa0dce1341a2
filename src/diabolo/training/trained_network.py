"""A trained network for those who differentiate it: codes and reconstructions as pure functions of arrays."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from diabolo.core.bottlenecks import Bottleneck
from diabolo.core.networks import LayerShape
from diabolo.errors import DiaboloError, InputError
from diabolo.training.forked import jax_is_lost, keep_on_host, refuse_if_lost
from diabolo.training.forward import passed
from diabolo.training.placement import own_placement

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Float

__all__ = ["TrainedNetwork"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class TrainedNetwork:
    """What an estimator has learned, as pure functions of JAX arrays: ``network_`` of a fitted one.

    A pytree whose leaves are the trained numbers. Its methods take one row or a batch of them, and go through
    ``jax.grad``, ``jax.vmap`` and ``jax.jit``. Rows are scaled ones, ``(row - scaler_.offset) *
    scaler_.factor``, and flat where they are images. Nothing is drawn and nothing corrupted.

    Parameters
    ----------
    network : DenseNetwork, ConvolutionalNetwork, OwnNetwork or GuidedNetwork
        The layers; a GuidedNetwork is one of the others with the head. Its ``encode`` gives what the
        bottleneck makes the code of, and its ``decode`` stops before the output's activation.
    bottleneck : Plain, TopK or Gaussian
        Makes the code of what the encoder gives.
    output_activation : str
        Of the last layer.
    n_features, n_components : int
        Widths of a row and of a code.

    Examples
    --------
    The saliency of a code's first number, that is how it changes with each feature of one row:

    >>> import jax
    >>> from diabolo import Autoencoder
    >>> from diabolo.datasets import load_digits
    >>> X, _ = load_digits()
    >>> autoencoder = Autoencoder(2, max_epochs=1, random_state=0).fit(X)
    >>> network, scaler = autoencoder.network_, autoencoder.scaler_
    >>> row = (X[0] - scaler.offset) * scaler.factor
    >>> saliency = jax.grad(lambda row: network.encode(row)[0])(row)
    >>> saliency.shape, network.decode(network.encode(row)).shape
    ((64,), (64,))
    """

    network: Any
    bottleneck: Bottleneck = field(metadata={"static": True})
    output_activation: str = field(metadata={"static": True})
    n_features: int = field(metadata={"static": True})
    n_components: int = field(metadata={"static": True})

    def encode(self, rows: Float[Array, "*rows features"]) -> Float[Array, "*rows components"]:
        """Encode one row or several, as ``transform`` does.

        Parameters
        ----------
        rows : array of shape (n_features,) or (n_rows, n_features)
            Scaled.

        Returns
        -------
        array of shape (n_components,) or (n_rows, n_components)

        Raises
        ------
        InputError
            For an array of another shape.
        """
        return self._passed("encode", rows, self.n_features)

    def decode(self, code: Float[Array, "*rows components"]) -> Float[Array, "*rows features"]:
        """Decode one code or several, as ``inverse_transform`` does before it scales back.

        Parameters
        ----------
        code : array of shape (n_components,) or (n_rows, n_components)
            Such as ``encode`` gives.

        Returns
        -------
        array of shape (n_features,) or (n_rows, n_features)
            Scaled rows: the output's activation is taken.

        Raises
        ------
        InputError
            For an array of another shape.
        """
        return self._passed("decode", code, self.n_components)

    def reconstruct(self, rows: Float[Array, "*rows features"]) -> Float[Array, "*rows features"]:
        """Encode and decode one row or several; parameters, returns and errors as of the two."""
        return self._passed("reconstruct", rows, self.n_features)

    def predict(self, code: Float[Array, "*rows components"]) -> Float[Array, "*rows outputs"]:
        """Give what the head of a guided network makes of one code or several: numbers, or a logit a class.

        Parameters
        ----------
        code : array of shape (n_components,) or (n_rows, n_components)
            Such as ``encode`` gives.

        Returns
        -------
        array of shape (n_outputs,) or (n_rows, n_outputs)
            Numbers are in the units in which they were trained on.

        Raises
        ------
        InputError
            For an array of another shape.
        AttributeError
            For a network that no target guided.
        """
        return _by_rows(self.network.predict, "predict", code, self.n_components)

    @property
    def waits_on_host(self) -> bool:
        """Whether its numbers are NumPy's, as a file has them, and JAX is there to be given them."""
        return self._is_on_host and not jax_is_lost()

    @cached_property
    def _is_on_host(self) -> bool:
        return all(isinstance(leaf, np.ndarray) for leaf in jax.tree.leaves(self.network))

    def placed(self, device: str | None) -> TrainedNetwork:
        """Return the same with its numbers on a device; on JAX's default where this machine lacks it."""
        try:
            placement = own_placement(device)
        except DiaboloError:
            placement = own_placement(None)
        network = placement.put_parameters(self.network)
        keep_on_host(network)
        return replace(self, network=network)

    def __getstate__(self) -> dict[str, Any]:
        # JAX's arrays would start JAX in whoever reads them, and so in a server before it forks.
        kept = {each.name: getattr(self, each.name) for each in fields(self)}
        return {**kept, "network": jax.tree.map(np.asarray, self.network)}

    def layer_shapes(self) -> list[LayerShape]:
        """Describe every layer from input to output, for a summary."""
        shapes: list[LayerShape] = self.network.layer_shapes(self.output_activation)
        return shapes

    def _passed(self, kind: str, rows: Any, width: int) -> Any:
        def pass_on(batch: Any) -> Any:
            return passed(kind, self.network, batch, self.bottleneck, self.output_activation)

        return _by_rows(pass_on, kind, rows, width)

    @property
    def encoder(self) -> Any:
        """The encoder's layers."""
        return self._layers.encoder

    @property
    def decoder(self) -> Any:
        """The decoder's layers."""
        return self._layers.decoder

    @property
    def head(self) -> Any:
        """The layer that predicts, of a guided network."""
        return self.network.head

    @property
    def _layers(self) -> Any:
        return self.network.network if hasattr(self.network, "head") else self.network


def _by_rows(pass_on: Any, kind: str, rows: Any, width: int) -> Any:
    """Pass one row as a batch of one."""
    if not isinstance(rows, jax.core.Tracer):
        refuse_if_lost(f"network_.{kind} works on JAX's arrays, and transform and its like on NumPy's")
    batch = jnp.asarray(rows)
    if batch.ndim not in (1, 2) or batch.shape[-1] != width:
        raise InputError(
            f"network_.{kind} got an array of shape {batch.shape}; expected ({width},) for one, or "
            f"(n, {width}) for several."
        )
    return pass_on(batch) if batch.ndim == 2 else pass_on(batch[None])[0]
