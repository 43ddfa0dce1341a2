"""What is found of groups: which row is in which, what sets each apart, and whether they are there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.metrics import adjusted_rand_score

from diabolo.data.target import entries_of, missing_in
from diabolo.errors import InputError
from diabolo.groups.features import FeatureDifferences
from diabolo.groups.stability import Stability

if TYPE_CHECKING:
    from jaxtyping import Float64, Int64, Shaped
    from numpy.typing import ArrayLike

__all__ = ["GroupFeature", "Groups"]

_FALSE_DISCOVERIES, _LEAST_EFFECT = 0.05, 0.5
_METHODS = {"hdbscan": "HDBSCAN", "k-means": "k-means"}


@dataclass(frozen=True)
class GroupFeature:
    """A feature that sets a group apart from all other rows.

    Parameters
    ----------
    name : str
        Its name.
    effect : float
        How far the group's mean lies above that of the others, or below it where it is negative, in standard
        deviations of the feature.
    value, others : float
        The two means, in the feature's units.
    qvalue : float
        The false discovery rate at which it is among the discoveries.

    See Also
    --------
    diabolo.find_groups, Groups
    """

    name: str
    effect: float
    value: float
    others: float
    qvalue: float

    @property
    def direction(self) -> str:
        """Whether the group is "high" or "low"."""
        return "high" if self.effect > 0 else "low"

    def __str__(self) -> str:
        return f"{self.name} {self.direction}: {self.value:.4g}, others {self.others:.4g}"


@dataclass(frozen=True, eq=False)
class Groups:
    """Groups of rows, the largest first, as `diabolo.find_groups` found them.

    Parameters
    ----------
    labels : int array of shape (rows,)
        Each row's group, from 0; -1 for rows in none.
    sizes : int array of shape (groups,)
        How many rows each has.
    method : {"hdbscan", "k-means"}
        How they were found.
    settings : dict
        Of the method: ``"min_cluster_size"``, or ``"n_clusters"``.
    code_weights : float64 array of shape (components,)
        What each number of a code was multiplied by: how far it moves what is decoded.
    n_clustered : int
        Rows that were clustered; of more, the others have the group of the nearest.
    stability : Stability or None
        How they do beside the groups of rows without structure; None where there are none.
    differences : FeatureDifferences
        Every feature of every group beside the other rows.
    feature_names : tuple of str
        The features' names.

    See Also
    --------
    diabolo.find_groups, GroupFeature
    """

    labels: Int64[np.ndarray, " rows"]
    sizes: Int64[np.ndarray, " groups"]
    method: str
    settings: Mapping[str, int]
    code_weights: Float64[np.ndarray, " components"]
    n_clustered: int
    stability: Stability | None
    differences: FeatureDifferences
    feature_names: Sequence[str]

    @property
    def n_groups(self) -> int:
        """How many groups there are."""
        return len(self.sizes)

    @property
    def n_outside(self) -> int:
        """How many rows are in none."""
        return len(self.labels) - int(self.sizes.sum())

    def features(self, group: int, n_features: int | None = 5) -> tuple[GroupFeature, ...]:
        """Name the features that set a group apart from all other rows, the largest effect first.

        Parameters
        ----------
        group : int
            Which, from 0.
        n_features : int or None, default 5
            How many to name at the most; None names all.

        Returns
        -------
        tuple of GroupFeature
            Those whose mean differs by half a standard deviation or more, and by more than chance (a false
            discovery rate of 0.05 over all groups and features). The test takes the groups as given: whether
            they are there is what ``stability`` says.
        """
        found = self.differences
        effects = found.effects[group]
        passed = (found.qvalues[group] <= _FALSE_DISCOVERIES) & (np.abs(effects) >= _LEAST_EFFECT)
        order = np.argsort(-np.where(passed, np.abs(effects), -1.0), kind="stable")[: passed.sum()]
        return tuple(
            GroupFeature(
                name=str(self.feature_names[place]),
                effect=float(effects[place]),
                value=float(found.means[group, place]),
                others=float(found.other_means[group, place]),
                qvalue=float(found.qvalues[group, place]),
            )
            for place in order[:n_features].tolist()
        )

    @property
    def rows(self) -> tuple[dict[str, Any], ...]:
        """A dict for every feature that sets a group apart, such as ``pandas.DataFrame`` takes."""
        return tuple(
            {"group": group, **vars(feature), "direction": feature.direction}
            for group in range(self.n_groups)
            for feature in self.features(group, None)
        )

    @property
    def verdict(self) -> str:
        """Whether the groups are there, in a sentence."""
        found = self.stability
        if found is None:
            return "No groups: there are no two dense places with fewer rows between them."
        figures = (
            f"those of two halves of the rows agree to {found.agreement:.2f} (adjusted Rand), in rows "
            f"without structure to {found.chance_agreement:.2f}"
        )
        if np.isfinite(found.chance_silhouette):
            silhouettes = f"{found.silhouette:.2f} and {found.chance_silhouette:.2f} at most"
            figures += f"; the silhouette is {silhouettes}"
        if found.are_apart and found.are_stable:
            return f"These groups are more than chance: {figures}."
        if found.are_apart:
            return f"These groups are more than chance, but which rows go together is not settled: {figures}."
        return f"These groups are hardly more stable than chance: {figures}."

    def agreement(self, labels: Shaped[ArrayLike, " rows"]) -> float:
        """Hold the groups against classes that are known, by the adjusted Rand index.

        Parameters
        ----------
        labels : array-like of shape (rows,)
            The classes; rows without one (None, NaN, empty text) are left out.

        Returns
        -------
        float
            1 where they are the same, 0 is chance. Rows in no group are a group of their own.

        Raises
        ------
        InputError
            There is not one label a row, or none is known.
        """
        classes = entries_of(labels)
        if classes.shape != self.labels.shape:
            raise InputError(
                f"labels has shape {classes.shape}; expected {len(self.labels):,} of them, one a row."
            )
        known = ~missing_in(classes)
        if not known.any():
            raise InputError("labels are missing in all rows; expected a known one in at least one of them.")
        return float(adjusted_rand_score([str(each) for each in classes[known]], self.labels[known]))

    def to_dict(self, n_features: int | None = 5) -> dict[str, Any]:
        """Return all but the labels in what JSON knows, so many features a group."""
        found = self.stability
        return {
            "rows": len(self.labels),
            "method": self.method,
            **self.settings,
            "clustered": self.n_clustered,
            "outside": self.n_outside,
            "groups": [
                {
                    "group": group,
                    "rows": size,
                    "share": size / len(self.labels),
                    "features": [
                        {**vars(feature), "direction": feature.direction}
                        for feature in self.features(group, n_features)
                    ],
                }
                for group, size in enumerate(self.sizes.tolist())
            ],
            "stability": None
            if found is None
            else {**vars(found), "are_apart": found.are_apart, "are_stable": found.are_stable},
            "verdict": self.verdict,
        }

    def summary(self, n_features: int = 3) -> str:
        """Say in plain words which groups there are and what sets each apart.

        Parameters
        ----------
        n_features : int, default 3
            How many features to name for each group.

        Returns
        -------
        str
            Some lines.
        """
        n_rows = len(self.labels)
        (name, value), *_ = self.settings.items()
        how = f"groups of {value:,} rows or more" if name == "min_cluster_size" else "rows about centers"
        lines = [
            f"{self.n_groups:,} group{'s' * (self.n_groups != 1)} among {n_rows:,} rows, by "
            f"{_METHODS[self.method]} ({how})"
        ]
        if self.n_outside:
            lines.append(
                f"{self.n_outside:,} row{'s' * (self.n_outside != 1)} in none ({self.n_outside / n_rows:.1%})"
            )
        if self.n_clustered < n_rows:
            lines.append(
                f"{self.n_clustered:,} rows drawn at random were clustered; each other row has the group of "
                f"the nearest {'center' if self.method == 'k-means' else 'of them'}"
            )
        lines.append(self.verdict)
        for group, size in enumerate(self.sizes.tolist()):
            lines += ["", f"group {group}: {size:,} row{'s' * (size != 1)} ({size / n_rows:.1%})"]
            lines += self._words(group, n_features)
        return "\n".join(lines)

    def _words(self, group: int, n_features: int) -> list[str]:
        """Say what sets one group apart, a line a feature."""
        features = self.features(group, n_features)
        if not features:
            few = self.sizes[group] < 2 or self.sizes[group] > len(self.labels) - 2
            return [f"  {'too few rows to compare' if few else 'no single feature sets it apart'}"][
                :n_features
            ]
        width = min(max(len(feature.name) for feature in features), 36)
        return [
            f"  {_cut(feature.name, width):<{width}}  {feature.direction:<4}  {feature.value:>10.4g}, others "
            f"{feature.others:.4g} ({feature.effect:+.1f} standard deviations)"
            for feature in features
        ]

    def __str__(self) -> str:
        return self.summary()


def _cut(name: str, width: int) -> str:
    return name if len(name) <= width else f"{name[: width - 3]}..."
