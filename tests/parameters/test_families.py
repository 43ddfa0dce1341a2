"""The one table of parameters, held against the estimators, core's own tables and the reference."""

import inspect
import re
from pathlib import Path

import pytest

import diabolo
from diabolo.core.corruption import CORRUPTIONS
from diabolo.core.layers import ACTIVATIONS, INITIALIZERS
from diabolo.core.losses import LOSSES
from diabolo.core.penalties import PENALTIES
from diabolo.detection import THRESHOLDS
from diabolo.detection.scores import SCORES
from diabolo.estimators._choices import checked_choices
from diabolo.messages import Message, typed_value
from diabolo.parameters import detector, network, objective
from diabolo.parameters.__main__ import page
from diabolo.parameters.families import FAMILIES, AllParameters
from diabolo.parameters.named_settings import BOTTLENECKS, NOISES, SCHEDULES, defaults_of
from diabolo.parameters.named_settings import OPTIMIZERS as NAMED_OPTIMIZERS
from diabolo.training.optimizers import OPTIMIZERS
from diabolo.training.optimizers import SCHEDULES as RATES

ESTIMATORS = {
    "dense": diabolo.Autoencoder,
    "denoising": diabolo.DenoisingAutoencoder,
    "sparse": diabolo.SparseAutoencoder,
    "variational": diabolo.VariationalAutoencoder,
    "convolutional": diabolo.ConvolutionalAutoencoder,
    "detector": diabolo.AutoencoderDetector,
}
EVERY = [(kind, name) for kind, cls in ESTIMATORS.items() for name in cls.PARAMETERS]


@pytest.mark.parametrize(
    ("named", "known"),
    [
        (network.ACTIVATIONS.names, ACTIVATIONS),
        (network.INITIALIZERS.names, INITIALIZERS),
        (objective.LOSSES.names, LOSSES),
        (objective.PENALTIES.names, PENALTIES),
        (NOISES, CORRUPTIONS),
        (NAMED_OPTIMIZERS, OPTIMIZERS),
        (SCHEDULES, RATES),
        (detector.SCORES.names, SCORES),
        (detector.THRESHOLDS.names, THRESHOLDS),
    ],
    ids=[
        "activations",
        "initializers",
        "losses",
        "penalties",
        "noises",
        "optimizers",
        "schedules",
        "scores",
        "lines",
    ],
)
def test_what_the_table_names_is_what_there_is(named, known):
    assert sorted(named) == sorted(known)


def test_a_losses_settings_are_parameters():
    for loss in LOSSES.values():
        assert set(loss.settings) <= set(AllParameters.PARAMETERS)


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_a_signature_is_the_table(kind):
    signature = inspect.signature(ESTIMATORS[kind])
    table = ESTIMATORS[kind].PARAMETERS
    assert {name: each.default for name, each in signature.parameters.items()} == {
        name: each.default for name, each in table.items()
    }
    assert [
        name for name, each in signature.parameters.items() if each.kind is each.POSITIONAL_OR_KEYWORD
    ] == [next(iter(table))]
    assert ESTIMATORS[kind]().get_params(deep=False) == {name: each.default for name, each in table.items()}


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_a_docstring_says_what_the_table_says(kind, name):
    each = ESTIMATORS[kind].PARAMETERS[name]
    said = " ".join(inspect.getdoc(ESTIMATORS[kind]).split())
    assert f"{name} : {each.kind.written}, default" in said
    assert Message(each.help) in said
    assert " ".join(each.doc.split()) in said


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_a_default_may_be_and_can_be_typed(kind, name):
    each = ESTIMATORS[kind].PARAMETERS[name]
    assert each.kind.holds(each.default)
    if each.flag and each.default is not None and not isinstance(each.default, bool):
        assert each.kind.read(typed_value(each.default)) == each.default


def test_flags_differ():
    for cls in ESTIMATORS.values():
        flags = [flag for each in cls.PARAMETERS.values() for flag in (each.flag, each.short) if flag]
        assert len(flags) == len(set(flags))


def test_every_family_is_of_all():
    for family in FAMILIES.values():
        assert set(family.PARAMETERS) <= set(AllParameters.PARAMETERS)
    assert set(AllParameters.PARAMETERS) == {
        name for family in FAMILIES.values() for name in family.PARAMETERS
    }


@pytest.mark.parametrize(
    ("table", "parameter"),
    [(NAMED_OPTIMIZERS, "optimizer"), (SCHEDULES, "learning_rate_schedule"), (BOTTLENECKS, "bottleneck")],
)
def test_names_with_settings_are_what_their_parameter_takes(table, parameter):
    assert tuple(table) == AllParameters.PARAMETERS[parameter].kind.names
    for name, settings in table.items():
        for key, default in defaults_of(table, name).items():
            assert settings[key].kind.holds(default) or (name, key) == ("topk", "k")  # which must be given


@pytest.mark.parametrize(
    ("typed", "meant"), [("mse", "squared_error"), ("mae", "absolute_error"), ("bce", "binary_cross_entropy")]
)
def test_further_names_of_losses_are_values_and_mean_the_same(typed, meant):
    estimator = diabolo.Autoencoder(loss=typed)
    assert estimator.get_params()["loss"] == typed
    assert checked_choices(estimator).loss == meant


def test_an_unknown_parameter_is_refused_with_the_nearest():
    with pytest.raises(
        TypeError, match=r"Autoencoder: got an unexpected keyword argument 'latent_dim'. Did you"
    ):
        diabolo.Autoencoder(latent_dim=3)
    with pytest.raises(TypeError, match=r"unexpected keyword argument 'beta'"):
        diabolo.Autoencoder(beta=3)
    with pytest.raises(TypeError, match=r"Autoencoder: too many positional arguments"):
        diabolo.Autoencoder(3, (4,))


def test_the_reference_is_made_of_the_table():
    path = Path(__file__).parents[2] / "docs" / "parameters.md"
    assert path.read_text() == page(), "run make reference"


def test_the_reference_names_every_parameter_and_flag():
    for cls in ESTIMATORS.values():
        for name, each in cls.PARAMETERS.items():
            assert re.search(rf"\| `{name}`\*? \| `?{each.flag or '-'}`? \|", page())
