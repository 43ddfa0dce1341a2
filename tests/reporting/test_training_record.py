import numpy as np
import pytest

from diabolo import Autoencoder, AutoencoderDetector
from diabolo.evaluation import compare_with_linear
from diabolo.reporting.training_record import comparison_of, training_of


def test_the_history_is_that_of_the_fit(autoencoder, table):
    found = training_of(autoencoder)
    assert found["history"]["loss"] == autoencoder.history_["loss"]
    assert (found["n_epochs"], found["best_epoch"]) == (2, autoencoder.best_epoch_)
    assert found["seconds"] == pytest.approx(sum(autoencoder.history_["seconds"]))
    stopped = Autoencoder(2, max_epochs=5, early_stopping=True, validation_fraction=0.2, random_state=0).fit(
        table
    )
    assert training_of(stopped)["best_epoch"] == stopped.best_epoch_


def test_a_solved_detector_was_not_trained_and_others_were(detector, table):
    assert training_of(detector) is None
    trained = AutoencoderDetector(Autoencoder(2, max_epochs=3), cv=0, random_state=0).fit(table)
    assert training_of(trained)["n_epochs"] == 3


def test_the_comparison_is_that_which_the_model_holds(table):
    model = Autoencoder(2, max_epochs=2, random_state=0).fit(table)
    assert comparison_of(model) is None
    held = compare_with_linear(model, table, np.arange(90) % 2)
    found = comparison_of(model)
    assert found["n_components"] == 2
    assert found["n_held_out"] == 90
    assert found["verdict"] == held.verdict
    middle, low, high = found["difference"]
    assert low <= middle <= high
    assert middle == held["code"]["explained_variance"] - held["pca"]["explained_variance"] or middle == (
        pytest.approx(held["code"]["explained_variance"] - held["pca"]["explained_variance"])
    )
    place = found["columns"].index("explained_variance")
    assert [row[place] for row in found["rows"]] == [row["explained_variance"] for row in held.rows]
