"""Tables in memory, options of `diabolo.open` and series that cannot be used."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import scipy.sparse
from tests.contracts.bad_inputs.bad_input import BadInput
from tests.contracts.bad_inputs.estimators import with_cell

import diabolo

TABLES = [
    BadInput("a number opened as a table", lambda it: diabolo.open(7)),
    BadInput("nothing opened as a table", lambda it: diabolo.open(None)),
    BadInput("an empty path", lambda it: diabolo.open("")),
    BadInput("an empty list of files", lambda it: diabolo.open([])),
    BadInput("a file and an array as one table", lambda it: diabolo.open(["table.csv", it.X])),
    BadInput("an array of one axis opened", lambda it: diabolo.open(np.arange(5.0))),
    BadInput("an array of three axes opened", lambda it: diabolo.open(it.images)),
    BadInput("a frame with text opened", lambda it: diabolo.open(it.frame(kind=it.y))),
    BadInput(
        "a frame of Polars with text",
        lambda it: diabolo.open(pl.DataFrame({"a": [1.0, 2.0], "kind": ["x", "y"]})),
    ),
    BadInput(
        "an Arrow table with dates",
        lambda it: diabolo.open(pa.table({"a": [1.0], "day": pa.array([1], pa.date32())})),
    ),
    BadInput("an Arrow table with lists in cells", lambda it: diabolo.open(pa.table({"a": [[1.0, 2.0]]}))),
    BadInput(
        "an Arrow table with two columns of one name",
        lambda it: diabolo.open(pa.table([[1.0], [2.0]], names=["a", "a"])),
    ),
    BadInput("a sparse matrix of one axis", lambda it: diabolo.open(scipy.sparse.coo_array(np.ones(4)))),
    BadInput(
        "a sparse matrix with text as its target",
        lambda it: diabolo.open(scipy.sparse.csr_array(it.X), target="kind"),
    ),
    BadInput("a sheet of a table in memory", lambda it: diabolo.open(it.X, sheet="June")),
    BadInput("a delimiter of an array", lambda it: diabolo.open(it.X, delimiter=";")),
    BadInput("rows along an axis that there is not", lambda it: diabolo.open(it.X, rows="columns")),
    BadInput("columns beyond the end of an array", lambda it: diabolo.open(it.X).columns([9])),
    BadInput("a view of columns by names", lambda it: diabolo.open(it.frame()).columns(["v"])),
]

COLUMNS = [
    BadInput("a column of text that nobody spoke of", lambda it: diabolo.open("table.csv")),
    BadInput("a misspelt target", lambda it: diabolo.open("table.csv", target="knid")),
    BadInput("a target beyond the columns", lambda it: diabolo.open("table.csv", target=17)),
    BadInput("a target of half a column", lambda it: diabolo.open("table.csv", target=1.5)),
    BadInput(
        "a target that is dropped", lambda it: diabolo.open("table.csv", target="kind", drop_columns=["kind"])
    ),
    BadInput(
        "a column kept and dropped",
        lambda it: diabolo.open("table.csv", keep_columns=["kind"], drop_columns=["kind"]),
    ),
    BadInput(
        "a dropped column that there is not", lambda it: diabolo.open("table.csv", drop_columns=["weight"])
    ),
    BadInput(
        "no column left as a feature",
        lambda it: diabolo.open("table.csv", keep_columns=["w", "x", "y", "z", "kind", "age"]),
    ),
    BadInput("features that are text", lambda it: diabolo.open("table.csv", columns=["w", "kind"])),
    BadInput("a target that an array lacks", lambda it: diabolo.open("rows.npy", target=9)),
    BadInput("a target by a name in an array", lambda it: diabolo.open("rows.npy", target="kind")),
    BadInput("an array of an archive that it lacks", lambda it: diabolo.open("rows.npz", dataset="Y")),
    BadInput("a target of an archive that it lacks", lambda it: diabolo.open("rows.npz", target="kin")),
    BadInput("a dataset of a text table", lambda it: diabolo.open("table.csv", dataset="X")),
    BadInput("a sheet of a text table", lambda it: diabolo.open("table.csv", sheet="June", target="kind")),
    BadInput("two characters between cells", lambda it: diabolo.open("table.csv", delimiter=";;")),
    BadInput("a mark before decimals that is none", lambda it: diabolo.open("table.csv", decimal="'")),
    BadInput(
        "one mark for decimals and thousands",
        lambda it: diabolo.open("table.csv", decimal=",", thousands=","),
    ),
    BadInput("an encoding that there is not", lambda it: diabolo.open("table.csv", encoding="utf-9")),
    BadInput("more lines skipped than there are", lambda it: diabolo.open("table.csv", skip_lines=99)),
    BadInput(
        "more rows left out at the end than there are",
        lambda it: diabolo.open("table.csv", target="kind", skip_footer=99),
    ),
    BadInput("a negative number of lines to skip", lambda it: diabolo.open("table.csv", skip_lines=-1)),
    BadInput("a header that is neither there nor not", lambda it: diabolo.open("table.csv", header="yes")),
    BadInput(
        "a detection limit taken for a guess",
        lambda it: diabolo.open("table.csv", target="kind", below_limit="guess"),
    ),
]

SERIES = [
    BadInput("a window longer than the series", lambda it: diabolo.sliding_windows(it.series, 100)),
    BadInput("a window of no points", lambda it: diabolo.sliding_windows(it.series, 0)),
    BadInput("a window of one point and a half", lambda it: diabolo.sliding_windows(it.series, 1.5)),
    BadInput("steps of no points", lambda it: diabolo.sliding_windows(it.series, 5, 0)),
    BadInput(
        "fewer timestamps than points", lambda it: diabolo.sliding_windows(it.series, 5, timestamps=range(10))
    ),
    BadInput(
        "timestamps that go back",
        lambda it: diabolo.sliding_windows(it.series, 5, timestamps=range(60, 0, -1)),
    ),
    BadInput(
        "timestamps that are no dates",
        lambda it: diabolo.sliding_windows(it.series, 5, timestamps=["soon"] * 60),
    ),
    BadInput(
        "a timestamp that is missing",
        lambda it: diabolo.sliding_windows(it.series, 5, timestamps=[None] * 60),
    ),
    BadInput("gaps nearer than a step", lambda it: diabolo.sliding_windows(it.series, 5, gap=0.1)),
    BadInput("a gap that is NaN", lambda it: diabolo.sliding_windows(it.series, 5, gap=float("nan"))),
    BadInput("a gap of text", lambda it: diabolo.sliding_windows(it.series, 5, gap="day")),
    BadInput(
        "no stretch as long as a window",
        lambda it: diabolo.sliding_windows(
            it.series, 5, timestamps=np.repeat(np.arange(20), 3) * 100 + np.tile(range(3), 20)
        ),
    ),
    BadInput(
        "names of series of another length",
        lambda it: diabolo.sliding_windows(it.series, 5, groups=["a"] * 3),
    ),
    BadInput("one point as a series", lambda it: diabolo.sliding_windows(3.0, 1)),
    BadInput("a series of three axes", lambda it: diabolo.sliding_windows(it.images, 2)),
    BadInput("a series of text", lambda it: diabolo.sliding_windows(["a", "b", "c"], 2)),
    BadInput(
        "a missing point in a series to learn from",
        lambda it: diabolo.Autoencoder(random_state=0).fit(
            diabolo.sliding_windows(with_cell(it.series, np.nan), 5)
        ),
    ),
    BadInput(
        "points of windows for a detector of rows",
        lambda it: diabolo.sliding_windows(it.series, 5).point_scores(it.detector),
    ),
    BadInput(
        "points combined in a way that there is not",
        lambda it: diabolo.sliding_windows(it.series, 5).to_points(np.ones(56), combine="median"),
    ),
    BadInput(
        "scores of other windows", lambda it: diabolo.sliding_windows(it.series, 5).to_points(np.ones(7))
    ),
    BadInput("labels of other points", lambda it: diabolo.sliding_windows(it.series, 5).labels([True])),
    BadInput(
        "a frame of text as a series", lambda it: diabolo.sliding_windows(pd.DataFrame({"a": ["x", "y"]}), 1)
    ),
]

SOURCES = [*TABLES, *COLUMNS, *SERIES]
