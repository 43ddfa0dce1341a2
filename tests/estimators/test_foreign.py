"""Words of Keras, PyTorch and PyOD: each estimator says what they are called here."""

import copy
import inspect
import pickle

import numpy as np
import pytest
from sklearn.base import clone

import diabolo
import diabolo.pyod
from diabolo import Autoencoder, AutoencoderDetector, ConvolutionalAutoencoder, FTestSelector
from diabolo.pyod import AutoEncoder

X = np.random.default_rng(0).normal(size=(30, 4))
CLASSES = [
    *(
        thing
        for name in diabolo.__all__
        if inspect.isclass(thing := getattr(diabolo, name)) and hasattr(thing, "get_params")
    ),
    AutoEncoder,
]
AUTOENCODERS = [cls for cls in CLASSES if hasattr(cls, "partial_fit")]
SELECTORS = [cls for cls in CLASSES if hasattr(cls, "get_support")]


@pytest.mark.parametrize("cls", AUTOENCODERS)
@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({"latent_dim": 8}, "n_components=8"),
        ({"epochs": 10}, "max_epochs=10"),
        ({"lr": 0.1}, "learning_rate=0.1"),
        ({"n_component": 8}, "n_components=8"),
        ({"seed": 1}, "random_state=1"),
        ({"loss_fn": "mse"}, "loss='mse'"),
    ],
)
def test_the_constructor_of_an_autoencoder(cls, given, meant):
    with pytest.raises(TypeError) as caught:
        cls(**given)
    assert str(caught.value) == (
        f"{cls.__name__}: got an unexpected keyword argument '{next(iter(given))}'. Did you mean {meant}?"
    )


@pytest.mark.parametrize(
    ("cls", "given", "hint"),
    [
        (Autoencoder, {"hidden_layers": (8,)}, " Did you mean hidden_layer_sizes=(8,)?"),
        (Autoencoder, {"dropout": 0.2}, " Layers have no dropout; noise={'kind': 'masking', "),
        (Autoencoder, {"dropout_rate": 0.1}, " Layers have no dropout; "),
        (ConvolutionalAutoencoder, {"kernel": 3}, " Did you mean kernel_size=3?"),
        (AutoencoderDetector, {"n_estimators": 5}, " Did you mean n_members=5?"),
        (
            AutoencoderDetector,
            {"latent_dim": 3},
            "autoencoder: AutoencoderDetector(Autoencoder(n_components=3)).",
        ),
        (AutoencoderDetector, {"tied_weights": True}, "AutoencoderDetector(Autoencoder(tied_weights=True))."),
        (AutoencoderDetector, {"contaminaton": 0.1}, " Did you mean contamination=0.1?"),
        (FTestSelector, {"k": 5}, " Did you mean top=5?"),
        (FTestSelector, {"alpha": 0.1}, " Did you mean fdr=0.1?"),
        (AutoEncoder, {"epochs": 3}, " Did you mean epoch_num=3?"),
        (AutoEncoder, {"contaminaton": 0.1}, " Did you mean contamination=0.1?"),
    ],
)
def test_other_constructors(cls, given, hint):
    with pytest.raises(TypeError, match="got an unexpected keyword argument") as caught:
        cls(**given)
    assert hint in str(caught.value)


@pytest.mark.parametrize(
    ("method", "given", "hint"),
    [
        ("fit", {"validation_data": X}, " Held-out rows are given as fit(X, X_validation=...), "),
        ("fit", {"epochs": 5}, " It is a parameter of the estimator: Autoencoder(max_epochs=5)."),
        ("fit", {"batch_size": 5}, " It is a parameter of the estimator: Autoencoder(batch_size=5)."),
        ("fit", {"sample_weights": X}, " Did you mean sample_weight=...?"),
        ("fit_transform", {"verbose": 0}, " It is a parameter of the estimator: Autoencoder(verbose=0)."),
        ("transform", {"batch_size": 5}, " It is a parameter of the estimator: Autoencoder(batch_size=5)."),
        ("reconstruction_error", {"metrics": "mae"}, " Did you mean metric='mae'?"),
    ],
)
def test_methods(method, given, hint):
    called = "fit" if method == "fit_transform" else method
    with pytest.raises(TypeError) as caught:
        getattr(Autoencoder(), method)(X, **given)
    told = f"Autoencoder.{called}() got an unexpected keyword argument '{next(iter(given))}'.{hint}"
    assert str(caught.value).startswith(told)


