"""Randomness: one seed, split by purpose and by epoch; no global generator is read or moved.

Numbers that a compiled step draws are hashes of their positions and of a key, two rounds of MurmurHash3's
finalizer. On a CPU that takes a third to a tenth of the time of JAX's own generator, which at a small
network's pace would cost as much as the training step. It is meant for noise and for nothing that must be
kept secret.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import lax
from numpy.random.bit_generator import ISeedSequence

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Float32, UInt32

__all__ = ["PURPOSES", "BatchKey", "draw_bits", "draw_normal", "draw_uniform", "fold_in", "random_for"]


PURPOSES = (
    "weights",
    "order",
    "split",
    "noise",
    "held out",
    "members",
    "calibration",
    "ridge",
    "folds",
    "masked cells",
)

_GOLDEN = 0x9E3779B9


class BatchKey(NamedTuple):
    """A key for rows that do not lie in the order of their batch, or for some of its rows or columns alone.

    What is drawn with it for a cell is what is drawn with the key alone for that cell of the whole batch.

    Parameters
    ----------
    key : uint32 array of shape (2,)
        Of the batch.
    places : int32 array of shape (rows,), optional
        Where in its batch each row stands; None for rows in their order.
    first : int scalar, default 0
        The first of the columns.
    n_columns : int scalar, optional
        How many columns the whole batch has; None where these are all.
    """

    key: Any
    places: Any = None
    first: Any = 0
    n_columns: Any = None


def random_for(seed: int, purpose: str, epoch: int = 0) -> np.random.Generator:
    """Make the generator for one purpose and one epoch.

    Parameters
    ----------
    seed : int, at least 0
        The fit's only seed.
    purpose : str
        One of :data:`PURPOSES`; they do not share numbers.
    epoch : int, default 0
        Epochs do not share numbers either, so an epoch's order needs none of the epochs before it.

    Returns
    -------
    numpy.random.Generator

    Examples
    --------
    >>> int(random_for(0, "order", 3).integers(100)) == int(random_for(0, "order", 3).integers(100))
    True
    """
    sequence = _Seed(_words(int(seed), PURPOSES.index(purpose), int(epoch)))
    return np.random.Generator(np.random.SFC64(sequence))  # type: ignore[arg-type]  # of NumPy's stubs


class _Seed(ISeedSequence):
    """What a seed sequence has come to."""

    def __init__(self, words: np.ndarray) -> None:
        self.words = words

    def generate_state(self, n_words: int, dtype: Any = np.uint32) -> np.ndarray:
        """Give what SFC64 begins with."""
        return self.words


# Networks of several folds go through the same epochs, and mixing a seed takes longer than a few rows' order.
@functools.lru_cache(maxsize=512)
def _words(seed: int, place: int, epoch: int) -> np.ndarray:
    return np.random.SeedSequence(seed, spawn_key=(place, epoch)).generate_state(3, np.uint64)


def _mix(bits: UInt32[Array, " *shape"]) -> UInt32[Array, " *shape"]:
    bits ^= bits >> 16
    bits *= jnp.uint32(0x85EBCA6B)
    bits ^= bits >> 13
    bits *= jnp.uint32(0xC2B2AE35)
    return bits ^ (bits >> 16)


def fold_in(key: Any, number: UInt32[Array, ""] | int) -> Any:
    """Make a new key from a key and a number, such as a step or a purpose.

    Parameters
    ----------
    key : uint32 array of shape (2,), or BatchKey
        Any key.
    number : int or integer scalar
        Different numbers give unrelated keys.

    Returns
    -------
    uint32 array of shape (2,), or BatchKey

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> key = jnp.array([1, 2], jnp.uint32)
    >>> bool((fold_in(key, 0) == fold_in(key, 1)).any())
    False
    """
    if isinstance(key, BatchKey):
        return key._replace(key=fold_in(key.key, number))
    place = jnp.asarray(number).astype(jnp.uint32) * jnp.uint32(2) + jnp.arange(2, dtype=jnp.uint32)
    return _mix(_mix(place * jnp.uint32(_GOLDEN) + key[0]) ^ key[1])


def draw_bits(key: Any, shape: tuple[int, ...]) -> UInt32[Array, " *shape"]:
    """Draw whole numbers, uniform over 32 bits.

    Parameters
    ----------
    key : uint32 array of shape (2,), or BatchKey
        The same key gives the same numbers.
    shape : tuple of int
        Of the result; up to 2^32 cells.

    Returns
    -------
    uint32 array of ``shape``

    References
    ----------
    A. Appleby, MurmurHash3, 2011 (the finalizer). J. K. Salmon et al., Parallel random numbers: as easy as
    1, 2, 3, SC 2011 (numbers from a counter).

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> draw_bits(jnp.array([1, 2], jnp.uint32), (2, 3)).shape
    (2, 3)
    """
    within = key if isinstance(key, BatchKey) else BatchKey(key)
    key, position = within.key, jnp.zeros(shape, jnp.uint32)
    for axis in range(len(shape)):
        stride: Any = math.prod(shape[axis + 1 :]) % 2**32
        along = lax.broadcasted_iota(jnp.uint32, shape, axis)
        if axis == 0 and within.places is not None:
            along = within.places.astype(jnp.uint32).reshape(-1, *(1,) * (len(shape) - 1))
        if within.n_columns is not None:  # of a table: rows and columns
            stride = 1 if axis else within.n_columns
            along += jnp.asarray(within.first).astype(jnp.uint32) * jnp.uint32(axis)
        position += along * jnp.asarray(stride).astype(jnp.uint32)
    return _mix(_mix(position * jnp.uint32(_GOLDEN) + key[0]) ^ key[1])


def draw_uniform(key: Any, shape: tuple[int, ...]) -> Float32[Array, " *shape"]:
    """Draw numbers between 0 and 1, neither included: the middles of 2^23 equal intervals.

    Parameters
    ----------
    key : uint32 array of shape (2,), or BatchKey
        The same key gives the same numbers.
    shape : tuple of int
        Of the result.

    Returns
    -------
    float32 array of ``shape``

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> numbers = draw_uniform(jnp.array([1, 2], jnp.uint32), (1000,))
    >>> bool((numbers > 0).all() and (numbers < 1).all())
    True
    """
    # 23 bits and a half: with 24, the last interval's middle would round to 1.
    return (draw_bits(key, shape) >> 9).astype(jnp.float32) * jnp.float32(2**-23) + jnp.float32(2**-24)


def draw_normal(key: Any, shape: tuple[int, ...]) -> Float32[Array, " *shape"]:
    """Draw numbers from the standard normal distribution, by the inverse of its distribution function.

    Parameters
    ----------
    key : uint32 array of shape (2,), or BatchKey
        The same key gives the same numbers.
    shape : tuple of int
        Of the result.

    Returns
    -------
    float32 array of ``shape``
        None is further out than 5.3.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> numbers = draw_normal(jnp.array([1, 2], jnp.uint32), (10000,))
    >>> round(float(numbers.std()), 1)
    1.0
    """
    centered = 2.0 * draw_uniform(key, shape) - 1.0
    return jnp.float32(math.sqrt(2.0)) * lax.erf_inv(centered)
