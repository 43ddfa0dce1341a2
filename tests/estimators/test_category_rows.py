"""Rows with categories through every door: frames, arrays of objects, opened tables; and their refusals."""

import numpy as np
import pandas
import polars
import pyarrow
import pytest
from sklearn.base import clone
from sklearn.model_selection import cross_val_score

import diabolo
from diabolo import Autoencoder, DenoisingAutoencoder, SparseAutoencoder, VariationalAutoencoder
from diabolo.errors import InputError, ParameterError, UnfitColumnsError

RANDOM = np.random.default_rng(0)
N = 60
FIT = {"max_epochs": 2, "random_state": 0, "hidden_layer_sizes": (8,)}
CATEGORIES = ["colour", "kind"]


def frame(n=N, seed=0):
    random = np.random.default_rng(seed)
    z = random.normal(size=n)
    return pandas.DataFrame(
        {
            "size": z + 0.1 * random.normal(size=n),
            "colour": np.where(z > 0.5, "red", np.where(z < -0.5, "blue", "green")),
            "mass": 1000 * z + random.normal(size=n),
            "kind": np.where(z > 0, "y", "x"),
        }
    )


X = frame()


def fitted(rows=X, estimator=None, **changes):
    return (estimator or Autoencoder(2, categories=CATEGORIES, **FIT)).set_params(**changes).fit(rows)


def same(one, other):
    np.testing.assert_array_equal(one, other)


EXPECTED = fitted()
CODES = EXPECTED.transform(X)


def test_what_is_fitted():
    assert EXPECTED.categories_.category_names == ("kind", "colour")
    assert EXPECTED.categories_.values == (("x", "y"), ("blue", "green", "red"))
    assert EXPECTED.n_features_in_ == 4
    assert EXPECTED.feature_names_in_.tolist() == ["size", "colour", "mass", "kind"]
    assert EXPECTED.feature_importances_.shape == (4,)
    assert EXPECTED.feature_importances_.sum() == pytest.approx(1.0)
    assert EXPECTED.get_feature_names_out().tolist() == ["autoencoder0", "autoencoder1"]
    assert EXPECTED.start_ == "principal components"
    assert EXPECTED.summary().splitlines()[-1] == "categories: colour (3), kind (2)"


@pytest.mark.parametrize(
    "make",
    [
        lambda rows: rows.astype({"colour": "category", "kind": "string"}),
        polars.from_pandas,
        lambda rows: pyarrow.Table.from_pandas(rows, preserve_index=False),
        lambda rows: diabolo.open(rows, keep_columns=["colour", "kind"]),
    ],
    ids=["pandas", "polars", "arrow", "opened"],
)
def test_every_door_gives_the_same_codes(make):
    same(EXPECTED.transform(make(X)), CODES)
    np.testing.assert_allclose(fitted(make(X)).transform(X), CODES, atol=1e-5)


@pytest.mark.parametrize("suffix", ["csv", "parquet", "feather"])
def test_a_file_of_categories_alone_is_the_frame(tmp_path, suffix):
    words, path = X[CATEGORIES], tmp_path / f"words.{suffix}"
    words.to_csv(path, index=False) if suffix == "csv" else getattr(words, f"to_{suffix}")(path)
    source = diabolo.open(path, categories=CATEGORIES)
    for kind in (Autoencoder(1, missing="mean", **FIT), diabolo.AutoencoderDetector(random_state=0)):
        expected = clone(kind).set_params(categories=CATEGORIES).fit(words)
        found = clone(kind).set_params(categories=CATEGORIES).fit(source)
        score = "anomaly_score" if hasattr(kind, "cv") else "reconstruction_error"
        same(getattr(found, score)(source), getattr(expected, score)(words))
        same(getattr(found, score)(source.rows([3, 1])), getattr(expected, score)(words.iloc[[3, 1]]))
        same(found.reconstruct(source), expected.reconstruct(words).to_numpy())


def test_auto_is_not_for_what_carries_labels():
    with pytest.raises(
        InputError, match="carries columns that may be ids or labels, too, so categories='auto' is"
    ):
        Autoencoder(2, categories="auto", **FIT).fit(diabolo.open(X, keep_columns=["colour", "kind"]))


def test_columns_are_found_by_their_names():
    rows = X[["kind", "mass", "size", "colour"]]
    same(EXPECTED.transform(rows), CODES)
    assert EXPECTED.reconstruct(rows).columns.tolist() == rows.columns.tolist()
    same(EXPECTED.reconstruct(rows)[X.columns].to_numpy(), EXPECTED.reconstruct(X).to_numpy())


