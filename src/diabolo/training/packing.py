"""Packing: a network's many small arrays as one vector, its large ones left alone.

On the CPU a compiled step on a small network is bound by the number of kernels it starts, about a
microsecond each, not by arithmetic. An optimizer over one vector starts three kernels instead of three
an array. Large arrays stay by themselves, since packing would copy them.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from diabolo.cluster.team import current_team

if TYPE_CHECKING:
    from jax import Array

__all__ = ["LARGE", "Layout", "layout_of", "network_of_first"]

LARGE = 16_384
"""Arrays of at least this many numbers are not packed."""


@dataclass(frozen=True)
class Layout:
    """Where each of a network's arrays lies in its packed form; hashable, for compiled functions.

    Parameters
    ----------
    structure : jax tree definition
        Of the network.
    shapes : tuple of tuple of int
        Of its arrays, in the tree's order.
    turned : tuple of int
        Large matrices that the packed form holds transposed, so that blocks of their columns lie together.
    """

    structure: Any
    shapes: tuple[tuple[int, ...], ...]
    turned: tuple[int, ...] = ()

    def _is_large(self, position: int) -> bool:
        return math.prod(self.shapes[position]) >= LARGE

    @property
    def n_parameters(self) -> int:
        """How many numbers the network has."""
        return sum(math.prod(shape) for shape in self.shapes)

    def pack(self, network: Any) -> tuple[Array, ...]:
        """Return the network's arrays as (one vector of the small ones, each large one)."""
        return self.pack_leaves(jax.tree.leaves(network))

    def pack_leaves(self, leaves: Sequence[Any]) -> tuple[Any, ...]:
        """Return a network's leaves in that form; a large one may be missing, and stays None."""
        library = np if all(isinstance(leaf, np.ndarray) for leaf in leaves) else jnp
        small = [leaf.reshape(-1) for i, leaf in enumerate(leaves) if not self._is_large(i)]
        vector = library.concatenate(small) if small else library.zeros(0, np.float32)
        large = ((i, leaf) for i, leaf in enumerate(leaves) if self._is_large(i))
        return (vector, *(leaf.T if i in self.turned and leaf is not None else leaf for i, leaf in large))

    def position_of(self, leaf: int) -> int:
        """Return where a large leaf stands in the packed form."""
        return 1 + sum(self._is_large(i) for i in range(leaf))

    def unpack(self, packed: Sequence[Any]) -> Any:
        """Return the network that ``pack`` took apart."""
        vector, *large = packed
        leaves, start = [], 0
        for i, shape in enumerate(self.shapes):
            if self._is_large(i):
                leaf = large.pop(0)
                leaves.append(leaf.T if i in self.turned else leaf)
            else:
                size = math.prod(shape)
                leaves.append(vector[start : start + size].reshape(shape))
                start += size
        return jax.tree.unflatten(self.structure, leaves)

    def matrix_mask(self) -> tuple[Any, ...]:
        """Return, in the packed form, 1 where a number belongs to a matrix and 0 where to a bias."""
        marks = [np.float32(len(shape) >= 2) for shape in self.shapes]
        small = [
            np.full(math.prod(shape), mark)
            for i, (shape, mark) in enumerate(zip(self.shapes, marks, strict=True))
            if not self._is_large(i)
        ]
        vector = np.concatenate(small) if small else np.zeros(0, np.float32)
        return (vector, *(mark for i, mark in enumerate(marks) if self._is_large(i)))


def layout_of(network: Any, turned: tuple[int, ...] = ()) -> Layout:
    """Describe how a network is packed.

    Parameters
    ----------
    network : pytree of float32 arrays
        Any network.
    turned : tuple of int, default ()
        Large matrices, by their place among the leaves, to be held transposed.

    Returns
    -------
    Layout

    Examples
    --------
    >>> import numpy as np
    >>> layout = layout_of({"weight": np.ones((3, 2), np.float32), "bias": np.zeros(2, np.float32)})
    >>> layout.n_parameters, layout.pack({"weight": np.ones((3, 2)), "bias": np.zeros(2)})[0].tolist()
    (8, [0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0])
    """
    leaves, structure = jax.tree.flatten(network)
    return Layout(structure, tuple(tuple(leaf.shape) for leaf in leaves), turned)


def network_of_first(network: Any) -> Any:
    """Return the network of a cluster's first process: on another machine, numbers may be rounded otherwise.

    Parameters
    ----------
    network : pytree of float32 arrays
        Of the same shapes in every process.

    Returns
    -------
    Network
    """
    team = current_team()
    if team.n_processes == 1:
        return network
    layout = layout_of(network)
    parts = [np.asarray(part) for part in layout.pack(network)]
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(np.ascontiguousarray(part if part.flags.c_contiguous else part.T).data)
    own = np.frombuffer(digest.digest(), np.uint8)
    if all((arrays["digest"] == own).all() for arrays in team.gathered({"digest": own})):
        return network
    return layout.unpack([team.computed(partial(dict, part=part))["part"] for part in parts])
