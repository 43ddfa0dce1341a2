import pickle

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.base import clone
from sklearn.feature_selection import SelectFdr, SelectKBest, f_classif, f_regression
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

from diabolo import FTestSelector, MutualInformationSelector, ScreeningSelector
from diabolo.data.array_source import ArraySource
from diabolo.errors import InputError, NothingSelectedWarning, ParameterError

RANDOM = np.random.default_rng(4)
Y = RANDOM.normal(size=200)
X = RANDOM.normal(size=(200, 50))
X[:, :8] += np.linspace(0.3, 2, 8) * Y[:, None]
X[:, 9] += Y**2
SELECTORS = [FTestSelector(), MutualInformationSelector(), ScreeningSelector(mi=0.1)]
each = pytest.mark.parametrize("selector", SELECTORS, ids=lambda selector: type(selector).__name__)


def test_the_f_test_selects_as_scikit_learn_does():
    peer = SelectFdr(f_regression, alpha=0.05).fit(X, Y)
    np.testing.assert_array_equal(FTestSelector(fdr=0.05).fit(X, Y).get_support(), peer.get_support())
    peer = SelectKBest(f_classif, k=3).fit(X, Y > 0)
    ours = FTestSelector(fdr=None, top=3).fit(X, Y > 0)
    np.testing.assert_array_equal(ours.get_support(indices=True), peer.get_support(indices=True))
    np.testing.assert_allclose(ours.scores_, peer.scores_)
    np.testing.assert_allclose(ours.pvalues_, peer.pvalues_)


def test_each_knob_moves_the_result():
    def count(selector, y=Y):
        return int(selector.fit(X, y).get_support().sum())

    assert count(FTestSelector(fdr=1e-30)) < count(FTestSelector(fdr=0.5))
    assert count(MutualInformationSelector(threshold=0.3)) < count(MutualInformationSelector(threshold=0.05))
    assert count(MutualInformationSelector(threshold=None, top=4)) == 4
    plain, normalized = (MutualInformationSelector(threshold=0.3, normalized=it) for it in (False, True))
    assert count(plain) < count(normalized)
    assert count(ScreeningSelector(fdr=None, min_variance=2.0)) < 10
    for knob in ({"mi": 0.3}, {"normalized_mi": 0.6}, {"top": 2}, {"min_variance": 2.0}):
        assert count(ScreeningSelector(fdr=0.5, **knob)) < count(ScreeningSelector(fdr=0.5))
    assert np.isnan(ScreeningSelector(information=False).fit(X, Y).information_).all()
    as_classes, as_numbers = (
        FTestSelector(target=kind).fit(X, np.round(Y)) for kind in ("classes", "numbers")
    )
    assert not np.allclose(as_classes.scores_, as_numbers.scores_)
    gaps = X.copy()
    gaps[:50, 3] = np.nan
    assert ScreeningSelector(max_missing=0.1).fit(gaps, Y).get_support()[3] == np.False_


@each
def test_columns_go_and_come_back(selector):
    fitted = clone(selector).fit(X, Y)
    kept = fitted.get_support(indices=True)
    assert set(range(2, 8)) <= set(kept)
    np.testing.assert_array_equal(fitted.transform(X), X[:, kept])
    back = fitted.inverse_transform(fitted.transform(X))
    np.testing.assert_array_equal(back[:, kept], X[:, kept])
    assert not np.delete(back, kept, axis=1).any()
    assert fitted.get_feature_names_out().tolist() == [f"x{i}" for i in kept]
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.get_support(), fitted.get_support())