def test_an_array_of_objects_by_numbers():
    rows = X.to_numpy(object)
    found = Autoencoder(2, categories=[1, -1], **FIT).fit(rows)
    same(found.transform(rows), CODES)
    same(found.transform(rows.tolist()), CODES)
    back = found.reconstruct(rows)
    assert back.dtype == object
    same(back, EXPECTED.reconstruct(X).to_numpy(object))
    assert found.categories_.category_names == ("x3", "x1")


def test_numbers_may_be_categories():
    rows = np.column_stack([X["size"], (X["mass"] > 0) + 1.0])
    found = Autoencoder(1, categories=[1], **FIT).fit(rows)
    assert found.categories_.values == (("1", "2"),)
    assert set(found.reconstruct(rows)[:, 1]) <= {"1", "2"}


def test_auto_takes_what_is_no_number():
    found = Autoencoder(2, categories="auto", **FIT).fit(X.assign(is_big=X["size"] > 0))
    assert found.categories_.category_names == ("kind", "is_big", "colour")


def test_all_columns_may_be_categories():
    rows = X[CATEGORIES]
    found = Autoencoder(1, categories="auto", **FIT).fit(rows)
    assert found.reconstruct(rows).columns.tolist() == CATEGORIES


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda rows: rows.set_index(np.arange(N) + 7), pandas.DataFrame),
        (polars.from_pandas, polars.DataFrame),
        (lambda rows: pyarrow.Table.from_pandas(rows, preserve_index=False), pyarrow.Table),
    ],
)
def test_a_frame_gives_a_frame(make, kind):
    rows = make(X)
    back = EXPECTED.reconstruct(rows)
    assert type(back) is kind
    if kind is pandas.DataFrame:
        assert back.index.tolist() == rows.index.tolist()
        assert back.dtypes.astype(str)[["size", "mass"]].tolist() == ["float64", "float64"]
    else:
        back = back.to_pandas()
    assert back.columns.tolist() == X.columns.tolist()
    same(back.to_numpy(), EXPECTED.reconstruct(X).to_numpy())


def test_blocks_and_codes_give_text():
    ((start, block),) = EXPECTED.blocks(X)
    assert start == 0
    same(block, EXPECTED.reconstruct(X).to_numpy(object))
    same(EXPECTED.inverse_transform(CODES), block)


def test_a_trained_network_rebuilds_what_follows_from_the_rest():
    rows, new = frame(600, seed=1), frame(300, seed=2)
    found = Autoencoder(2, categories=CATEGORIES, random_state=0, max_epochs=60).fit(rows)
    back = found.reconstruct(new)
    for name in CATEGORIES:
        assert (back[name] == new[name]).mean() > 0.95 > (new[name] == rows[name].mode()[0]).mean()
    errors = found.reconstruction_error(new, per_feature=True).mean(axis=0)
    assert (errors < 0.15).all()
    assert found.history_["loss"][-1] < found.history_["loss"][0] < 1


@pytest.mark.parametrize(
    "estimator",
    [
        DenoisingAutoencoder(2, categories=CATEGORIES, noise=0.2, **FIT),
        DenoisingAutoencoder(2, categories=CATEGORIES, noise={"kind": "masking"}, **FIT),
        DenoisingAutoencoder(2, categories=CATEGORIES, noise={"kind": "salt_and_pepper"}, **FIT),
        DenoisingAutoencoder(
            2, categories=CATEGORIES, noise=0.1, pretrain="layerwise", pretrain_epochs=1, **FIT
        ),
        VariationalAutoencoder(2, categories=CATEGORIES, **FIT),
        SparseAutoencoder(6, sparsity="topk", k=2, categories=CATEGORIES, max_epochs=2, random_state=0),
        Autoencoder(2, categories=CATEGORIES, tied_weights=True, loss="huber", scale="minmax", **FIT),
        Autoencoder(2, categories=CATEGORIES, penalty={"contractive": 0.1}, missing="mask", **FIT),
    ],
    ids=lambda each: type(each).__name__,
)
def test_each_kind_takes_them(estimator):
    found = clone(estimator).fit(X)
    assert set(found.reconstruct(X)["colour"]) <= {"red", "green", "blue"}
    assert np.isfinite(found.history_["loss"]).all()
    same(clone(estimator).fit(X).transform(X), found.transform(X))


