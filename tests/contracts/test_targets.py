"""Whoever is given a column says the same of it: classes, numbers, missing in places, or not to be used."""

from datetime import date

import numpy as np
import pandas as pd
import polars as pl
import pytest

import diabolo
from diabolo.errors import InputError
from diabolo.evaluation.downstream import kind_of, known_target_of
from diabolo.plotting.labels import Classes, read_labels

N = 30
X = np.random.default_rng(0).normal(size=(N, 4))
TEXT = ["b", "a", "c"] * 10
GAPS = [None, *TEXT[1:]]


def mixed(*entries):
    column = np.empty(N, object)
    column[:] = (list(entries) * N)[:N]
    return column


COLUMNS = {
    "whole floats": (np.arange(N) % 2.0, "classes"),
    "whole floats, single precision": (np.arange(N, dtype=np.float32) % 3, "classes"),
    "whole floats in a list": ([0.0, 1.0] * 15, "classes"),
    "whole floats as objects": (mixed(0.0, 1.0), "classes"),
    "whole floats, 20 values": (np.arange(N) % 20.0, "classes"),
    "whole floats, 21 values": (np.arange(N) % 21.0, "numbers"),
    "whole floats, 21 values, as objects": ((np.arange(N) % 21.0).astype(object), "numbers"),
    "fractions": (np.arange(N) % 2 / 2, "numbers"),
    "fractions as objects": (mixed(0.5, 1.0, 2), "numbers"),
    "integers": (np.arange(N) % 3, "classes"),
    "integers as objects": (mixed(1, np.int16(2)), "classes"),
    "integers, 21 values": (np.arange(N) % 21, "numbers"),
    "integers, 21 values, as objects": ((np.arange(N) % 21).astype(object), "numbers"),
    "truth values": (np.arange(N) % 2 == 0, "classes"),
    "truth values as objects": (mixed(True, False), "classes"),
    "truth values among numbers": (mixed(True, 2), "classes"),
    "truth values among fractions": (mixed(True, 0.5), "numbers"),
    "text": (TEXT, "classes"),
    "text as objects": (mixed(*TEXT), "classes"),
    "text of numbers": (["1.5", "2.5"] * 15, "classes"),
    "bytes": (np.array(TEXT, "S"), "classes"),
    "dates": (np.array(["2024-05-01", "2024-05-02"] * 15, "M8[D]"), "classes"),
    "dates as objects": (mixed(date(2024, 5, 1), date(2024, 5, 2)), "classes"),
    "one column of whole floats": (np.arange(N)[:, None] % 2.0, "classes"),
    "one column of fractions": (np.arange(N)[:, None] % 21 / 4, "numbers"),
    "pandas, Int64": (pd.Series([1, 2] * 15, dtype="Int64"), "classes"),
    "pandas, Float64": (pd.Series([1.5, 2] * 15, dtype="Float64"), "numbers"),
    "pandas, boolean": (pd.Series([True, False] * 15, dtype="boolean"), "classes"),
    "pandas, category": (pd.Series(TEXT, dtype="category"), "classes"),
    "pandas, text of Arrow": (pd.Series(TEXT, dtype="string[pyarrow]"), "classes"),
    "Polars, text": (pl.Series(TEXT), "classes"),
    "Polars, whole floats": (pl.Series([0.0, 1.0] * 15), "classes"),
    "NaN among floats": (np.where(np.arange(N) == 0, np.nan, np.arange(N) % 2), "missing"),
    "NaN in a list of text": ([np.nan, *TEXT[1:]], "missing"),
    "None in a list of text": (GAPS, "missing"),
    "empty text": (["", *TEXT[1:]], "missing"),
    "blank text in an array": (np.array([" ", *TEXT[1:]]), "missing"),
    "NaT": (np.array(["NaT", *["2024-05-01", "2024-05-02"] * 14, "2024-05-01"], "M8[D]"), "missing"),
    "pandas, Int64 with NA": (pd.Series([None, *[1, 2] * 14, 1], dtype="Int64"), "missing"),
    "pandas, text of Arrow with NA": (pd.Series(GAPS, dtype="string[pyarrow]"), "missing"),
    "Polars, text with null": (pl.Series(GAPS), "missing"),
    "text and numbers": (mixed("a", 1), "refused"),
    "text and numbers in a list": (["a", 1] * 15, "refused"),
    "text and truth values": (mixed("a", True), "refused"),
    "dates and text": (mixed(date(2024, 5, 1), "a"), "refused"),
    "infinite": (np.where(np.arange(N) == 0, np.inf, np.arange(N) % 2), "refused"),
    "infinite as objects": (mixed(np.inf, 1), "refused"),
    "complex": (np.arange(N) % 2 * 1j, "refused"),
    "two columns of text": (np.array([TEXT, TEXT]).T, "refused"),
}  # fmt: skip


