"""The axes of the map: components of the code, its principal plane, t-SNE, or a strip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from diabolo.errors import InputError, ParameterError, nearest_name
from diabolo.messages import setting
from diabolo.reporting.packing import packed

if TYPE_CHECKING:
    from jaxtyping import Float, Float32, Float64

    Codes = Float32[np.ndarray, "n n_components"]

__all__ = ["PROJECTIONS", "Axes", "checked_axes", "map_axes"]

PROJECTIONS = ("auto", "components", "principal", "tsne")
_KINDS = {"principal": "principal axis {} of the code", "tsne": "t-SNE {}"}
# t-SNE of more numbers than that is as good of their principal components, and takes a fraction of the time.
_TSNE_COMPONENTS, _TSNE_LEAST, _PERPLEXITY = 50, 5, 30
# What one point takes on one axis, on the page: two bytes that hardly deflate, in base64.
_POINT_BYTES = 2.7


@dataclass(frozen=True)
class Axes:
    """What was asked of the map.

    Parameters
    ----------
    components : tuple of (int, int) or None
        Chosen ones.
    projection : {"auto", "components", "principal", "tsne"}
        What to begin with.
    """

    components: tuple[int, int] | None
    projection: str


def checked_axes(components: Any, projection: Any, n_components: int) -> Axes:
    """Check what was asked of the map.

    Raises
    ------
    ParameterError
        `components` are no two of the code's, or `projection` is none.
    """
    if projection not in PROJECTIONS:
        hint = nearest_name(str(projection), PROJECTIONS, {"pca": "principal", "t-sne": "tsne"})
        raise ParameterError(
            f"{setting('projection', projection)} is not possible; expected one of "
            f"{', '.join(map(repr, PROJECTIONS))}.{hint}"
        )
    if components is None:
        return Axes(None, projection)
    try:
        chosen = tuple(int(each) for each in components)
    except (TypeError, ValueError):
        chosen = ()
    if len(chosen) != 2 or not all(0 <= each < n_components for each in chosen) or len(set(chosen)) != 2:
        raise ParameterError(
            f"{setting('components', components)} are not two different components of a code of "
            f"{n_components}; they are numbered from 0, such as {setting('components', (0, 1))}."
        )
    return Axes((chosen[0], chosen[1]), projection)


def map_axes(
    codes: Codes,
    height: Float64[np.ndarray, " n"],
    height_kind: str,
    asked: Axes,
    room: float,
    random_state: int,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], int]:
    """Make the axes, and say which pairs of them are maps.

    Parameters
    ----------
    codes : array of shape (n, n_components)
        Of the points.
    height : array of shape (n,)
        Their score or error, which a code of one is drawn against.
    height_kind : {"score", "error"}
        Which.
    asked : Axes
        By the user.
    room : float
        Bytes on the page for components that are offered beside the map.
    random_state : int
        Of t-SNE.

    Returns
    -------
    axes, pairs : lists of dict
        As reporting/README.md describes them.
    n_left_out : int
        Components that there was no room for.

    Raises
    ------
    InputError
        t-SNE is asked of fewer than five points.
    """
    width = codes.shape[1]
    axes: list[dict[str, Any]] = []
    pairs: list[dict[str, Any]] = []

    def add(kind: str, number: int | None, share: float | None, values: Float[np.ndarray, " n"]) -> int:
        name = _KINDS[kind].format(number + 1) if kind in _KINDS and number is not None else kind
        name = f"code {number}" if kind == "component" else name
        entry = {"name": name, "kind": kind, "number": number, "share": share}
        axes.append({**entry, "values": packed(values, "u2", by_column=False)})
        return len(axes) - 1

    def pair(kind: str, x: int, y: int) -> None:
        pairs.append({"kind": kind, "x": x, "y": y})

    if asked.projection == "tsne":
        points = _embedded(codes, random_state)
        pair("tsne", *(add("tsne", number, None, points[:, number]) for number in range(2)))
    if width == 1:
        strip = add("component", 0, None, codes[:, 0]), add(height_kind, None, None, height)
        pair("strip", *strip)
        return axes, pairs, 0
    if width > 2:
        points, shares = _plane(codes)
        principal = [add("principal", n, shares[n], points[:, n]) for n in range(2)]
    spread = codes.var(axis=0, dtype=np.float64) if len(codes) else np.zeros(width)
    order = np.argsort(-spread, kind="stable").tolist()
    if width == 2:
        order = list(asked.components or (0, 1))
    first = list(asked.components or sorted(order[:2]))
    fits = max(int(room / max(_POINT_BYTES * len(codes), 1)), 2)
    kept = [*first, *(each for each in order if each not in first)][:fits]
    # In the order of the code, so that a list of them reads well; the chosen ones are found by the pair.
    places = {number: add("component", number, None, codes[:, number]) for number in sorted(kept)}
    chosen = "code" if width == 2 else "components"
    if width > 2 and (asked.components is None and asked.projection != "components"):
        pair("principal", *principal)
        pair(chosen, places[first[0]], places[first[1]])
    else:
        pair(chosen, places[first[0]], places[first[1]])
        if width > 2:
            pair("principal", *principal)
    if asked.projection == "principal" and width > 2:
        pairs.sort(key=lambda each: each["kind"] != "principal")
    return axes, pairs, width - len(kept)


def _plane(codes: Codes) -> tuple[Float[np.ndarray, "n 2"], list[float]]:
    from diabolo.plotting.groups import principal_plane

    if len(codes) == 0:
        return np.empty((0, 2)), [0.0, 0.0]
    return principal_plane(codes.astype(np.float64))


def _embedded(codes: Codes, random_state: int) -> Float32[np.ndarray, "n 2"]:
    """Lay codes out by t-SNE.

    References
    ----------
    L. van der Maaten and G. Hinton, Visualizing data using t-SNE, JMLR 9, 2008.
    """
    if len(codes) < _TSNE_LEAST:
        raise InputError(
            f"{setting('projection', 'tsne')} takes {_TSNE_LEAST} rows or more, got {len(codes)}; "
            "leave it out."
        )
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    if codes.shape[1] > _TSNE_COMPONENTS:
        size = min(_TSNE_COMPONENTS, len(codes))
        codes = PCA(size, svd_solver="full").fit_transform(codes)
    perplexity = min(_PERPLEXITY, (len(codes) - 1) / 3)
    init = "pca" if codes.shape[1] > 1 and codes.std() > 0 else "random"
    return TSNE(perplexity=perplexity, init=init, random_state=random_state).fit_transform(codes)
