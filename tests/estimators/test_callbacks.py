"""Who follows a fit: functions of each epoch, and scikit-learn's callbacks."""

import pickle
import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV

import diabolo
from diabolo import (
    Autoencoder,
    AutoencoderDetector,
    ConvolutionalAutoencoder,
    DenoisingAutoencoder,
    SparseAutoencoder,
    VariationalAutoencoder,
)
from diabolo.errors import InterruptedWarning, ParameterError
from diabolo.estimators import _callbacks
from diabolo.training.engine import Engine

has_room = _callbacks._room() is not None
needs_room = pytest.mark.skipif(not has_room, reason="scikit-learn's callbacks came with 1.9")

X = np.random.default_rng(0).normal(size=(40, 6)).astype(np.float32)
SMALL = {"max_epochs": 3, "random_state": 0}


class Noted:
    """A function that notes epochs, and stops at some."""

    def __init__(self, stop_at=0):
        self.epochs, self.stop_at = [], stop_at

    def __call__(self, epoch):
        self.epochs.append(epoch)
        return epoch.number == self.stop_at

    @property
    def told(self):
        return [(epoch.training, epoch.number) for epoch in self.epochs]


class Hooks:
    """A callback of scikit-learn's that notes what it is told, and stops at an epoch."""

    def __init__(self, stop_at=0):
        self.told, self.given, self.stop_at = [], [], stop_at

    def setup(self, estimator, context):
        self.told.append(("setup", context.task_name))

    def on_fit_task_begin(self, estimator, context):
        self.told.append(("begin", context.task_name))

    def on_fit_task_end(self, estimator, context, *, X=None, y=None, metadata=None, fitted_estimator=None):
        self.told.append(("end", context.task_name))
        self.given.append((X, y, metadata, fitted_estimator))
        return context.task_name == "epoch" and context.task_id + 1 == self.stop_at

    def teardown(self, estimator, context):
        self.told.append(("teardown", context.task_name))


def without_seconds(history):
    return {name: column for name, column in history.items() if name != "seconds"}


@pytest.mark.parametrize(
    "estimator",
    [
        Autoencoder(2, **SMALL),
        Autoencoder(2, early_stopping=True, **SMALL),
        DenoisingAutoencoder(2, **SMALL),
        SparseAutoencoder(8, sparsity="topk", k=2, **SMALL),
        VariationalAutoencoder(2, **SMALL),
        Autoencoder(2, supervision_weight=1.0, **SMALL),
    ],
)
def test_every_epoch_is_told_and_changes_nothing(estimator):
    y, noted = (X[:, 0] > 0).astype(int), Noted()
    alone = clone(estimator).fit(X, y)
    followed = clone(estimator).set_params(callbacks=[noted]).fit(X, y)
    assert noted.told == [("fit", 1), ("fit", 2), ("fit", 3)]
    assert np.array_equal(followed.transform(X), alone.transform(X))
    assert without_seconds(followed.history_) == without_seconds(alone.history_)
    for name, column in followed.history_.items():
        assert [epoch.figures[name] for epoch in noted.epochs] == column
    assert [epoch.loss for epoch in noted.epochs] == alone.history_["loss"]
    measured = alone.history_.get("validation_loss", [None] * 3)
    assert [epoch.validation_loss for epoch in noted.epochs] == measured
    assert {epoch.max_epochs for epoch in noted.epochs} == {3}
    assert noted.epochs[0].estimator is followed


def test_images_are_told_of():
    noted = Noted(stop_at=1)
    images = np.random.default_rng(1).uniform(size=(12, 8, 8, 1)).astype(np.float32)
    fitted = ConvolutionalAutoencoder(2, filters=(2,), callbacks=[noted], **SMALL).fit(images)
    assert noted.told == [("fit", 1)]
    assert noted.epochs[0].fitted().transform(images).shape == fitted.transform(images).shape


def test_without_callbacks_short_epochs_stay_one_call(monkeypatch):
    counts, run = [], Engine.run
    monkeypatch.setattr(Engine, "run", lambda self, *given: counts.append(1) or run(self, *given))
    Autoencoder(2, **SMALL).fit(X)
    assert len(counts) == 1
    Autoencoder(2, callbacks=[Noted()], **SMALL).fit(X)
    assert len(counts) == 1 + 3


