"""Categories: blocks of columns, one a value, rebuilt by a softmax and charged by its cross-entropy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
from jax.scipy.special import logsumexp

from diabolo.core.randomness import draw_uniform, fold_in

if TYPE_CHECKING:
    from jax import Array
    from jaxtyping import Bool, Float, UInt32

    Cells = Float[Array, "rows features"]

__all__ = ["CategoryBlocks", "CategoryNoise"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class CategoryBlocks:
    """Where the blocks of categories lie behind the numbers of a row, and what is known of them.

    A cell of a block is scaled: 1 for the row's value and 0 for others, less the value's frequency p, over
    the root of 2 H p, H being the column's entropy in nats. The output in its place moves the logits away
    from the log frequencies, so that an output of 0 predicts these. To the second order about them the
    cross-entropy over H is the squared distance of output and cell, which is why principal components of
    scaled cells, a factor analysis of mixed data but for the weights, are where a network can start.

    Parameters
    ----------
    n_numbers : int
        Columns of numbers, which come first.
    groups : tuple of (int, int)
        How many blocks of a width follow each other, and that width.
    frequency : array of shape (cells,)
        Of each value in the training rows, above 0; each block sums to 1.
    factor : array of shape (cells,)
        What a cell less its frequency is multiplied by: one over the root of 2 H p.
    entropy : array of shape (blocks,)
        H, what the cross-entropy is divided by.

    References
    ----------
    J. Pages, Analyse factorielle de donnees mixtes, Revue de statistique appliquee 52, 2004.

    Examples
    --------
    >>> import numpy as np
    >>> half = np.array([0.5, 0.5])
    >>> blocks = CategoryBlocks(0, ((1, 2),), half, 1 / np.sqrt(2 * np.log(2) * half), np.log([2.0]))
    >>> rows = (np.eye(2) - half) * blocks.factor
    >>> blocks.losses(jnp.zeros((2, 2)), rows).round(3).tolist()
    [[1.0], [1.0]]
    """

    n_numbers: int = field(metadata={"static": True})
    groups: tuple[tuple[int, int], ...] = field(metadata={"static": True})
    frequency: Any
    factor: Any
    entropy: Any

    @property
    def n_columns(self) -> int:
        """Columns of the user's table: numbers, and one for each block."""
        return self.n_numbers + sum(count for count, _ in self.groups)

    def targets(self, rows: Cells) -> Cells:
        """Return which value each row has, 1 in its place; of a filled or unknown one, what stands for it."""
        return rows[:, self.n_numbers :] / self.factor + self.frequency

    def logits(self, output: Cells) -> Cells:
        """Return the logits of each value."""
        # One over the factor and p: to the first order an output moves the probability by what the cell says.
        gain = 2 * self.spread(self.entropy[None])[0] * self.factor
        return jnp.log(self.frequency) + output[:, self.n_numbers :] * gain

    def losses(self, output: Cells, rows: Cells) -> Float[Array, "rows blocks"]:
        """Measure the cross-entropy of each block, in units of its column's entropy.

        Parameters
        ----------
        output : array of shape (rows, features)
            What the network gives.
        rows : array of shape (rows, features)
            What it should have been, scaled; NaN gives NaN.

        Returns
        -------
        array of shape (rows, blocks)
            1 on average where frequencies are predicted; 0 for a value that is none of the known.
        """
        found = []
        for logit, target in zip(
            self._parts(self.logits(output)), self._parts(self.targets(rows)), strict=True
        ):
            found.append(jnp.sum(target * (logsumexp(logit, axis=2, keepdims=True) - logit), axis=2))
        return jnp.concatenate(found, axis=1) / self.entropy

    def distances(self, output: Cells, rows: Cells) -> Float[Array, "rows blocks"]:
        """Measure how much probability each block's prediction gives to other values than the row's."""
        found = []
        for logit, target in zip(
            self._parts(self.logits(output)), self._parts(self.targets(rows)), strict=True
        ):
            found.append(0.5 * jnp.sum(jnp.abs(jax.nn.softmax(logit, axis=2) - target), axis=2))
        return jnp.concatenate(found, axis=1)

    def by_column(self, cells: Any) -> Any:
        """Return of each block the first cell beside the numbers, such as marks that are alike in a block."""
        first = [part[:, :, 0] for part in self._parts(cells[:, self.n_numbers :])]
        return jnp.concatenate([cells[:, : self.n_numbers], *first], axis=1)

    def spread(self, columns: Any) -> Any:
        """Repeat what is given of each block's column for all of its cells."""
        start, parts = 0, []
        for count, width in self.groups:
            parts.append(jnp.repeat(columns[:, start : start + count], width, axis=1))
            start += count
        return jnp.concatenate(parts, axis=1)

    def _parts(self, cells: Any) -> Iterator[Any]:
        """Lay the cells of blocks of one width out as (rows, blocks, width)."""
        start = 0
        for count, width in self.groups:
            yield cells[:, start : start + count * width].reshape(len(cells), count, width)
            start += count * width


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class CategoryNoise:
    """Noise of numbers as ever, and of categories: another value, or none.

    Parameters
    ----------
    blocks : CategoryBlocks
        Where they are.
    numbers : Corruption
        What is done to the numbers.
    fraction : scalar from 0 to 1
        The probability of each category to be replaced.
    masks : bool
        Whether by what says nothing, the frequencies; else by a value that is drawn by them, which is what
        another row has.

    References
    ----------
    P. Vincent et al., Extracting and composing robust features with denoising autoencoders, ICML 2008; for
    the exchange of values between rows, the autoencoders of M. Jahrer, Porto Seguro's safe driver
    prediction, 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from diabolo.core.corruption import GaussianNoise
    >>> half = np.array([0.5, 0.5])
    >>> blocks = CategoryBlocks(0, ((1, 2),), half, np.ones(2), np.log([2.0]))
    >>> noise = CategoryNoise(blocks, GaussianNoise(0.1, -1.0, 1.0), 1.0, masks=True)
    >>> noise(jnp.array([[0.5, -0.5]]), jnp.array([1, 2], jnp.uint32)).tolist()
    [[0.0, 0.0]]
    """

    blocks: CategoryBlocks
    numbers: Any
    fraction: Any
    masks: bool = field(metadata={"static": True})

    def __call__(self, rows: Cells, key: UInt32[Array, " 2"]) -> Cells:
        """Return noisy rows."""
        blocks, split = self.blocks, self.blocks.n_numbers
        numbers, cells = rows[:, :split], rows[:, split:]
        if split:
            numbers = self.numbers(numbers, fold_in(key, 2))
        n_blocks = blocks.n_columns - split
        is_replaced = draw_uniform(key, (len(rows), n_blocks)) < self.fraction
        other = jnp.zeros_like(cells) if self.masks else self._drawn(fold_in(key, 3), (len(rows), n_blocks))
        return jnp.concatenate([numbers, jnp.where(blocks.spread(is_replaced), other, cells)], axis=1)

    def _drawn(self, key: UInt32[Array, " 2"], shape: tuple[int, int]) -> Cells:
        """Draw a value for each block, by the frequencies, as scaled cells."""
        blocks, ends = self.blocks, []
        for part in blocks._parts(blocks.frequency[None]):
            upto = jnp.cumsum(part, axis=2)
            ends.append((upto / upto[:, :, -1:]).reshape(1, -1))
        high = jnp.concatenate(ends, axis=1)
        drawn = blocks.spread(draw_uniform(key, shape))
        is_below: Bool[Array, "rows cells"] = drawn < high
        # The first value of a block of which the cumulated frequency is above the number drawn.
        parts = []
        for part in blocks._parts(is_below):
            before = jnp.concatenate([jnp.zeros_like(part[:, :, :1]), part[:, :, :-1]], axis=2)
            parts.append((part & ~before).reshape(len(part), -1))
        is_value = jnp.concatenate(parts, axis=1)
        return (is_value - blocks.frequency) * blocks.factor

    def among_codes(self, activation: str) -> Any:
        """Return the noise of numbers for the code of trained layers, in which no block is left."""
        return self.numbers.among_codes(activation)
