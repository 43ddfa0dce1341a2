"""The report of a model: its page as text, in a file, in a notebook."""

from __future__ import annotations

import html
import os
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from diabolo.data.atomic import atomic_write
from diabolo.data.destination import HTML, PAGES
from diabolo.data.remote_file import located
from diabolo.errors import ParameterError
from diabolo.messages import setting
from diabolo.parameters.kinds import is_whole
from diabolo.reporting.page import render
from diabolo.reporting.summary import Wishes, summarise

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["Report", "report"]

_HEIGHT = 820


class Report:
    """One page that shows what a model learned; `report` makes it, and a notebook shows it.

    Parameters
    ----------
    summary : dict
        All that the page says, as ``diabolo/reporting/README.md`` describes it.

    See Also
    --------
    report

    Examples
    --------
    >>> import diabolo
    >>> from diabolo.datasets import load_digits
    >>> X, y = load_digits()
    >>> autoencoder = diabolo.Autoencoder(2, max_epochs=1, random_state=0).fit(X)
    >>> diabolo.report(autoencoder, X, y).summary["kind"]
    'image'
    """

    def __init__(self, summary: dict[str, Any]) -> None:
        self.summary = summary

    @cached_property
    def html(self) -> str:
        """The page, which needs no other file and no network."""
        return render(self.summary)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the page to a file, whole or not at all.

        Parameters
        ----------
        path : str or path-like
            Where to; it ends in .html or .htm.

        Raises
        ------
        ParameterError
            The path ends otherwise.
        DataFileError
            It cannot be written, or what stands there is no page.
        """
        check_path(path)
        with atomic_write(path, HTML, "t") as handle:
            handle.write(self.html)

    def _repr_html_(self) -> str:
        """Show the page in a notebook, in a frame of its own that may reach nothing around it."""
        title = html.escape(str(self.summary["title"]).encode("utf-8", "replace").decode("utf-8"))
        return (
            f'<iframe srcdoc="{html.escape(self.html)}" sandbox="allow-scripts allow-downloads" '
            f'title="{title}" width="100%" height="{_HEIGHT}" '
            'style="border: 0"></iframe>'
        )

    def __repr__(self) -> str:
        data = self.summary["data"]
        return f"<Report {self.summary['title']}: {data['n_points']:,} of {data['n_rows']:,} rows>"


def check_path(path: str | os.PathLike[str]) -> None:
    """Refuse a path that no browser would take for a page."""
    if located(path).suffix.lower() not in PAGES:
        raise ParameterError(
            f"{os.fspath(path)!r} does not end in .html, so a browser would not open it as a page; give "
            f"{setting('path', 'report.html')}."
        )


def report(
    model: Any,
    X: Any,
    labels: ArrayLike | str | None = None,
    *,
    path: str | os.PathLike[str] | None = None,
    label_name: str | None = None,
    columns: Mapping[str, ArrayLike] | None = None,
    components: tuple[int, int] | None = None,
    projection: Literal["auto", "components", "principal", "tsne"] = "auto",
    image_shape: tuple[int, ...] | Literal[False] | None = None,
    normal_label: Any = None,
    sweep: Any = None,
    screening: Any = None,
    title: str | None = None,
    max_points: int = 100_000,
    random_state: int = 0,
    model_name: str | None = None,
    data_name: str | None = None,
) -> Report:
    """Make one page that shows what a model learned: a map, reconstructions, anomalies, training.

    Parameters
    ----------
    model : autoencoder or AutoencoderDetector
        Fitted, or loaded.
    X : array-like of shape (n_rows, n_features), images, data frame, Source or path
        Rows, in the units of ``fit``: those that it was fitted to, or others. What a table from
        `diabolo.open` or `diabolo.sliding_windows` carries comes along, and so do columns of a data frame
        that are no features.
    labels : array-like of shape (n_rows,) or str, optional
        What colors the map first, or the name of a column that rows carry; by default the target that came
        with the table. Classes and numbers are told apart as everywhere. Of windows labels of their points
        do, too.
    path : str or path-like, optional
        Where to write the page, as ``save`` does.
    label_name : str, optional
        What labels are called on the page. Default: their column's name.
    columns : mapping of str to array-like of shape (n_rows,), optional
        Further columns to color by and to show.
    components : tuple of (int, int), optional
        Two components of the code to begin with, counted from 0.
    projection : {"auto", "components", "principal", "tsne"}, default "auto"
        The map to begin with. "auto": a code of two as it is, of one against the error, of more its principal
        plane. t-SNE is worked out only when it is asked for, and takes minutes for 10,000 rows.
    image_shape : (height, width) or (height, width, channels), or False, optional
        The image that a flat row holds, as of `plot_reconstructions`; False: no image in any case.
    normal_label : object, optional
        Which label is that of normal rows, where the model is a detector; by default as of its fit.
    sweep : Sweep or path, optional
        What `diabolo.evaluation.latent_sweep` returned, or the table of ``diabolo sweep``.
    screening : Screening or path, optional
        What `diabolo.screen` returned, or the path of ``diabolo screen -o``.
    title : str, optional
        Of the page. Default: the model's class and the data's name.
    max_points : int, default 100_000
        Of more rows as many are drawn at random; errors are of all.
    random_state : int, default 0
        Seed of what is drawn, and of t-SNE.
    model_name, data_name : str, optional
        What the model's file and the table are called, on the page and in commands to copy.

    Returns
    -------
    Report
        With ``summary`` (a dict), ``html`` (text) and ``save(path)``; a notebook shows it.

    Raises
    ------
    InputTypeError
        The model is none of Diabolo's, such as a pipeline.
    NotFittedError
        It is not fitted.
    InputError
        The rows or labels do not fit it.
    ParameterError
        A parameter is out of its range.

    See Also
    --------
    Report, plot_codes

    Examples
    --------
    >>> import diabolo
    >>> from diabolo.datasets import load_digits
    >>> X, y = load_digits()
    >>> autoencoder = diabolo.Autoencoder(2, max_epochs=1, random_state=0).fit(X)
    >>> report = diabolo.report(autoencoder, X, y, label_name="digit")
    >>> [column["name"] for column in report.summary["points"]["columns"]]
    ['digit', 'error']
    """
    if path is not None:
        check_path(path)
    if not is_whole(max_points) or max_points < 1:
        raise ParameterError(
            f"{setting('max_points', max_points)} is not possible; expected a whole number of 1 or more."
        )
    wishes = Wishes(
        label_name, columns, components, projection, image_shape, normal_label, sweep, screening, title,
        int(max_points), random_state, model_name, data_name,
    )  # fmt: skip
    made = Report(summarise(model, X, labels, wishes))
    if path is not None:
        made.save(path)
    return made