@each
def test_a_source_gives_a_view_and_the_same_choice(selector):
    source = ArraySource(X, feature_names=[f"cg{i}" for i in range(50)])
    fitted = clone(selector).fit(source, Y)
    np.testing.assert_array_equal(fitted.get_support(), clone(selector).fit(X, Y).get_support())
    view = fitted.transform(source)
    np.testing.assert_array_equal(view[:], X[:, fitted.get_support()])
    assert view.feature_names == tuple(fitted.get_feature_names_out())
    with pytest.raises(InputError, match=r"has 49 features, but .*Selector is expecting 50 features"):
        fitted.transform(source.columns(range(49)))
    renamed = ArraySource(X, feature_names=["other", *source.feature_names[1:]], name="T")
    with pytest.raises(InputError, match=r"^T: column 0 is 'other', but in .*Selector's fit it was 'cg0'"):
        fitted.transform(renamed)
    carrying = ArraySource(X, carried={"age": Y}, target_name="age")
    np.testing.assert_array_equal(clone(selector).fit(carrying).get_support(), fitted.get_support())
    clone_without_names = fitted.fit(ArraySource(X), Y)
    assert clone_without_names.get_feature_names_out()[0].startswith("x")


@each
def test_a_sparse_table_gives_the_same_choice_and_stays_sparse(selector):
    table = scipy.sparse.csc_array(np.where(np.abs(X) < 0.3, 0.0, X))
    fitted, expected = clone(selector).fit(table, Y), clone(selector).fit(table.toarray(), Y)
    np.testing.assert_array_equal(fitted.get_support(), expected.get_support())
    found = fitted.transform(table)
    assert found.format == "csr"
    np.testing.assert_array_equal(found.toarray(), expected.transform(table.toarray()))


@each
def test_it_works_within_cross_validation(selector):
    scores = cross_val_score(make_pipeline(clone(selector), LinearRegression()), X, Y, cv=4)
    assert scores.min() > 0.7


def test_frames_keep_their_names():
    frame = pd.DataFrame(X, columns=[f"gene {i}" for i in range(50)])
    fitted = FTestSelector(top=2).set_output(transform="pandas").fit(frame, Y)
    assert list(fitted.transform(frame).columns) == ["gene 6", "gene 7"]
    assert fitted.screening_.feature_names[6] == "gene 6"


def test_keeping_nothing_is_said():
    with pytest.warns(NothingSelectedWarning, match=r"kept none of 50 features \(mi=9\): none says enough"):
        fitted = MutualInformationSelector(threshold=9).fit(X, Y)
    assert fitted.transform(X).shape == (200, 0)


def test_wrong_shapes_and_names_are_refused():
    fitted = FTestSelector(fdr=None, top=3).fit(X, Y)
    with pytest.raises(
        InputError, match=r"kept 3 features; expected rows of as many, got the shape \(2, 4\)"
    ):
        fitted.inverse_transform(np.zeros((2, 4)))
    with pytest.raises(InputError, match=r"length equal to number of features \(50\), got 2"):
        fitted.get_feature_names_out(["a", "b"])
    with pytest.raises(InputError, match="requires y to be passed"):
        fitted.fit(X)


@pytest.mark.parametrize(
    ("selector", "y", "said"),
    [
        (
            MutualInformationSelector(threshold=-1),
            "given",
            "MutualInformationSelector: threshold=-1 is not possible; expected a number at least 0.",
        ),
        (
            MutualInformationSelector(threshold=2, normalized=True),
            "given",
            "MutualInformationSelector: threshold=2 is not possible; expected a number at least 0 and at "
            "most 1.",
        ),
        (
            FTestSelector(fdr=7),
            "given",
            "FTestSelector: fdr=7 is not possible; expected a number above 0 and at most 1.",
        ),
        (
            FTestSelector(),
            None,
            "FTestSelector requires y to be passed, but the target y is None: pass the column to screen for.",
        ),
    ],
)
def test_an_error_is_in_the_words_of_the_selector(selector, y, said):
    random = np.random.default_rng(0)
    with pytest.raises((InputError, ParameterError)) as caught:
        selector.fit(random.normal(size=(9, 3)), None if y is None else random.normal(size=9))
    assert str(caught.value) == said
