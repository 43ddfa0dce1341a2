"""Groups of rows by their codes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score

import diabolo
from diabolo import AutoencoderDetector, find_groups
from diabolo.errors import InputError, InputTypeError, ParameterError
from diabolo.groups import search
from diabolo.groups.search import code_weights


class AsItIs(BaseEstimator):
    """Codes that are the rows."""

    def transform(self, X):
        return np.asarray(X)


@pytest.fixture
def grouped():
    random = np.random.default_rng(3)
    classes = np.repeat([0, 1, 2], [60, 40, 20])
    rows = random.normal(size=(120, 5))
    rows[:, 1] += 8 * (classes == 1)
    rows[:, 4] -= 8 * (classes == 2)
    order = random.permutation(120)
    return rows[order], classes[order]


@pytest.mark.parametrize("asked", [{}, {"n_clusters": 3}, {"method": "k-means"}, {"min_cluster_size": 8}])
def test_groups_are_found_the_largest_first(grouped, asked):
    rows, classes = grouped
    found = find_groups(AsItIs(), rows, **asked)
    assert found.n_groups == 3
    inside = found.labels >= 0
    assert adjusted_rand_score(classes[inside], found.labels[inside]) > 0.95
    assert found.sizes.tolist() == np.bincount(found.labels[inside]).tolist()
    assert (np.diff(found.sizes) <= 0).all()
    assert found.agreement(classes) == adjusted_rand_score(classes, found.labels)
    assert found.verdict.startswith("These groups are more than chance: ")
    names = [(found.features(group)[0].name, found.features(group)[0].direction) for group in (1, 2)]
    assert names == [("x1", "high"), ("x4", "low")]


def test_normal_rows_have_hardly_more_than_chance():
    rows = np.random.default_rng(0).normal(size=(300, 4))
    for asked in ({}, {"n_clusters": 3}):
        said = find_groups(AsItIs(), rows, **asked).verdict
        assert said.startswith(("These groups are hardly more stable than chance: ", "No groups: "))


def test_an_autoencoder_a_frame_and_a_file_have_the_same_groups(tmp_path):
    import pandas as pd
    from sklearn.datasets import load_iris

    frame = load_iris(as_frame=True).data
    model = diabolo.Autoencoder(2, scale="standard", max_epochs=1, random_state=0).fit(frame)
    found = find_groups(model, frame)
    frame.to_csv(tmp_path / "iris.csv", index=False)
    again = find_groups(model, diabolo.open(tmp_path / "iris.csv"))
    np.testing.assert_array_equal(found.labels, again.labels)
    assert found.sizes[1] == pytest.approx(50, abs=3)
    assert found.features(1)[0].name == "petal length (cm)"
    assert pd.DataFrame(found.rows).columns.tolist() == [
        "group",
        "name",
        "effect",
        "value",
        "others",
        "qvalue",
        "direction",
    ]
    assert str(found) == str(again)


def test_of_many_rows_some_are_clustered_and_the_others_follow(grouped, monkeypatch):
    rows, classes = grouped
    monkeypatch.setattr(search, "_CLUSTERED", 80)
    for asked in ({}, {"n_clusters": 3}):
        found = find_groups(AsItIs(), rows, **asked)
        assert found.n_clustered == 80
        inside = found.labels >= 0
        assert inside.sum() > 100
        assert adjusted_rand_score(classes[inside], found.labels[inside]) > 0.95
        assert "80 rows drawn at random were clustered; each other row has the group of the nearest" in str(
            found
        )


def test_the_same_seed_gives_the_same_and_another_another(grouped, monkeypatch):
    monkeypatch.setattr(search, "_CLUSTERED", 60)
    rows, _ = grouped
    one, same, other = (find_groups(AsItIs(), rows, n_clusters=5, random_state=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one.labels, same.labels)
    assert one.stability == same.stability
    assert (one.labels != other.labels).any()


def test_codes_weigh_as_much_as_they_move_what_is_decoded():
    rows = np.random.default_rng(0).normal(size=(50, 6)) * [9, 5, 1, 1, 1, 1]
    components = PCA(3).fit(rows)
    np.testing.assert_allclose(code_weights(components, components.transform(rows)), 1, rtol=1e-5)
    whitened = PCA(3, whiten=True).fit(rows)
    expected = np.sqrt(whitened.explained_variance_)
    np.testing.assert_allclose(code_weights(whitened, whitened.transform(rows)), expected, rtol=1e-5)
    assert code_weights(AsItIs(), rows).tolist() == [1] * 6


def test_weights_are_in_the_units_that_rows_are_scaled_to():
    rows = np.random.default_rng(0).normal(size=(80, 3)) * [1, 1000, 0.01]
    model = diabolo.Autoencoder(3, scale="standard", max_epochs=1, random_state=0).fit(rows)
    codes = np.asarray(model.transform(rows), float)
    scattered = codes * code_weights(model, codes)
    # All is kept, so distances of codes are those of standardised rows.
    scaled = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    assert np.sum(scattered.var(axis=0)) == pytest.approx(np.sum(scaled.var(axis=0)), rel=0.2)


def test_images_are_rows_too():
    images = np.random.default_rng(0).uniform(size=(30, 4, 4)).astype(np.float32)
    images[:12] += 5
    model = diabolo.ConvolutionalAutoencoder(2, filters=(2,), max_epochs=1, random_state=0).fit(images)
    found = find_groups(model, images, n_clusters=2)
    assert len(found.feature_names) == 16
    assert found.differences.means.shape == (2, 16)


@settings(max_examples=5)
@given(st.integers(2, 30), st.integers(1, 3), st.integers(0, 3))
def test_any_table_gives_groups_that_add_up_or_a_sentence(n_rows, n_columns, seed):
    rows = np.random.default_rng(seed).integers(0, 3, (n_rows, n_columns)).astype(float)
    for asked in ({}, {"method": "k-means"}):
        try:
            found = find_groups(AsItIs(), rows, **asked)
        except InputError:
            continue
        assert found.labels.shape == (n_rows,)
        assert found.sizes.sum() + found.n_outside == n_rows
        assert isinstance(str(found), str)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"method": "spectral"}, "find_groups: method='spectral' is not possible; expected one of 'auto', "),
        ({"method": "dbscan"}, "Did you mean 'hdbscan'?"),
        ({"n_clusters": 1}, "find_groups: n_clusters=1 is not possible; expected a whole number, 2 or more"),
        ({"min_cluster_size": 0}, "min_cluster_size=0 is not possible; expected a whole number, 2 or more"),
        ({"random_state": -1}, "random_state=-1 is not possible; expected a whole number, 0 or more."),
        (
            {"method": "hdbscan", "n_clusters": 3},
            "find_groups: n_clusters=3 is for method='k-means', and these groups are made by "
            "method='hdbscan'; leave one of the two out.",
        ),
        ({"n_clusters": 3, "min_cluster_size": 9}, "min_cluster_size=9 is for method='hdbscan'"),
    ],
)
def test_settings_that_cannot_be(grouped, asked, said):
    with pytest.raises(ParameterError) as problem:
        find_groups(AsItIs(), grouped[0], **asked)
    assert said in str(problem.value)


def test_rows_that_cannot_be_parted(grouped):
    rows, _ = grouped
    with pytest.raises(
        InputError,
        match=r"there are 9 rows, and two groups by density need 10; .*such as n_clusters=2",
    ):
        find_groups(AsItIs(), rows[:9])
    with pytest.raises(InputError, match="there is 1 row, and two groups by density need 10"):
        find_groups(AsItIs(), rows[:1])
    with pytest.raises(
        InputError, match="the 40 rows have 1 different code, too few for 2 groups; give rows that"
    ):
        find_groups(AsItIs(), np.ones((40, 2)))
    with pytest.raises(InputError, match="the 3 rows have 3 different codes, too few for 4 groups"):
        find_groups(AsItIs(), rows[:3], n_clusters=4)


def test_what_is_no_autoencoder(grouped):
    rows, _ = grouped
    detector = AutoencoderDetector(random_state=0).fit(rows)
    with pytest.raises(InputError, match="the model is a detector, which scores rows and gives no codes"):
        find_groups(detector, rows)
    with pytest.raises(InputTypeError, match="must be a fitted autoencoder; got str, which has no transform"):
        find_groups("model", rows)


def test_known_classes_must_fit(grouped):
    found = find_groups(AsItIs(), grouped[0], n_clusters=2)
    with pytest.raises(InputError, match=r"labels has shape \(3,\); expected 120 of them, one a row"):
        found.agreement([1, 2, 3])
    with pytest.raises(InputError, match="labels are missing in all rows"):
        found.agreement([None] * 120)
    classes = np.where(np.arange(120) < 10, None, found.labels.astype(object))
    assert found.agreement(classes) == 1.0