def test_a_fit_is_stopped():
    noted = Noted(stop_at=2)
    stopped = Autoencoder(2, max_epochs=5, callbacks=[noted], random_state=0).fit(X)
    short = Autoencoder(2, max_epochs=2, random_state=0).fit(X)
    assert (stopped.n_epochs_, stopped.best_epoch_) == (2, 2)
    assert np.array_equal(stopped.transform(X), short.transform(X))


def test_the_best_epoch_is_kept_where_a_fit_is_stopped():
    # A learning rate that makes it worse and worse: with a linear start, nothing is better than that.
    settings = {"early_stopping": True, "n_iter_no_change": 50, "learning_rate": 0.5, "random_state": 0}
    stopped = Autoencoder(2, max_epochs=50, callbacks=[Noted(stop_at=3)], **settings).fit(X)
    assert stopped.n_epochs_ == 3
    losses = [stopped.start_loss_, *stopped.history_["validation_loss"]]
    assert stopped.best_epoch_ == int(np.argmin(losses)) < 3


def test_the_choice_of_the_length_is_told_and_stopped():
    noted = Noted()
    alone = Autoencoder(2, random_state=0).fit(X)
    assert np.array_equal(
        Autoencoder(2, callbacks=[noted], random_state=0).fit(X).transform(X), alone.transform(X)
    )
    assert {epoch.training for epoch in noted.epochs} <= {"choice of the length", "all rows"}
    chosen = [epoch for epoch in noted.epochs if epoch.training == "choice of the length"]
    assert [epoch.number for epoch in chosen] == list(range(1, alone.n_epochs_ + 1))
    stopping = Noted(stop_at=1)
    stopped = Autoencoder(2, callbacks=[stopping], random_state=0).fit(X)
    assert stopped.n_epochs_ == 100  # two steps an epoch, and held-out rows are measured every 200
    assert {epoch.training for epoch in stopping.epochs} == {"choice of the length"}
    assert stopped.best_epoch_ in (0, 100)
    stopping.epochs[-1].fitted().transform(X)


def test_pretraining_is_told_and_each_part_is_stopped_by_itself():
    noted = Noted(stop_at=1)
    settings = {"pretrain": "layerwise", "pretrain_epochs": 3, "initializer": "glorot_uniform"}
    fitted = Autoencoder(2, hidden_layer_sizes=(4,), callbacks=[noted], **settings, **SMALL).fit(X)
    parts = ["pretraining of pair 1", "pretraining of pair 2", "whole network"]
    assert noted.told == [(part, 1) for part in parts]
    assert [len(history["loss"]) for history in fitted.pretrain_history_] == [1, 1]
    with pytest.raises(NotFittedError, match="Autoencoder: within 'pretraining of pair 1' there is no whole"):
        noted.epochs[0].fitted()
    noted.epochs[2].fitted().transform(X)


def test_partial_fit_is_told():
    noted = Noted(stop_at=1)
    estimator = Autoencoder(2, callbacks=[noted], random_state=0)
    for _ in range(3):
        estimator.partial_fit(X)
    estimator.set_params(callbacks=None).partial_fit(X)  # which is no reason to begin anew
    assert noted.told == [("partial_fit", number) for number in (1, 2, 3)]
    alone = Autoencoder(2, random_state=0)
    for _ in range(4):
        alone.partial_fit(X)
    assert np.array_equal(estimator.transform(X), alone.transform(X))
    assert noted.epochs[2].fitted().n_epochs_ == 4  # made when it is asked for


@pytest.mark.parametrize("n_members", [1, 4])
def test_a_detector_tells_of_its_networks(n_members):
    noted = Noted()
    settings = {"n_members": n_members, "cv": 2, "random_state": 0}
    kind = Autoencoder(2, max_epochs=2)
    alone = AutoencoderDetector(kind, **settings).fit(X)
    followed = AutoencoderDetector(kind, callbacks=[noted], **settings).fit(X)
    assert np.array_equal(followed.anomaly_score(X), alone.anomaly_score(X))
    rows = {epoch.training.partition(", ")[0] for epoch in noted.epochs}
    assert rows == {"all rows", "without fold 1", "without fold 2"}
    trainings = {epoch.training for epoch in noted.epochs}
    assert sorted(noted.told) == sorted((training, number) for training in trainings for number in (1, 2))
    with pytest.raises(NotFittedError, match="AutoencoderDetector: within 'all rows"):
        noted.epochs[0].fitted()


