import numpy as np
import pandas as pd
import pytest

from diabolo.errors import DataFileError
from diabolo.screening.screen import screen

RANDOM = np.random.default_rng(0)
Y = RANDOM.normal(size=100)
X = RANDOM.normal(size=(100, 30))
X[:, 3] += 2 * Y
X[:4, 5] = np.nan
X[:, 6] = 1.0


def test_the_table_goes_to_csv_and_back(tmp_path):
    names = [f"cg{i}, site" for i in range(30)]
    found = screen(pd.DataFrame(X, columns=names), Y, fdr=0.05)
    found.to_csv(tmp_path / "table.csv")
    table = pd.read_csv(tmp_path / "table.csv")
    assert table.feature.tolist() == names
    assert table.kept.tolist() == found.kept_mask.astype(int).tolist()
    for name in (
        "statistic",
        "pvalue",
        "qvalue",
        "information",
        "normalized_information",
        "variance",
        "missing",
    ):
        np.testing.assert_allclose(table[name], getattr(found, name), rtol=1e-8)


def test_without_names_features_are_numbered_and_nan_is_nothing(tmp_path):
    screen(X, np.arange(100) % 2).to_csv(tmp_path / "table.csv")
    lines = (tmp_path / "table.csv").read_text().splitlines()
    assert lines[0].startswith("feature,statistic,pvalue,qvalue,information,")
    assert lines[7].startswith("6,,,,0,")
    assert len(lines) == 31


def test_nothing_is_left_where_it_cannot_be_written(tmp_path):
    with pytest.raises(DataFileError, match=r"folder .* does not exist"):
        screen(X, Y).to_csv(tmp_path / "no" / "table.csv")
    assert list(tmp_path.iterdir()) == []


def test_thresholds_say_what_top_amounted_to():
    found = screen(X, Y, top=3)
    assert found.thresholds == {"top": 3, "smallest_information": found.information[found.kept].min()}
    found = screen(X, Y, top=3, information=False)
    assert found.thresholds["smallest_statistic"] == found.statistic[found.kept].min()
    assert found.n_features == 30
