"""An autoencoder fitted to fill cells: how wide, and how well."""

import numpy as np
import pandas as pd
import pytest

from diabolo.errors import InputError
from diabolo.evaluation import fit_imputer


def of_factors(n_rows):
    random = np.random.default_rng(0)
    rows = random.normal(size=(n_rows, 2)) @ random.normal(size=(2, 6))
    rows += 0.3 * random.normal(size=rows.shape)
    return rows, random.random(rows.shape) < 0.15


def test_masked_cells_choose_and_their_error_is_that_of_cells_that_are_missing():
    rows, missing = of_factors(500)
    autoencoder, choice = fit_imputer(np.where(missing, np.nan, rows))
    assert set(choice.errors) == {2, 4}
    assert choice.n_components == autoencoder.n_components_
    apart = (autoencoder.impute(np.where(missing, np.nan, rows)) - rows) / rows.std(axis=0)
    assert choice.errors[choice.n_components] == pytest.approx(np.sqrt(np.mean(apart[missing] ** 2)), rel=0.2)
    assert choice.mean_error == pytest.approx(1.0, abs=0.1)
    assert f"a code of {choice.n_components}; masked cells were filled 0." in str(choice)


def test_few_rows_choose_nothing():
    autoencoder, choice = fit_imputer([[1.0, 2.0, np.nan], [2.0, 1.0, 0.0], [3.0, 1.0, 1.0]])
    assert (choice.n_components, dict(choice.errors)) == (2, {})
    assert str(choice) == "a code of 2, too few rows or columns to choose"
    assert np.isfinite(autoencoder.impute([[1.0, np.nan, np.nan]])).all()


def test_one_row_is_too_few():
    with pytest.raises(InputError, match="has one row, and training needs two or more"):
        fit_imputer([[1.0, np.nan]])


def test_categories_are_masked_and_told():
    rows, missing = of_factors(300)
    frame = pd.DataFrame(rows, columns=list("abcdef"))
    frame["f"] = np.where(frame["f"] > frame["f"].quantile(0.6), "high", "low")
    given = frame.mask(missing)
    autoencoder, choice = fit_imputer(given, categories=["f"], random_state=1)
    assert set(choice.errors) == {2, 4}
    found = autoencoder.impute(given)
    right = (found["f"] == frame["f"])[missing[:, 5]].mean()
    assert choice.accuracy == pytest.approx(right, abs=0.15)
    assert choice.accuracy > choice.usual_accuracy + 0.1
    assert choice.usual_accuracy == pytest.approx(0.6, abs=0.15)
    assert "; masked numbers were filled 0." in str(choice)
    assert f"; {choice.accuracy:.0%} of masked categories were told (most frequent values: " in str(choice)
    only = fit_imputer(given[["f"]].assign(g=frame["f"]), categories=["f", "g"])[1]
    assert "masked numbers" not in str(only)