def test_a_detector_is_stopped_and_its_members_one_after_the_other():
    noted = Noted(stop_at=1)
    kind = Autoencoder(2, max_epochs=4, max_gradient_norm=1.0)  # which couples a network's numbers
    settings = {"n_members": 2, "cv": 0, "contamination": 0.1, "random_state": 0}
    detector = AutoencoderDetector(kind, callbacks=[noted], **settings).fit(X)
    parts = [
        f"{rows}, network {number}" for rows in ("all rows given", "without the oddest") for number in (1, 2)
    ]
    assert noted.told == [(part, 1) for part in parts]
    assert [member.n_epochs_ for member in detector.members_] == [1, 1]


def test_a_linear_detector_has_no_epochs():
    noted = Noted()
    AutoencoderDetector(callbacks=[noted], random_state=0).fit(X)
    assert noted.told == []


def test_what_a_function_raises_ends_the_fit():
    def refuse(epoch):
        raise LookupError("enough")

    estimator = Autoencoder(2, callbacks=[refuse], **SMALL)
    with pytest.raises(LookupError, match="enough"):
        estimator.fit(X)
    with pytest.raises(NotFittedError):
        estimator.transform(X)
    with pytest.raises(LookupError, match="enough"):
        AutoencoderDetector(Autoencoder(2, max_epochs=2), n_members=4, callbacks=[refuse]).fit(X)


def test_an_answer_that_was_meant_for_something_else_is_refused():
    told = "Autoencoder: count of callbacks returned 12; expected True to end the training, or False or None"

    def count(epoch):
        return 12

    with pytest.raises(ParameterError, match=told):
        Autoencoder(2, callbacks=[count], **SMALL).fit(X)
    answers = iter([np.False_, None, np.True_])
    assert Autoencoder(2, max_epochs=9, callbacks=[lambda _: next(answers)]).fit(X).n_epochs_ == 3


@pytest.mark.parametrize("value", [print, [Noted], ["print"], [None], {}])
@pytest.mark.parametrize("cls", [Autoencoder, AutoencoderDetector])
def test_what_is_no_list_of_functions_is_refused(cls, value):
    with pytest.raises(
        ParameterError, match=r"callbacks=.* is not possible; expected a list of functions, each"
    ):
        cls(callbacks=value).fit(X)


def test_callbacks_belong_to_the_detector():
    inner = Autoencoder(2, callbacks=[print])
    with pytest.raises(ParameterError, match="its autoencoder has callbacks; set them on the detector"):
        AutoencoderDetector(inner).fit(X)


def test_callbacks_are_no_argument_of_fit():
    with pytest.raises(TypeError, match=r"It is a parameter of the estimator: Autoencoder\(callbacks="):
        Autoencoder().fit(X, callbacks=[])


def test_a_copy_is_fitted_as_the_estimator_was_then(tmp_path):
    copies = []
    estimator = Autoencoder(2, callbacks=[lambda epoch: copies.append(epoch.fitted())], **SMALL)
    estimator.set_output(transform="default").fit(X)
    for n_epochs, copy in enumerate(copies, start=1):
        short = Autoencoder(2, max_epochs=n_epochs, random_state=0).fit(X)
        assert np.array_equal(copy.transform(X), short.transform(X))
        assert np.array_equal(copy.feature_importances_, short.feature_importances_)
        assert (copy.n_epochs_, copy.callbacks) == (n_epochs, None)
        assert without_seconds(copy.history_) == without_seconds(short.history_)
    diabolo.save(copies[0], tmp_path / "first.diabolo")
    assert np.array_equal(diabolo.load(tmp_path / "first.diabolo").transform(X), copies[0].transform(X))


def test_few_rows_of_many_features_are_copied_in_their_features():
    wide, copies = np.random.default_rng(2).normal(size=(12, 3000)), []
    estimator = Autoencoder(2, max_epochs=2, random_state=0)
    estimator.set_params(callbacks=[lambda epoch: copies.append(epoch.fitted())]).fit(wide)
    assert estimator.trained_on_ == "scores"
    assert np.array_equal(copies[-1].transform(wide), estimator.transform(wide))


