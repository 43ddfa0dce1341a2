# ruff: noqa: E501 - messages are shown whole
"""What is said of rows that are no table; each is an error of Diabolo's own."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from diabolo import Autoencoder, AutoencoderDetector, FTestSelector, screen
from diabolo.errors import InputError, InputTypeError, ParameterError
from diabolo.estimators._refused_rows import refused_in_own_words

TABLE = "expected a table of shape (rows, features): an array, a data frame, or what diabolo.open gives"
X = np.arange(24.0).reshape(6, 4)
QUICK = {"max_epochs": 1, "hidden_layer_sizes": (), "initializer": "glorot_uniform"}


def error(kind, do):
    with pytest.raises(kind) as caught:
        do()
    assert type(caught.value) is kind
    return str(caught.value)


def test_a_path_is_opened_first_whatever_is_given_it():
    said = f"is the text 'x.npy'; {TABLE}. A file is read by diabolo.open('x.npy')."
    model = Autoencoder(2, random_state=0, **QUICK).fit(X)
    detector = AutoencoderDetector(random_state=0).fit(X)
    doors = [
        model.transform, model.reconstruct, model.reconstruction_error, model.score, model.partial_fit,
        model.fit, Autoencoder(categories=[0]).fit, FTestSelector().fit, detector.fit, detector.predict,
        detector.anomaly_score, detector.feature_contributions, detector.impute,
    ]  # fmt: skip
    for door in doors:
        for path in ("x.npy", Path("x.npy")):
            with pytest.raises(InputTypeError) as caught:
                door(path) if door.__self__.__class__ is not FTestSelector else door(path, X[:, 0])
            assert str(caught.value) == f"{type(door.__self__).__name__}: X {said}"
    assert error(InputTypeError, lambda: model.inverse_transform("x.npy")) == f"Autoencoder: codes {said}"
    opened = "'x.npy' is a path, and no table: diabolo.open('x.npy') reads a file."
    assert error(InputTypeError, lambda: screen(Path("x.npy"), X[:, 0])) == opened
    several = error(InputTypeError, lambda: model.fit(["a.npy", Path("b.npy")]))
    assert several == (
        f"Autoencoder: X is a list of texts such as 'a.npy'; {TABLE}. Files are read as one table by "
        "diabolo.open(['a.npy', ...])."
    )


@pytest.mark.parametrize(
    ("rows", "kind", "said"),
    [
        (None, InputTypeError, f"Autoencoder: X is None; {TABLE}."),
        (3.5, InputTypeError, f"Autoencoder: X is of type float; {TABLE}."),
        ({"a": [1]}, InputTypeError, f"Autoencoder: X is of type dict; {TABLE}."),
        (
            "rows.csv",
            InputTypeError,
            f"Autoencoder: X is the text 'rows.csv'; {TABLE}. A file is read by diabolo.open('rows.csv').",
        ),
        (
            Path("rows.csv"),
            InputTypeError,
            f"Autoencoder: X is the text 'rows.csv'; {TABLE}. A file is read by diabolo.open('rows.csv').",
        ),
        (
            [[1.0, 2.0], [3.0]],
            InputError,
            f"Autoencoder: X has rows of different lengths: row 0 has 2 and row 1 has 1; {TABLE}.",
        ),
        (
            np.zeros(3, [("a", float), ("b", float)]),
            InputTypeError,
            "Autoencoder: X is an array of records with the fields 'a', 'b'; make columns of them: "
            "numpy.lib.recfunctions.structured_to_unstructured(X).",
        ),
        (
            pd.Series([1.0, 2.0]),
            InputError,
            f"Autoencoder: X has the shape (2,); {TABLE}. Reshape your data: numpy.reshape(X, (1, -1)) is one "
            "row, numpy.reshape(X, (-1, 1)) is one feature.",
        ),
        (
            X[None],
            InputError,
            f"Autoencoder: X has the shape (1, 6, 4); {TABLE}. Make rows of images by X.reshape(len(X), -1), or "
            "train a ConvolutionalAutoencoder.",
        ),
        (
            X[:0],
            InputError,
            "Found array with 0 sample(s) (shape=(0, 4)) while a minimum of 2 is required by Autoencoder; give "
            "more rows.",
        ),
        (
            X[:, :0],
            InputError,
            "Found array with 0 feature(s) (shape=(6, 0)) while a minimum of 1 is required by Autoencoder; give "
            "more columns.",
        ),
        (
            np.array([[object, 1.0], [2.0, 3.0]]),
            InputTypeError,
            "Autoencoder: X holds what is no number (float() argument must be a string or a real number, not "
            f"'type'); {TABLE}.",
        ),
    ],
)
def test_rows_that_are_no_table(rows, kind, said):
    assert error(kind, lambda: Autoencoder().fit(rows)) == said


def test_rows_that_are_not_those_of_the_fit():
    model = Autoencoder(**QUICK).fit(X)
    more = "X has 3 features, but Autoencoder is expecting 4 features as input; give the columns of the fit."
    assert error(InputError, lambda: model.transform(X[:, :3])) == more
    assert error(InputError, lambda: model.fit(X, X_validation=X[:, :3])) == f"X_validation: {more}"
    frame = pd.DataFrame(X, columns=list("abcd"))
    model.fit(frame)
    said = error(InputError, lambda: model.transform(frame[["a", "b", "c"]]))
    assert said.startswith("The feature names should match those that were passed during fit.\n")
    assert said.endswith("now missing:\n- d\nGive the columns of the fit, under their names.\n")


def test_an_error_of_our_own_stays_as_it_is():
    problem = InputError("as it was.")
    with pytest.raises(InputError) as caught, refused_in_own_words("Autoencoder", X):
        raise problem
    assert caught.value is problem


def test_a_target_to_validate_needs_its_rows():
    assert error(InputError, lambda: Autoencoder().fit(X, y_validation=[1.0])) == (
        "Autoencoder: y_validation came without X_validation, the rows that it is of; pass both or neither."
    )


@pytest.mark.parametrize(
    ("estimator", "named", "hint"),
    [
        (Autoencoder(), "n_component", " Did you mean n_components=3?"),
        (Autoencoder(), "latent_dim", " Did you mean n_components=3?"),
        (FTestSelector(), "xyz", ""),
    ],
)
def test_a_parameter_that_there_is_not(estimator, named, hint):
    owner = type(estimator).__name__
    assert error(ParameterError, lambda: estimator.set_params(**{named: 3})) == (
        f"{owner} has no parameter {named!r}; get_params() has those that there are.{hint}"
    )


def test_parameters_that_there_are_are_set():
    assert Autoencoder().set_params(n_components=5).n_components == 5
    assert Autoencoder().set_params() is not None
