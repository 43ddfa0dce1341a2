"""Parameters in a record: functions of one's own are named there, and never followed."""

import json
from functools import partial

import optax
import pytest

from diabolo.errors import ModelFileError
from diabolo.parameters.own_functions import AbsentFunction
from diabolo.persistence.model_record import unfitted
from diabolo.persistence.parameter_entries import read_parameters, written_parameters


def squared(output, target):
    return (output - target) ** 2


PATH = f"{squared.__module__}.squared"


def test_functions_are_written_as_where_they_were_and_read_as_absent():
    written = written_parameters(
        {
            "loss": squared,
            "penalty": {squared: 0.5, "weight_decay": 0.1},
            "optimizer": optax.sgd(0.1),
            "learning_rate_schedule": partial(squared, 0.1),
            "encoder": squared,
            "hidden_layer_sizes": (3, 2),
        }
    )
    assert json.loads(json.dumps(written)) == {
        "loss": f"code: {PATH}",
        "penalty": {f"code: {PATH}": 0.5, "weight_decay": 0.1},
        "optimizer": written["optimizer"],
        "learning_rate_schedule": f"code: {PATH}",
        "encoder": None,
        "hidden_layer_sizes": [3, 2],
    }
    assert written["optimizer"].startswith("code: optax.")
    read = read_parameters(written)
    assert read["loss"] == read["learning_rate_schedule"] == AbsentFunction(PATH)
    assert read["penalty"] == {AbsentFunction(PATH): 0.5, "weight_decay": 0.1}
    assert read["hidden_layer_sizes"] == (3, 2)


@pytest.mark.parametrize("path", ["os.system", "x" * 1000, "a\nb\x00'; import os", ""])
def test_a_strangers_path_is_text(path):
    for read in (
        read_parameters({"loss": f"code: {path}"})["loss"],
        next(iter(read_parameters({"penalty": {f"code: {path}": 1.0}})["penalty"])),
    ):
        assert type(read) is AbsentFunction
        assert len(read.path) <= 80
        assert read.path.isprintable()
    estimator = unfitted("it", {"estimator": "Autoencoder", "parameters": {"loss": f"code: {path}"}})
    assert type(estimator.loss) is AbsentFunction


@pytest.mark.parametrize(
    "parameters",
    [
        {"loss": {"code": "os.system"}},
        {"loss": "os.system"},
        {"loss": None},
        {"optimizer": ["code: a"]},
        {"penalty": "code: a"},
        {"penalty": {"code: a": "much"}},
        {"penalty": {"code: a": 1.0, "code: b": 1.0}},
        {"activation": "code: a"},
    ],
)
def test_a_strangers_parameter_is_refused(parameters):
    with pytest.raises(ModelFileError, match=r"is not possible|has '?much|add them up in one"):
        unfitted("it", {"estimator": "Autoencoder", "parameters": parameters})
