"""Which pixel meets which tap: the sizes, strides and offsets of a convolution."""

from __future__ import annotations

from typing import Literal, NamedTuple

__all__ = ["Axis", "Geometry"]


class Axis(NamedTuple):
    """One axis: pixel ``o`` of the small image meets pixel ``stride * o + t - before`` of the large at tap t.

    Parameters
    ----------
    large, small : int
        Pixels.
    taps : int
        Length of the kernel.
    stride : int
        Large pixels from one small pixel to the next.
    before : int
        Rows of zeros that the large image is thought to begin with.
    """

    large: int
    small: int
    taps: int
    stride: int
    before: int

    @property
    def after(self) -> int:
        """Rows of zeros after the large image; negative where its last rows meet nothing."""
        return (self.small - 1) * self.stride + self.taps - self.before - self.large


class Geometry(NamedTuple):
    """The two axes of a convolution.

    Parameters
    ----------
    rows, columns : Axis
        Down and across.
    """

    rows: Axis
    columns: Axis

    @classmethod
    def of_convolution(
        cls,
        large: tuple[int, ...],
        taps: tuple[int, ...],
        strides: tuple[int, int],
        padding: Literal["same", "valid"],
    ) -> Geometry:
        """Return the geometry of a convolution of a large image to a small one."""

        def axis(large: int, taps: int, stride: int) -> Axis:
            if padding == "valid":
                return Axis(large, (large - taps) // stride + 1, taps, stride, 0)
            small = -(-large // stride)
            return Axis(large, small, taps, stride, max((small - 1) * stride + taps - large, 0) // 2)

        return cls(*map(axis, large, taps, strides))

    @classmethod
    def of_transposed(
        cls, small: tuple[int, ...], taps: tuple[int, ...], strides: tuple[int, int]
    ) -> Geometry:
        """Return the geometry of a transposed convolution of a small image to a large one."""

        def axis(small: int, taps: int, stride: int) -> Axis:
            before = 0 if stride > taps - 1 else (taps - stride) // 2
            return Axis(small * stride, small, taps, stride, before)

        return cls(*map(axis, small, taps, strides))

    @classmethod
    def of_upsampling(
        cls, small: tuple[int, ...], taps: tuple[int, ...], factors: tuple[int, int]
    ) -> Geometry:
        """Return the geometry of a transposed convolution that equals upsampling and convolving."""

        def axis(small: int, taps: int, factor: int) -> Axis:
            return Axis(small * factor, small, taps + factor - 1, factor, taps - 1 - (taps - 1) // 2)

        return cls(*map(axis, small, taps, factors))