def test_clones_share_callbacks_and_files_hold_none(tmp_path):
    noted, path = Noted(), tmp_path / "model.diabolo"
    estimator = Autoencoder(2, callbacks=[noted], **SMALL)
    assert clone(estimator).callbacks[0] is noted
    assert clone(AutoencoderDetector(callbacks=[noted])).callbacks[0] is noted
    search = GridSearchCV(estimator, {"n_components": [1, 2]}, cv=2).fit(X)
    assert noted.told == [("fit", number) for _ in range(5) for number in (1, 2, 3)]
    diabolo.save(search.best_estimator_, path)
    assert "callbacks" not in diabolo.persistence.model_file.describe(path)["parameters"]
    assert diabolo.load(path).callbacks is None
    detector = AutoencoderDetector("deep", callbacks=[print_nothing], cv=0, random_state=0).fit(X)
    diabolo.save(detector, path)
    assert diabolo.load(path).callbacks is None
    again = pickle.loads(pickle.dumps(detector))
    assert again.callbacks == [print_nothing]
    assert np.array_equal(again.anomaly_score(X), detector.anomaly_score(X))


def print_nothing(epoch):
    """Do nothing, from where a pickle finds it."""


@pytest.mark.parametrize("settings", [{"max_epochs": 6}, {}])
def test_a_stopped_fit_stays_stopped_where_it_goes_on_from_a_checkpoint(tmp_path, settings):
    stopped = Autoencoder(2, callbacks=[Noted(stop_at=2)], random_state=0, **settings)
    stopped.fit(X, checkpoint=tmp_path)
    noted = Noted()
    again = Autoencoder(2, callbacks=[noted], random_state=0, **settings).fit(X, checkpoint=tmp_path)
    assert noted.told == []
    assert again.n_epochs_ == stopped.n_epochs_
    assert np.array_equal(again.transform(X), stopped.transform(X))


def test_a_fit_that_goes_on_tells_of_what_is_left(tmp_path):
    def interrupt(epoch):
        if epoch.number == 2:
            raise KeyboardInterrupt

    settings = {"max_epochs": 5, "random_state": 0}
    with pytest.warns(InterruptedWarning), pytest.raises(KeyboardInterrupt):
        Autoencoder(2, callbacks=[interrupt], **settings).fit(X, checkpoint=tmp_path)
    noted = Noted()
    fitted = Autoencoder(2, callbacks=[noted], **settings).fit(X, checkpoint=tmp_path)
    assert noted.told[-1] == ("fit", 5)
    assert noted.told[0][1] > 2
    assert np.array_equal(fitted.transform(X), Autoencoder(2, **settings).fit(X).transform(X))


def test_an_older_scikit_learn_has_functions_alone(monkeypatch):
    monkeypatch.setattr(_callbacks, "_room", lambda: None)
    noted, estimator = Noted(), Autoencoder(2, **SMALL)
    assert not hasattr(estimator, "set_callbacks")
    with pytest.raises(AttributeError, match=r"set_callbacks") as caught:
        estimator.set_callbacks(Hooks())
    assert "callbacks=[...]) takes plain functions" in str(caught.value) + str(caught.value.__cause__)
    estimator.set_params(callbacks=[noted]).fit(X)
    assert len(noted.told) == 3


def test_the_room_of_callbacks_is_not_imported_before_one_is_set():
    program = (
        "import sys, numpy as np; from diabolo import Autoencoder, AutoencoderDetector\n"
        "X = np.random.default_rng(0).normal(size=(40, 6))\n"
        "noted = []\n"
        "Autoencoder(2, max_epochs=1).fit(X)\n"
        "Autoencoder(2, max_epochs=1, callbacks=[noted.append]).fit(X)\n"
        "hasattr(AutoencoderDetector().fit(X), 'set_callbacks')\n"
        "assert len(noted) == 1 and 'sklearn.callback' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", program], check=True, timeout=120)


