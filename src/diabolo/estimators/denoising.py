"""The denoising autoencoder."""

from __future__ import annotations

from diabolo.estimators._base import AutoencoderBase
from diabolo.parameters.families import DenoisingParameters
from diabolo.parameters.parameter import documented

__all__ = ["DenoisingAutoencoder"]


@documented
class DenoisingAutoencoder(AutoencoderBase, DenoisingParameters):
    """An autoencoder of dense layers that learns to undo noise.

    In training the encoder sees a noisy version of each row, new at every step, and the decoder is to give
    back the clean row. ``transform`` and ``reconstruct`` add no noise: ``reconstruct`` of noisy rows cleans
    them.

    The fitted attributes are those of :class:`Autoencoder`. Held-out rows are measured clean.

    See Also
    --------
    add_noise : Noisy copies of rows, to try a fitted denoiser on.

    References
    ----------
    P. Vincent et al., Stacked denoising autoencoders: learning useful representations in a deep network with
    a local denoising criterion, JMLR 11, 2010.

    Examples
    --------
    >>> import diabolo
    >>> from diabolo.datasets import load_digits
    >>> X, _ = load_digits()
    >>> noisy = diabolo.add_noise(X, 0.3, random_state=1)
    >>> denoiser = diabolo.DenoisingAutoencoder(16, noise=0.3, max_epochs=20, random_state=0).fit(X)
    >>> cleaned = denoiser.reconstruct(noisy)
    >>> bool(((cleaned - X) ** 2).mean() < ((noisy - X) ** 2).mean() / 2)
    True
    """