@pytest.mark.parametrize("cls", CLASSES)
def test_every_estimator_fits_with_hints(cls):
    with pytest.raises(
        TypeError, match=r"fit\(\) got an unexpected keyword argument 'Y'. Did you mean y=3\?"
    ):
        cls().fit(X, Y=3)


@pytest.mark.parametrize("cls", AUTOENCODERS)
@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("encode", "transform(X)"),
        ("decode", "inverse_transform(codes)"),
        ("get_weights", "network_"),
        ("coefs_", "encoder_weights_ and decoder_weights_"),
        ("history", "history_"),
        ("evaluate", "score(X) or reconstruction_error(X)"),
        ("save", "diabolo.save(estimator, path)"),
        ("transfrom", "transform"),
    ],
)
def test_attributes_of_autoencoders(cls, name, meant):
    estimator = cls()
    assert not hasattr(estimator, name)
    with pytest.raises(AttributeError) as caught:
        getattr(estimator, name)
    assert str(caught.value) == f"{cls.__name__!r} object has no attribute {name!r}. Did you mean {meant}?"


def test_methods_that_some_parameters_bring_say_which():
    for name, needed in (
        (
            "predict",
            "supervision_weight above 0, and a target in fit, or the rows as their own target, fit(X, X); "
            "reconstruct(X) gives rows again.",
        ),
        ("predict_proba", "supervision_weight above 0, and classes in fit."),
        ("sample", "a Gaussian bottleneck, such as VariationalAutoencoder has."),
    ):
        estimator = Autoencoder()
        assert not hasattr(estimator, name)
        with pytest.raises(AttributeError) as caught:
            getattr(estimator, name)
        assert str(caught.value) == f"This 'Autoencoder' has no attribute {name!r}: it needs {needed}"
    assert hasattr(Autoencoder(supervision_weight=1), "predict")
    with pytest.raises(AttributeError, match="Autoencoder has no classes_: no classes guided its code"):
        _ = Autoencoder().classes_


@pytest.mark.parametrize(
    ("cls", "name", "meant"),
    [
        (AutoencoderDetector, "labels_", "predict(X)"),
        (AutoencoderDetector, "decision_scores_", "training_scores_"),
        (AutoencoderDetector, "encode", "members_"),
        (AutoEncoder, "explain", "detector_"),
        *((cls, "support_", "get_support()") for cls in SELECTORS),
    ],
)
def test_attributes_of_others(cls, name, meant):
    assert not hasattr(cls(), name)
    with pytest.raises(AttributeError) as caught:
        getattr(cls(), name)
    assert str(caught.value) == f"{cls.__name__!r} object has no attribute {name!r}. Did you mean {meant}?"


@pytest.mark.parametrize("cls", CLASSES)
def test_nothing_else_is_other_than_before(cls):
    estimator = cls(random_state=3) if "random_state" in cls().get_params() else cls()
    for other in (
        copy.copy(estimator),
        copy.deepcopy(estimator),
        pickle.loads(pickle.dumps(estimator)),
        clone(estimator),
    ):
        assert type(other) is cls
        assert other.get_params() == estimator.get_params()
    assert not hasattr(estimator, "_qwertz")
    assert not hasattr(estimator, "qwertz_")
    assert repr(estimator).startswith(cls.__name__)
    # sklearn and IDEs read the arguments off the signature.
    assert list(inspect.signature(cls.fit).parameters)[:2] == ["self", "X"]
    assert set(inspect.signature(cls).parameters) == set(estimator.get_params(deep=False))


def test_warnings_point_to_the_line_of_the_call():
    with pytest.warns(UserWarning, match="is wider than the") as caught:
        Autoencoder(9, hidden_layer_sizes=(4,), initializer="glorot_uniform", max_epochs=1).fit(X)
    assert caught[0].filename == __file__


def test_a_name_of_the_package():
    with pytest.raises(AttributeError, match=r"has no attribute 'AutoEncoder'. Did you mean Autoencoder\?"):
        _ = diabolo.AutoEncoder


def test_words_for_what_is_missing_are_sought_when_they_are_read(monkeypatch):
    from diabolo.estimators import _foreign

    asked = []
    monkeypatch.setattr(_foreign, "attribute_hint", lambda name, known: asked.append(name) or "")
    estimator = Autoencoder()
    assert not hasattr(estimator, "encode")
    assert asked == []
    with pytest.raises(AttributeError, match="has no attribute 'encode'") as caught:
        _ = estimator.encode
    assert asked == ["encode"]
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