@needs_room
def test_hooks_see_a_tree():
    hooks = Hooks()
    estimator = Autoencoder(2, **SMALL).set_callbacks(hooks).fit(X, sample_weight=np.ones(40))
    epochs = [("begin", "epoch"), ("end", "epoch")] * 3
    assert hooks.told == [("setup", "fit"), ("begin", "fit"), *epochs, ("end", "fit"), ("teardown", "fit")]
    given = hooks.given[0]
    assert given[0] is X
    assert given[1] is X  # what an autoencoder is to rebuild
    assert list(given[2]) == ["sample_weight"]
    scores = [fitted.score(X) for *_, fitted in hooks.given]
    assert len(set(scores[:3])) == 3
    assert scores[2] == scores[3] == estimator.score(X)
    left = {name for name in vars(estimator) if "callback" in name}
    assert left == {"callbacks", "_skl_callbacks"}
    assert estimator.set_callbacks() is estimator
    assert "_skl_callbacks" not in vars(estimator)
    with pytest.raises(TypeError, match="FitCallback"):
        estimator.set_callbacks(print)


@needs_room
def test_hooks_see_the_parts_of_a_fit():
    hooks = Hooks(stop_at=1)
    settings = {"pretrain": "layerwise", "pretrain_epochs": 3, "initializer": "glorot_uniform"}
    Autoencoder(2, hidden_layer_sizes=(4,), **settings, **SMALL).set_callbacks(hooks).fit(X)
    parts = ["pretraining of pair 1", "pretraining of pair 2", "whole network"]
    inner = [
        (what, name)
        for part in parts
        for what, name in (("begin", part), ("begin", "epoch"), ("end", "epoch"), ("end", part))
    ]
    assert hooks.told[2:-2] == inner


@needs_room
@pytest.mark.parametrize(
    ("detector", "n_networks"),
    [
        (AutoencoderDetector(), 0),
        (AutoencoderDetector(contamination=0.1), 0),
        (AutoencoderDetector(Autoencoder(2, max_epochs=2), cv=2), 3),
        (AutoencoderDetector(Autoencoder(2, max_epochs=2), n_members=4, cv=0, contamination=0.1), 2),
    ],
)
def test_hooks_of_a_detector(detector, n_networks):
    hooks = Hooks()
    detector.set_params(random_state=0).set_callbacks(hooks).fit(X)
    assert hooks.told[:2] == [("setup", "fit"), ("begin", "fit")]
    assert hooks.told[-2:] == [("end", "fit"), ("teardown", "fit")]
    assert hooks.given[-1][-1].predict(X).shape == (40,)
    begun, ended = ([name for each, name in hooks.told if each == what] for what in ("begin", "end"))
    assert sorted(begun) == sorted(ended)
    assert begun.count("epoch") in (2 * n_networks, 4 * n_networks)  # members are trained in one share or two


@needs_room
def test_a_hook_stops_a_fit_and_errors_tear_down():
    hooks = Hooks(stop_at=2)
    assert Autoencoder(2, max_epochs=9).set_callbacks(hooks).fit(X).n_epochs_ == 2

    class Failing(Hooks):
        def on_fit_task_end(self, estimator, context):
            raise LookupError("enough")

    failing = Failing()
    estimator = Autoencoder(2, **SMALL).set_callbacks(failing)
    with pytest.raises(LookupError, match="enough"):
        estimator.fit(X)
    assert failing.told[-1] == ("teardown", "fit")
    assert "_callback_fit_ctx" not in vars(estimator)


@needs_room
def test_partial_fit_is_told_to_hooks():
    hooks = Hooks()
    estimator = Autoencoder(2, **SMALL).set_callbacks(hooks)
    estimator.partial_fit(X).partial_fit(X)
    name = "partial_fit"
    once = [("setup", name), ("begin", name), ("begin", "epoch"), ("end", "epoch"), ("end", name)]
    assert hooks.told == [*once, ("teardown", name)] * 2


@needs_room
def test_a_grid_search_shows_nested_bars(capsys):
    from sklearn.callback import ProgressBar

    search = GridSearchCV(Autoencoder(**SMALL), {"n_components": [1, 2]}, cv=2)
    search.set_callbacks(ProgressBar()).fit(X)
    shown = capsys.readouterr().out
    lines = shown.splitlines()[-7:]
    assert lines[0].startswith("GridSearchCV - fit")
    assert lines[1].startswith("  GridSearchCV - search #0")
    assert [" | Autoencoder - fit #" in line for line in lines] == [False, False, *[True] * 5]
    assert all("100%" in line for line in lines)
    assert "_skl_callbacks" not in vars(search.best_estimator_)