def test_noise_moves_what_is_learned():
    one, other = (fitted(noise=noise).history_["loss"] for noise in ({"kind": "masking"}, None))
    assert one != other


def test_a_guided_code():
    found = Autoencoder(2, categories=CATEGORIES, supervision_weight=1.0, **FIT).fit(X, X["size"].to_numpy())
    assert found.predict(X).shape == (N,)
    assert found.start_ == "principal covariates"


def test_partial_fit_goes_on():
    found = Autoencoder(2, categories=CATEGORIES, **FIT).partial_fit(X).partial_fit(X[:20])
    assert found.n_epochs_ == 2
    with pytest.raises(InputError, match="no row of the fit had: 'pink'"):
        found.partial_fit(X.assign(colour="pink"))


def test_model_selection_scores_scaled_columns():
    errors = EXPECTED.reconstruction_error(X, per_feature=True)
    assert EXPECTED.score(X) == pytest.approx(-errors.mean())
    scores = cross_val_score(Autoencoder(2, categories=CATEGORIES, **FIT), X, cv=2)
    assert (scores < 0).all()


def test_text_that_is_left_over_is_named():
    with pytest.raises(InputError) as caught:
        Autoencoder(2, categories=["kind"], **FIT).fit(X.assign(note="a b"))
    assert str(caught.value) == (
        "Input X has columns that are no numbers and that categories does not name: 'colour', 'note'; name "
        "them, too, or leave them out of the rows."
    )


@pytest.mark.parametrize(
    ("categories", "words"),
    [
        (["color"], "has no column 'color', which categories names; it has .* Did you mean 'colour'"),
        ([9], "has 4 columns, numbered 0 to 3, so 9 of categories is not one of them"),
        (["kind", 3], "categories names the column 3 twice"),
    ],
)
def test_columns_that_are_not_there(categories, words):
    with pytest.raises(InputError, match=words):
        Autoencoder(2, categories=categories, **FIT).fit(X)


def test_names_need_a_table_with_names():
    with pytest.raises(
        InputError, match="Input X has no column names, so 'kind' of categories names nothing"
    ):
        Autoencoder(2, categories=["kind"], **FIT).fit(X.to_numpy(object))
    with pytest.raises(
        InputError, match="has no column of text, truth values or a categorical type for categories='auto'"
    ):
        Autoencoder(1, categories="auto", **FIT).fit(X[["size", "mass"]])


@pytest.mark.parametrize("categories", ["colour", [], 3, [2.5]])
def test_what_is_no_list_of_columns(categories):
    with pytest.raises(
        ParameterError, match=r"expected a list of column names or numbers, such as \['colour', 'kind'\]"
    ):
        Autoencoder(2, categories=categories, **FIT).fit(X)


def test_other_columns_than_in_fit():
    with pytest.raises(
        InputError, match="lacks the column 'kind' that Autoencoder was fitted with; it has 'size', 'colour'"
    ):
        EXPECTED.transform(X.drop(columns="kind"))
    with pytest.raises(
        InputError,
        match="has the column 'age' that Autoencoder was not fitted with; leave out what is no feat",
    ):
        EXPECTED.transform(X.assign(age=1))
    with pytest.raises(
        InputError, match="has 3 columns, but Autoencoder is expecting 4, as in fit: 'size', 'colour'"
    ):
        EXPECTED.transform(X.to_numpy(object)[:, :3])


def test_what_a_source_carries_beside_is_no_concern():
    rows = diabolo.open(X.assign(id=np.arange(N), note="free"), keep_columns=["id", "colour", "kind", "note"])
    same(EXPECTED.transform(rows), CODES)


def test_unknown_categories():
    new = X[:6].assign(colour=["red", "pink", "red", "teal", "red", "pink"])
    with pytest.raises(
        InputError, match="in the column 'colour' that no row of the fit had: 'pink', 'teal', in 3 rows"
    ):
        EXPECTED.transform(new)
    ignoring = fitted(handle_unknown="ignore")
    same(ignoring.transform(X), CODES)
    codes = ignoring.transform(new)
    same(codes[[0, 2, 4]], ignoring.transform(new[::2]))
    same(codes[1] - codes[5] == 0, new.iloc[1, [0, 2, 3]].tolist() == new.iloc[5, [0, 2, 3]].tolist())
    assert set(ignoring.reconstruct(new)["colour"]) <= {"red", "green", "blue"}
    errors = ignoring.reconstruction_error(new, per_feature=True)
    same(np.isnan(errors[:, 1]), [False, True, False, True, False, True])
    assert not np.isnan(np.delete(errors, 1, axis=1)).any()


