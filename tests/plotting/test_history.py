from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure

from diabolo import plot_history
from diabolo.errors import InputError, InputTypeError, ParameterError

HISTORY = {
    "loss": [0.9, 0.5, 0.3, 0.2],
    "validation_loss": [0.8, 0.6, 0.4, 0.7],
    "mean_absolute_error": [0.7, 0.6, 0.5, 0.45],
    "validation_mean_absolute_error": [0.75, 0.55, 0.6, 0.65],
    "learning_rate": [0.01] * 4,
}


def lines(ax):
    return {line.get_label(): line.get_xydata().tolist() for line in ax.get_lines()}


def test_both_curves_and_the_best_epoch_are_drawn():
    ax = plot_history(HISTORY)
    assert lines(ax) == {
        "training": [[1, 0.9], [2, 0.5], [3, 0.3], [4, 0.2]],
        "validation": [[1, 0.8], [2, 0.6], [3, 0.4], [4, 0.7]],
        "best epoch: 3 (0.4)": [[3, 0.4]],
    }
    assert [text.get_text() for text in ax.get_legend().get_texts()] == list(lines(ax))
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_yscale()) == ("epoch", "loss", "linear")


def test_metric_chooses_the_curves():
    ax = plot_history(HISTORY, metric="mean_absolute_error")
    assert lines(ax)["training"] == [[1, 0.7], [2, 0.6], [3, 0.5], [4, 0.45]]
    assert lines(ax)["best epoch: 2 (0.55)"] == [[2, 0.55]]
    assert ax.get_ylabel() == "mean absolute error"


def test_log_makes_the_axis_logarithmic():
    assert plot_history(HISTORY, log=True).get_yscale() == "log"


def test_without_validation_only_training_is_drawn():
    for history in ({"loss": [0.9, 0.5]}, {"loss": [0.9, 0.5], "validation_loss": []}):
        assert lines(plot_history(history)) == {"training": [[1, 0.9], [2, 0.5]]}


def test_an_estimator_gives_its_history():
    assert lines(plot_history(SimpleNamespace(history_=HISTORY))) == lines(plot_history(HISTORY))


def test_what_is_measured_every_few_epochs_is_a_line():
    ax = plot_history({"loss": [0.9, 0.5, 0.4, 0.3], "validation_loss": [np.nan, 0.6, np.nan, 0.5]})
    np.testing.assert_array_equal(ax.get_lines()[1].get_xydata(), [[2, 0.6], [4, 0.5]])


def test_epochs_without_a_number_are_gaps():
    ax = plot_history({"loss": [0.9, 0.5, 0.4], "validation_loss": [None, 0.6, np.nan]})
    assert lines(ax)["best epoch: 2 (0.6)"] == [[2, 0.6]]
    ax = plot_history({"loss": [0.9, 0.5], "validation_loss": [np.nan, np.nan]})
    assert list(lines(ax)) == ["training", "validation"]


def test_one_epoch_is_visible():
    ax = plot_history({"loss": [0.5]})
    assert ax.get_lines()[0].get_marker() == "."
    assert list(ax.get_xticks()) == [1]


def test_only_a_few_epochs_get_dots_and_ticks_are_whole():
    assert plot_history({"loss": [0.5] * 30}).get_lines()[0].get_marker() == "."
    assert plot_history({"loss": [0.5] * 31}).get_lines()[0].get_marker() == ""
    ticks = plot_history(HISTORY).get_xticks()
    np.testing.assert_array_equal(ticks, np.round(ticks))


def test_given_axes_are_drawn_on_and_no_figure_is_opened():
    ax = Figure().add_subplot()
    assert plot_history(HISTORY, ax=ax) is ax
    assert lines(ax) == lines(plot_history(HISTORY))
    plt.close("all")
    plot_history(HISTORY, ax=ax)
    assert plt.get_fignums() == []


def test_unknown_metrics_are_refused_with_the_nearest():
    for metric, meant in (("los", "loss"), ("mae", "mean_absolute_error"), ("val_loss", "loss")):
        message = f"metric must be 'loss' or 'mean_absolute_error', got '{metric}'. Did you mean '{meant}'?"
        with pytest.raises(ParameterError) as caught:
            plot_history(HISTORY, metric=metric)
        assert str(caught.value) == message


def test_a_metric_that_was_not_recorded_is_refused():
    with pytest.raises(InputError, match="no numbers under 'mean_absolute_error'; it records 'loss'"):
        plot_history({"loss": [0.5]}, metric="mean_absolute_error")
    with pytest.raises(InputError, match="it records nothing"):
        plot_history({})


def test_validation_of_some_epochs_only_is_refused():
    with pytest.raises(InputError, match="3 epochs of 'loss' but 2 of 'validation_loss'"):
        plot_history({"loss": [3, 2, 1], "validation_loss": [3, 2]})


def test_a_logarithm_of_nothing_positive_is_refused():
    with pytest.raises(
        ParameterError, match=r"log=True wants positive numbers, but 'loss' goes down to -0.5"
    ):
        plot_history({"loss": [1, np.nan, -0.5]}, log=True)
    assert plt.get_fignums() == []


def test_what_is_no_history_is_refused():
    with pytest.raises(InputTypeError, match="got list without history_"):
        plot_history([0.5, 0.4])