def guided(column):
    settings = {"hidden_layer_sizes": (), "max_epochs": 1, "random_state": 0}
    fitted = diabolo.Autoencoder(2, supervision_weight=1.0, **settings).fit(X, column)
    if fitted.n_labeled_rows_ < N:
        assert fitted.n_labeled_rows_ == N - 1
        return "missing"
    return {"classification": "classes", "regression": "numbers"}[fitted.target_.kind]


def screened(column, table=X, rows=None):
    def statistic(kind):
        return diabolo.screen(table, column, rows=rows, information=False, target=kind).statistic

    by_itself = statistic("auto")
    return "classes" if np.array_equal(by_itself, statistic("classes")) else "numbers"


def screened_in_part(column):
    """Screen the first half of twice as many rows."""
    twice = column * 2 if isinstance(column, list) else column[np.tile(np.arange(N), 2)]
    return screened(twice, np.tile(X, (2, 1)), np.arange(N))


def evaluated(column):
    values, known = known_target_of(X, column)
    kind = kind_of(values)
    if not known.all():
        assert known.tolist() == [False] + [True] * (N - 1)
        return "missing"
    return {"classification": "classes", "regression": "numbers"}[kind]


def drawn(column):
    labels = read_labels(column, N)
    if labels.missing.any():
        assert labels.missing.tolist() == [True] + [False] * (N - 1)
        return "missing"
    return "classes" if isinstance(labels, Classes) else "numbers"


def answer(user, column):
    """Ask; screening refuses what is missing and says so, the others leave its row out."""
    try:
        return user(column)
    except InputError as error:
        # Some say "missing or infinite" of either.
        is_infinite = isinstance(column[0], float) and column[0] == np.inf
        return "missing" if "missing" in str(error) and not is_infinite else "refused"


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("user", [guided, screened, screened_in_part, evaluated, drawn])
def test_a_column_is_the_same_to_all(user, name):
    column, expected = COLUMNS[name]
    assert answer(user, column) == expected


@pytest.mark.parametrize("name", [name for name, (_, kind) in COLUMNS.items() if kind == "classes"])
def test_a_model_file_holds_any_classes(name, tmp_path):
    settings = {"hidden_layer_sizes": (), "max_epochs": 1, "random_state": 0}
    fitted = diabolo.Autoencoder(2, supervision_weight=1.0, **settings).fit(X, COLUMNS[name][0])
    diabolo.save(fitted, tmp_path / "m")
    loaded = diabolo.load(tmp_path / "m")
    assert loaded.classes_.tolist() == fitted.classes_.tolist()
    np.testing.assert_array_equal(loaded.predict(X), fitted.predict(X))


def test_values_decide_and_not_how_they_are_stored():
    """The same values in every storage give one set of classes."""
    for stored in ([0.0, 1.0] * 15, mixed(0, 1), pd.Series([0, 1] * 15, dtype="Int64"), np.arange(N) % 2.0):
        assert guided(stored) == "classes"
        assert read_labels(stored, N).names == ["0", "1"]
