"""A synthetic table of DNA methylation, as wide as the real ones."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from diabolo.data.sink import open_sink
from diabolo.errors import ParameterError

if TYPE_CHECKING:
    from jaxtyping import Float32, Float64, Int32, Int64, Shaped

    AnyFloats = Shaped[np.ndarray, "..."]

__all__ = ["Methylation", "make_methylation"]

# Rows made together, from one stream of random numbers: what is written at once changes nothing.
_UNIT = 8
# Sites made together, so that what is worked on stays in the processor's cache.
_STRIP = 2**15

# Shares of unmethylated, methylated and intermediate sites, and the beta distributions of the first two:
# chosen for the two modes, near 0.06 and 0.89, that 450K arrays show (Bibikova 2011).
_SHARES = (0.45, 0.43, 0.12)
_LOW, _HIGH, _MIDDLE = (2.0, 30.0), (25.0, 3.0), (0.2, 0.8)
# Mean share of the six types of blood cells that Houseman 2012 tells apart: granulocytes, CD4, CD8, B,
# natural killer cells, monocytes. The figures are usual ones of adults, chosen, as is how much people differ.
_CELL_SHARES = (0.58, 0.14, 0.09, 0.06, 0.05, 0.08)
_CELL_CONCENTRATION = 30.0
# Composition moves with age (Jaffe and Irizarry 2014): log of the weight per century, chosen.
_CELL_AGEING = (0.3, 0.0, -0.8, -0.4, 0.2, 0.1)
# Share of sites that differ between types of cells, and by how much (standard deviation of beta): chosen.
_CELL_SITES, _CELL_SPREAD = 0.15, 0.15
# Of 485,512 sites 11,232 are on the X chromosome, of which women have one silenced (Bibikova 2011). How far
# that moves them to the middle is chosen.
_X_SITES, _X_SHIFT = 11_232 / 485_512, 0.3
# Samples of a plate (Bibikova 2011: eight chips of 12). Two directions of differing, and their size: chosen.
_PLATE, _BATCH_DIRECTIONS, _BATCH_SPREAD = 96, 2, 0.012
# Neighboring sites vary together (Eckhardt 2006: over about 1,000 bases). Their mean number, the share of
# the variance that they have in common, and of that the share that stays with a person: chosen.
_NEIGHBORS, _SHARED, _PERSONAL = 5, 0.4, 0.5
# Standard deviation of beta at the ends and, more, in the middle (Du 2010 shows the shape): chosen.
_NOISE_FLOOR, _NOISE_MIDDLE = 0.008, 0.035
# Drift of an age site from 0 to 100 years, least and scale: chosen. Of the 353 sites of Horvath's clock, 193
# rise with age (Horvath 2013).
_DRIFT_LEAST, _DRIFT_SCALE, _RISING = 0.02, 0.05, 193 / 353
# A person's methylation is older or younger than the person, in years of an adult: chosen so that the best
# prediction errs by about as much as Horvath's clock, by 3.6 years in the median (Horvath 2013).
_DEVIATION = 4.5
# Horvath's transformation: logarithmic before this age, linear after it (Horvath 2013).
_ADULT = 20.0


@dataclass(frozen=True, eq=False)
class Methylation:
    """What is known of a synthetic table beside what its file says.

    Parameters
    ----------
    path : Path
        The file.
    age_sites : ndarray of shape (n_age_sites,), int64
        The columns that drift with age, in ascending order.
    cell_proportions : ndarray of shape (n_samples, 6)
        Of granulocytes, CD4, CD8, B, natural killer cells and monocytes in each sample.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "methylation.h5"
    >>> make_methylation(path, n_samples=20, n_features=500, age_sites=0.1).age_sites.shape
    (50,)
    """

    path: Path
    age_sites: Int64[np.ndarray, " n_age_sites"]
    cell_proportions: Float64[np.ndarray, "n_samples 6"]


def make_methylation(
    path: str | os.PathLike[str],
    n_samples: int = 2000,
    n_features: int = 485_512,
    *,
    n_people: int | None = None,
    age_sites: float = 0.01,
    missing: float = 0.002,
    random_state: int | None = 0,
) -> Methylation:
    """Write a synthetic table of DNA methylation in blood to a file, larger than memory if need be.

    It is synthetic: no cell of it was measured. It has what tables from arrays have: beta values in [0, 1]
    with two modes and noise that grows toward the middle [4]_, mixtures of six types of cells [3]_, which
    move with age [6]_, differences between plates, neighbors that vary together [5]_, sites of the X
    chromosome, a small share of sites that drift with age [2]_, and missing cells.

    The strongest directions are those of cells, plates and sex, and not that of age, which is to be
    predicted. Half of the age sites drift linearly with age, the other half along Horvath's curve, fast in
    children. The age that sites show is not quite a person's age, which bounds what any model can reach.

    Parameters
    ----------
    path : str or path-like
        Where to write: .h5, .hdf5 or another format that streams. HDF5 gets the dataset ``data`` of float32
        in chunks of rows, ``feature_names`` (``cg00000001`` and on) and, of one entry a row, ``label`` (the
        age in years), ``person``, ``batch`` (the plate) and ``sex`` (0 male, 1 female).
    n_samples : int, default 2000
        Rows.
    n_features : int, default 485_512
        Sites; as many as the Illumina HumanMethylation450 array has [1]_.
    n_people : int, optional
        How many people the samples are from, each of whom gives at least one; None takes as many as samples.
        Samples of a person are at most five years from the first, and resemble each other.
    age_sites : float, default 0.01
        The share of sites that drift with age; chosen.
    missing : float, default 0.002
        The share of cells that are NaN; chosen.
    random_state : int or None, default 0
        Seed; None takes a new one.

    Returns
    -------
    Methylation
        The path, the sites that drift, and the mixtures of cells.

    Raises
    ------
    ParameterError
        A size or a share cannot be.
    DataFileError
        The file cannot be written; nothing is left of it.

    See Also
    --------
    diabolo.open, diabolo.screen

    References
    ----------
    .. [1] M. Bibikova et al., High density DNA methylation array with single CpG site resolution, Genomics
       98, 2011, https://doi.org/10.1016/j.ygeno.2011.07.007.
    .. [2] S. Horvath, DNA methylation age of human tissues and cell types, Genome Biology 14, 2013,
       https://doi.org/10.1186/gb-2013-14-10-r115.
    .. [3] E. A. Houseman et al., DNA methylation arrays as surrogate measures of cell mixture distribution,
       BMC Bioinformatics 13, 2012, https://doi.org/10.1186/1471-2105-13-86.
    .. [4] P. Du et al., Comparison of Beta-value and M-value methods for quantifying methylation levels by
       microarray analysis, BMC Bioinformatics 11, 2010, https://doi.org/10.1186/1471-2105-11-587.
    .. [5] F. Eckhardt et al., DNA methylation profiling of human chromosomes 6, 20 and 22, Nature Genetics
       38, 2006, https://doi.org/10.1038/ng1909.
    .. [6] A. E. Jaffe and R. A. Irizarry, Accounting for cellular heterogeneity is critical in epigenome-wide
       association studies, Genome Biology 15, 2014, https://doi.org/10.1186/gb-2014-15-2-r31.

    Examples
    --------
    >>> import tempfile
    >>> import diabolo
    >>> path = Path(tempfile.mkdtemp()) / "methylation.h5"
    >>> made = make_methylation(path, n_samples=20, n_features=500)
    >>> with diabolo.open(path, target="label") as source:
    ...     source.shape, list(source.carried)
    ((20, 500), ['batch', 'label', 'person', 'sex'])
    """
    n_people = n_samples if n_people is None else n_people
    for name, value in [("n_samples", n_samples), ("n_features", n_features), ("n_people", n_people)]:
        if value < 1:
            raise ParameterError(f"{name} must be at least 1; got {value}.")
    if n_people > n_samples:
        raise ParameterError(
            f"n_people must be at most n_samples, which is {n_samples}, since each gives one; got {n_people}."
        )
    for name, share in [("age_sites", age_sites), ("missing", missing)]:
        if not 0 <= share < 1:
            raise ParameterError(f"{name} is a share, at least 0 and below 1; got {share}.")
    entropy = np.random.SeedSequence(random_state).entropy
    assert isinstance(entropy, int)
    sites = _draw_sites(_generator(entropy, 0), n_features, age_sites)
    samples = _draw_samples(_generator(entropy, 1), n_samples, n_people)
    maker = _Maker(sites, samples, missing, entropy)
    with open_sink(
        path,
        n_samples,
        n_features,
        column_names=[f"cg{number:08d}" for number in range(1, n_features + 1)],
        carried={"label": samples.age, "person": samples.person, "batch": samples.batch, "sex": samples.sex},
    ) as sink:
        for start, block in maker.blocks():
            sink.write(start, block)
    return Methylation(Path(path), sites.drifting, samples.cells)


@dataclass(frozen=True, eq=False)
class _Sites:
    """What is drawn once for every site; beta values if nothing else is said."""

    weights: Float32[np.ndarray, "6+factors n_features"]
    """What each type of cell has; what plates' directions, sex, age and age along Horvath's curve add."""
    noise: Float32[np.ndarray, " n_features"]
    neighborhood: Int32[np.ndarray, " n_features"]
    drifting: Int64[np.ndarray, " n_age_sites"]


@dataclass(frozen=True, eq=False)
class _Samples:
    """What is drawn once for every sample."""

    age: Float32[np.ndarray, " n_samples"]
    person: Int64[np.ndarray, " n_samples"]
    batch: Int64[np.ndarray, " n_samples"]
    sex: Int64[np.ndarray, " n_samples"]
    cells: Float64[np.ndarray, "n_samples 6"]
    factors: Float32[np.ndarray, "n_samples factors"]


def _generator(entropy: int, *key: int) -> np.random.Generator:
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence(entropy, spawn_key=key)))


def horvath_curve(age: AnyFloats) -> AnyFloats:
    """Transform age as Horvath's clock does: logarithmic in children, linear in adults.

    Parameters
    ----------
    age : ndarray
        In years.

    Returns
    -------
    ndarray of the same shape

    Examples
    --------
    >>> horvath_curve(np.array([0.0, 20.0, 41.0])).round(3).tolist()
    [-3.045, 0.0, 1.0]
    """
    grown = (age - _ADULT) / (_ADULT + 1)
    growing = np.log1p(np.minimum(age, _ADULT)) - np.log1p(_ADULT)
    return np.where(age <= _ADULT, growing, grown)


def _age_of_curve(curve: AnyFloats) -> AnyFloats:
    return np.where(
        curve <= 0, np.expm1(np.minimum(curve, 0) + np.log1p(_ADULT)), curve * (_ADULT + 1) + _ADULT
    )


def _draw_sites(random: np.random.Generator, n_features: int, age_share: float) -> _Sites:
    # Neighbors have their kind in common.
    starts = random.random(n_features) < 1 / _NEIGHBORS
    starts[0] = True
    neighborhood = np.cumsum(starts, dtype=np.int32) - np.int32(1)
    n_blocks = int(neighborhood[-1]) + 1
    kind = random.choice(3, n_blocks, p=_SHARES)[neighborhood]
    base = np.where(
        kind == 0,
        random.beta(*_LOW, n_features),
        np.where(kind == 1, random.beta(*_HIGH, n_features), random.uniform(*_MIDDLE, n_features)),
    ).astype(np.float32)
    drifting = np.sort(random.choice(n_features, round(age_share * n_features), replace=False))
    n_age = len(drifting)
    rising = random.random(n_age) < _RISING
    drift = _DRIFT_LEAST + _DRIFT_SCALE * np.abs(random.standard_normal(n_age))
    # With room to rise or to fall.
    base[drifting] = np.where(rising, random.uniform(0.1, 0.5, n_age), random.uniform(0.5, 0.9, n_age))
    weights = np.zeros((6 + _BATCH_DIRECTIONS + 3, n_features), np.float32)
    by_cell, by_factor = weights[:6], weights[6:]
    by_cell[:] = base
    differing = np.flatnonzero(random.random(n_features) < _CELL_SITES)
    by_cell[:, differing] += _CELL_SPREAD * random.standard_normal((6, len(differing)), np.float32)
    np.clip(by_cell, 0.01, 0.99, out=by_cell)
    spread = 4 * base * (1 - base)
    by_factor[:_BATCH_DIRECTIONS] = random.standard_normal((_BATCH_DIRECTIONS, n_features), np.float32)
    by_factor[:_BATCH_DIRECTIONS] *= _BATCH_SPREAD * spread
    on_x = (random.random(n_blocks) < _X_SITES)[neighborhood]
    by_factor[_BATCH_DIRECTIONS] = np.where(on_x, _X_SHIFT * np.sign(0.5 - base), 0)
    along_curve = random.random(n_age) < 0.5
    signed = np.where(rising, drift, -drift)
    by_factor[-2, drifting] = np.where(along_curve, 0, signed)
    by_factor[-1, drifting] = np.where(along_curve, signed, 0)
    noise = _NOISE_FLOOR + _NOISE_MIDDLE * spread
    return _Sites(weights, noise.astype(np.float32), neighborhood, drifting)


def _draw_samples(random: np.random.Generator, n_samples: int, n_people: int) -> _Samples:
    person = np.concatenate([np.arange(n_people), random.integers(0, n_people, n_samples - n_people)])
    later = np.concatenate([np.zeros(n_people), random.uniform(-5, 5, n_samples - n_people)])
    order = random.permutation(n_samples)
    person, later = person[order], later[order]
    age = np.clip(random.uniform(0, 100, n_people)[person] + later, 0, 100)
    sex = random.integers(0, 2, n_people)[person]
    deviation = random.standard_normal(n_people)[person] * _DEVIATION / (_ADULT + 1)
    curve = horvath_curve(age) + deviation
    shown = _age_of_curve(curve)
    weights = _CELL_CONCENTRATION * np.array(_CELL_SHARES)
    ageing = np.exp(np.outer(age / 100 - 0.5, _CELL_AGEING))
    cells = random.standard_gamma(weights * ageing)
    cells /= cells.sum(axis=1, keepdims=True)
    n_plates = -(-n_samples // _PLATE)
    batch = random.permutation(np.arange(n_samples) % n_plates)
    directions = random.standard_normal((n_plates, _BATCH_DIRECTIONS))[batch]
    middle, ends = horvath_curve(np.array(50.0)), horvath_curve(np.array([0.0, 100.0]))
    factors = np.column_stack([directions, sex, (shown - 50) / 100, (curve - middle) / (ends[1] - ends[0])])
    return _Samples(age.astype(np.float32), person, batch, sex, cells, factors.astype(np.float32))


class _Maker:
    """Makes the cells, a unit of rows at a time, on all cores."""

    def __init__(self, sites: _Sites, samples: _Samples, missing: float, entropy: int) -> None:
        self.sites, self.samples, self.missing, self.entropy = sites, samples, missing, entropy
        self.n_blocks = int(sites.neighborhood[-1]) + 1

    def blocks(self) -> Iterator[tuple[int, Float32[np.ndarray, "rows n_features"]]]:
        """Yield all rows in their order."""
        n_samples = len(self.samples.age)
        # Each thread holds a unit, 16 MB of the full width, so a machine of many cores uses four.
        workers = min(os.cpu_count() or 1, 4)
        starts = range(0, n_samples, _UNIT)
        with ThreadPoolExecutor(workers) as pool:
            for first in range(0, len(starts), workers):
                some = starts[first : first + workers]
                yield from zip(some, pool.map(self._unit, some), strict=True)

    def _unit(self, start: int) -> Float32[np.ndarray, "rows n_features"]:
        sites, samples = self.sites, self.samples
        stop = min(start + _UNIT, len(samples.age))
        rows = slice(start, stop)
        random = _generator(self.entropy, 2, start // _UNIT)
        shared = np.empty((stop - start, self.n_blocks), np.float32)
        for row, person in enumerate(samples.person[rows]):
            own = _generator(self.entropy, 3, int(person)).standard_normal(self.n_blocks, np.float32)
            shared[row] = random.standard_normal(self.n_blocks, np.float32)
            shared[row] *= np.float32(np.sqrt(_SHARED * (1 - _PERSONAL)))
            own *= np.float32(np.sqrt(_SHARED * _PERSONAL))
            shared[row] += own
        by_sample = np.hstack([samples.cells[rows].astype(np.float32), samples.factors[rows]])
        n_features = len(sites.noise)
        cells = np.empty((stop - start, n_features), np.float32)
        for left in range(0, n_features, _STRIP):
            strip = slice(left, left + _STRIP)
            weights = sites.weights[:, strip]
            noise = random.standard_normal((stop - start, weights.shape[1]), np.float32)
            noise *= np.float32(np.sqrt(1 - _SHARED))
            noise += np.take(shared, sites.neighborhood[strip], axis=1, mode="clip")
            noise *= sites.noise[strip]
            noise += by_sample @ weights
            np.clip(noise, 0, 1, out=cells[:, strip])
        n_missing = random.binomial(cells.size, self.missing)
        cells.reshape(-1)[random.integers(0, cells.size, n_missing)] = np.nan
        return cells