def test_what_was_fitted_says_what_becomes_of_unknown_ones():
    found = fitted().set_params(handle_unknown="ignore")
    with pytest.raises(InputError, match="'pink'"):
        found.transform(X.assign(colour="pink"))


def test_missing_categories():
    rows = X.copy()
    rows.loc[3, "colour"] = None
    with pytest.raises(InputError) as caught:
        fitted(rows)
    assert str(caught.value) == (
        "Input X contains NaN: Autoencoder found it first in row 3 (counted from 0), column 'colour'. Fill "
        "it, or set missing='mean' or missing='mask'."
    )
    for missing in ("mean", "mask"):
        found = fitted(rows, missing=missing)
        assert found.reconstruct(rows).loc[3, "colour"] in ("red", "green", "blue")
        errors = found.reconstruction_error(rows, per_feature=True)
        assert np.isnan(errors[3, 1])
        assert np.isnan(errors).sum() == 1


def test_text_that_is_empty_or_blank_is_missing():
    found = fitted(missing="mean")
    rows = X[:3]
    same(found.transform(rows.assign(kind="")), found.transform(rows.assign(kind=" ")))
    same(found.transform(rows.assign(kind="")), found.transform(rows.assign(kind=np.nan)))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"loss": "binary_cross_entropy"}, "takes all columns for numbers from 0 to 1, and categories="),
        ({"output_activation": "sigmoid"}, "output_activation='sigmoid' bends every column, and categories="),
    ],
)
def test_what_cannot_go_with_them(changes, words):
    with pytest.raises(ParameterError, match=words):
        fitted(**changes)


def test_the_scale_is_standard_unless_said():
    assert EXPECTED.scaler_.kind == "mixed"
    np.testing.assert_allclose(EXPECTED.scaler_.factor[1], 1 / X["mass"].std(ddof=0))
    np.testing.assert_allclose(fitted(scale=None).scaler_.factor[:2], 1.0)


def test_other_tables_are_refused():
    import scipy.sparse

    with pytest.raises(
        InputError, match=r"categories are columns of a data frame, an array of objects, a pyarrow\.Table"
    ):
        Autoencoder(1, categories=[0], **FIT).fit(scipy.sparse.eye_array(4))


def test_a_fit_that_is_refused_leaves_what_is_fitted():
    found = fitted()
    with pytest.raises(InputError, match="has two columns named 'kind'; give each its own name"):
        found.fit(pandas.concat([X, X[["kind"]]], axis=1))
    same(found.transform(X), CODES)


def test_without_categories_nothing_is_kept_of_them():
    found = fitted().set_params(categories=None).fit(X[["size", "mass"]])
    assert not hasattr(found, "categories_")
    assert found.reconstruct(X[["size", "mass"]]).dtype == np.float64


@pytest.mark.parametrize(
    ("make", "columns"),
    [
        (lambda rows: rows, "'colour' and 'kind'"),
        (polars.from_pandas, "'colour' and 'kind'"),
        (lambda rows: pyarrow.Table.from_pandas(rows, preserve_index=False), "'colour' and 'kind'"),
        (lambda rows: rows.to_numpy(), "1 and 3"),
        (lambda rows: rows.to_numpy().tolist(), "1 and 3"),
    ],
    ids=["pandas", "polars", "arrow", "array", "list"],
)
def test_columns_of_few_values_may_be_categories(make, columns):
    rows = make(X)
    said = f" {columns} hold few values, so they may be categories: categories="
    for kind in (Autoencoder(2, **FIT), diabolo.AutoencoderDetector()):
        with pytest.raises(UnfitColumnsError) as caught:
            clone(kind).fit(rows)
        assert said in str(caught.value)
        clone(kind).set_params(categories=list(caught.value.few)).fit(rows)


def test_they_may_not_where_there_are_none():
    """Of an estimator that takes none, and of rows for one that was fitted without."""
    numbers = X[["size", "mass"]]
    for go in (
        lambda: diabolo.ConvolutionalAutoencoder().fit(X),
        lambda: Autoencoder(1, **FIT).fit(numbers).transform(X[["size", "colour"]]),
    ):
        with pytest.raises(UnfitColumnsError) as caught:
            go()
        assert "categor" not in str(caught.value)
