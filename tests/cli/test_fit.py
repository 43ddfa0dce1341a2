"""``diabolo fit``."""

import inspect
import json
import re
import shlex

import numpy as np
import pytest

import diabolo
from diabolo.cli import fit as fit_verb
from diabolo.messages import typed_value
from diabolo.parameters.families import FAMILIES, AllParameters

KINDS = {
    "dense": "Autoencoder",
    "denoising": "DenoisingAutoencoder",
    "sparse": "SparseAutoencoder",
    "variational": "VariationalAutoencoder",
    "convolutional": "ConvolutionalAutoencoder",
}
FLAGS = {name: each.flag for name, each in AllParameters.PARAMETERS.items() if each.flag}

QUICK = ["--hidden", "4", "--epochs", "2"]

# A value for every flag, unlike its default, and what the estimator must get.
EVERY_FLAG = {
    "n_components": (["--components", "3"], 3),
    "hidden_layer_sizes": (["--hidden", "8,5"], (8, 5)),
    "activation": (["--activation", "tanh"], "tanh"),
    "code_activation": (["--code-activation", "sigmoid"], "sigmoid"),
    "output_activation": (["--output-activation", "linear"], "linear"),
    "tied_weights": (["--tied"], True),
    "initializer": (["--initializer", "he_normal"], "he_normal"),
    "loss": (["--loss", "huber"], "huber"),
    "huber_delta": (["--huber-delta", "0.5"], 0.5),
    "scale": (["--scale", "standard"], "standard"),
    "missing": (["--missing", "mask"], "mask"),
    "filters": (["--filters", "8,4"], (8, 4)),
    "kernel_size": (["--kernel-size", "3,5"], (3, 5)),
    "downsample": (["--downsample", "stride"], "stride"),
    "upsample": (["--upsample", "transposed"], "transposed"),
    "image_shape": (["--image-shape", "2,2,1"], (2, 2, 1)),
    "bottleneck": (["--bottleneck", "topk"], "topk"),
    "bottleneck_params": (["--bottleneck-param", "k=1"], {"k": 1}),
    "beta": (["--beta", "0.5"], 0.5),
    "warmup_epochs": (["--warmup-epochs", "3"], 3.0),
    "noise": (
        ["--noise", "gaussian", "--noise-param", "clip=0,1", "--noise-param", "standard-deviation=0.3"],
        {"kind": "gaussian", "clip": (0, 1), "standard_deviation": 0.3},
    ),
    "penalty": (
        ["--penalty", "weight_decay=1e-3", "--penalty", "contractive=1"],
        {"weight_decay": 1e-3, "contractive": 1},
    ),
    "sparsity": (["--sparsity", "l1"], "l1"),
    "sparsity_weight": (["--sparsity-weight", "0.3"], 0.3),
    "sparsity_target": (["--sparsity-target", "0.1"], 0.1),
    "k": (["--k", "2"], 2),
    "weight_decay": (["--weight-decay", "0.01"], 0.01),
    "supervision_weight": (["--supervision-weight", "0.5", "--target", "kind"], 0.5),
    "supervision": (["--supervision", "classification"], "classification"),
    "pretrain": (["--pretrain", "layerwise"], "layerwise"),
    "pretrain_epochs": (["--pretrain-epochs", "2"], 2),
    "optimizer": (["--optimizer", "sgd"], "sgd"),
    "optimizer_params": (
        ["--optimizer-param", "momentum=0.5", "--optimizer-param", "nesterov=true"],
        {"momentum": 0.5, "nesterov": True},
    ),
    "learning_rate": (["--learning-rate", "0.02"], 0.02),
    "learning_rate_schedule": (["--schedule", "step"], "step"),
    "schedule_params": (["--schedule-param", "epochs=7"], {"epochs": 7}),
    "max_gradient_norm": (["--max-gradient-norm", "2"], 2.0),
    "batch_size": (["--batch-size", "16"], 16),
    "max_epochs": (["--epochs", "3"], 3),
    "shuffle": (["--no-shuffle"], False),
    "validation_fraction": (["--validation-fraction", "0.2"], 0.2),
    "early_stopping": (["--early-stopping"], True),
    "n_iter_no_change": (["--patience", "4"], 4),
    "tol": (["--tol", "0.01"], 0.01),
    "random_state": (["--seed", "5"], 5),
    "device": (["--device", "cpu"], "cpu"),
    "max_memory": (["--max-memory", "4GB"], "4GB"),
    "verbose": (["--verbose", "2"], 2),
}


def typed_for(name):
    """Return what is typed for a parameter that is not above, and what must reach the estimator."""
    each = AllParameters.PARAMETERS[name]
    candidates = [*each.kind.names, True, 3, 0.3, 2.5, (7, 5)]
    value = next(value for value in candidates if each.kind.holds(value) and value != each.default)
    return [each.flag] if value is True else [each.flag, typed_value(value)], value


EVERY_FLAG |= {name: typed_for(name) for name in FLAGS if name not in EVERY_FLAG}


class SeenError(Exception):
    """Stops a fit where the estimator is made."""


@pytest.fixture
def chosen(monkeypatch):
    """Collect what the estimator would get."""
    seen = {}

    def stop(kind, parameters):
        seen.update(parameters)
        raise SeenError

    monkeypatch.setattr(fit_verb, "checked_estimator", stop)
    return seen


def signature(kind):
    return inspect.signature(getattr(diabolo, KINDS[kind])).parameters


def test_every_parameter_has_a_flag():
    parameters = {name for kind in KINDS for name in signature(kind)}
    assert set(FLAGS) == parameters - {"callbacks", "encoder", "decoder"}
    assert set(KINDS) == set(FAMILIES)


def test_every_kind_of_estimator_can_be_typed():
    estimators = [name for name in diabolo.__all__ if name.endswith("Autoencoder")]
    assert sorted(KINDS.values()) == sorted(estimators)


@pytest.mark.parametrize("name", sorted(set(FLAGS) - {"random_state", "verbose"}))
def test_the_defaults_shown_are_the_estimators(run, name):
    page = " ".join(run("fit", "--help-all")[1].split())
    text = re.split(rf" {FLAGS[name]}[ ,]", page)[1]
    usual = inspect.signature(AllParameters).parameters[name].default
    written = {None: "none", (): "none", (32,): "32", (32, 32): "32,32"}
    shown = [f"Default: {written.get(usual, f'{usual:g}' if isinstance(usual, float) else usual)}"]
    shown += [
        f"{kind} {written.get(own, own)}"
        for kind in KINDS
        if name in signature(kind) and (own := signature(kind)[name].default) != usual
    ]
    if usual is None or isinstance(usual, bool):
        shown = shown[1:]
    for words in shown:
        assert words in text


def test_the_names_shown_are_the_librarys(run):
    from diabolo.core.penalties import PENALTIES
    from diabolo.parameters.named_settings import BOTTLENECKS, NOISES

    page = " ".join(run("fit", "--help-all")[1].split())
    for parameter in AllParameters.PARAMETERS.values():
        for name in parameter.kind.names:
            assert name in page
    for name in (*KINDS, *PENALTIES, *NOISES, *[key for known in NOISES.values() for key in known]):
        assert name in page
    for name in [key for settings in BOTTLENECKS.values() for key in settings]:
        assert name in page


def test_flags_reach_the_estimator(run, chosen, tmp_path):
    words = [word for flags, _ in EVERY_FLAG.values() for word in flags]
    run("fit", "x.csv", "-o", tmp_path / "m.diabolo", *words)
    assert chosen == {name: value for name, (_, value) in EVERY_FLAG.items()}


@pytest.mark.parametrize("name", EVERY_FLAG)
def test_a_flag_reaches_its_parameter_alone(run, chosen, tmp_path, name):
    flags, value = EVERY_FLAG[name]
    run("fit", "x.csv", "-o", tmp_path / "m.diabolo", *flags)
    assert chosen == {"random_state": 0, "verbose": "bar", name: value}
    defaults = [signature(kind)[name].default for kind in KINDS if name in signature(kind)]
    assert value not in defaults


def test_nothing_typed_leaves_the_estimators_defaults(run, chosen, tmp_path):
    run("fit", "x.csv", "-o", tmp_path / "m.diabolo")
    assert chosen == {"random_state": 0, "verbose": "bar"}


def test_short_flags_and_other_spellings(run, chosen, tmp_path):
    run("fit", "x.csv", "-o", tmp_path / "m.diabolo", "-k", 3, "-e", 4, "-b", 5, "-q", "--hidden", "")
    assert chosen == {
        "n_components": 3,
        "max_epochs": 4,
        "batch_size": 5,
        "hidden_layer_sizes": (),
        "random_state": 0,
        "verbose": 0,
    }
    chosen.clear()
    run(
        "fit",
        "x.csv",
        "-o",
        tmp_path / "m.diabolo",
        *["--scale", "None", "--device", "none", "--pretrain", "none"],
    )
    assert chosen == {"scale": None, "device": None, "pretrain": None, "random_state": 0, "verbose": "bar"}
    run("fit", "x.csv", "-o", tmp_path / "m.diabolo", "--epochs", "3.0", "--seed", "5.0")
    assert (chosen["max_epochs"], chosen["random_state"]) == (3, 5)
    run("--", "fit", "x.csv", "-o", tmp_path / "m.diabolo", "--kind", "sparse", "--code-activation", "auto")
    assert chosen["code_activation"] == "auto"
    for typed in ("128,32", " 128, 32 ", "(128, 32)", "128,32,"):
        run("fit", "x.csv", "-o", tmp_path / "m.diabolo", "--hidden", typed)
        assert chosen["hidden_layer_sizes"] == (128, 32)


@pytest.mark.parametrize(
    ("typed", "settings", "meant"),
    [
        ("none", [], None),
        ("0.3", [], 0.3),
        ("1", [], 1),
        ("0.3", ["clip=data"], {"kind": "gaussian", "standard_deviation": 0.3, "clip": "data"}),
        ("0.3", ["clip=(-1, 2.5)"], {"kind": "gaussian", "standard_deviation": 0.3, "clip": (-1, 2.5)}),
        ("masking", [], {"kind": "masking"}),
        ("masking", ["fraction=.5", "fill=mean"], {"kind": "masking", "fraction": 0.5, "fill": "mean"}),
        ("gaussian", ["clip=none"], {"kind": "gaussian", "clip": None}),
    ],
)
def test_how_a_noise_is_typed(run, chosen, tmp_path, typed, settings, meant):
    words = [word for pair in settings for word in ("--noise-param", pair)]
    run("fit", "x.csv", "-o", tmp_path / "m.diabolo", "--noise", typed, *words)
    assert chosen["noise"] == meant


@pytest.mark.parametrize(("typed", "meant"), [("5", 5), ("3,5", (3, 5))])
def test_how_a_kernel_is_typed(run, chosen, tmp_path, typed, meant):
    run("fit", "x.csv", "-o", tmp_path / "m.diabolo", "--kernel-size", typed)
    assert chosen["kernel_size"] == meant


KIND_RUNS = {
    "denoising": (["--hidden", "4", "--noise", "masking"], "4 -> 4 -> 2 -> 4 -> 4, 62 parameters"),
    "sparse": (["--components", "6", "--sparsity", "topk", "--k", "2"], "4 -> 6 -> 4, 58 parameters"),
    "variational": (["--hidden", "4", "--beta", "0.1"], "4 -> 4 -> 2 -> 4 -> 4, 72 parameters"),
    "convolutional": (
        ["--image-shape", "2,2", "--filters", "3"],
        "2x2x1 -> 1x1x3 -> 2x2x3 -> 2x2x1, 142 parameters",
    ),
}


@pytest.mark.parametrize("kind", KIND_RUNS)
def test_every_kind_is_trained_shown_and_used(run, files, tmp_path, kind):
    typed, network = KIND_RUNS[kind]
    model = tmp_path / "m.diabolo"
    words = ["fit", files.table, "--labels", "kind", "-o", model, "--kind", kind, "--epochs", "2", *typed]
    status, out, _ = run(*words)
    assert status == 0
    assert f"network {network}" in " ".join(out.split())
    loaded = diabolo.load(model)
    assert type(loaded).__name__ == KINDS[kind]
    status, out, err = run("inspect", model)
    assert (status, err) == (0, "")
    assert out.startswith(loaded.summary())
    record = json.loads(run("inspect", model, "--json")[1])
    assert record["estimator"] == KINDS[kind]
    assert [layer["parameters"] for layer in record["layers"]][-1] > 0
    assert sum(layer["parameters"] for layer in record["layers"]) == loaded.n_parameters_
    codes, rows = tmp_path / "codes.csv", tmp_path / "rows.csv"
    assert run("encode", model, files.table, "--labels", "kind", "-o", codes)[0] == 0
    assert run("decode", model, codes, "--labels", "kind", "-o", rows)[0] == 0
    assert run("reconstruct", model, files.table, "--labels", "kind", "-o", rows)[0] == 0


def test_images_are_inspected_as_images(run, files, tmp_path):
    model = tmp_path / "m.diabolo"
    words = ["fit", files.images, "-o", model, "--kind", "convolutional", "--filters", "2", "-e", "1"]
    assert run(*words, "--image-shape", "4,4")[0] == 0
    out = " ".join(run("inspect", model)[1].split())
    assert "4x4x1 -> 2x2x2" in out
    assert "16 columns, images of 4x4x1" in out
    assert "--image-shape 4,4" in out
    images = np.load(files.images).astype(np.float32).reshape(-1, 4, 4)
    estimator = diabolo.ConvolutionalAutoencoder(filters=(2,), max_epochs=1).fit(images)
    diabolo.save(estimator, model)
    assert run("encode", model, files.images, "-o", tmp_path / "codes.npy")[0] == 0
    assert run("decode", model, tmp_path / "codes.npy", "-o", tmp_path / "rows.npy")[0] == 0
    assert np.load(tmp_path / "rows.npy").shape == (12, 16)
    record = json.loads(run("inspect", model, files.images, "--row", "3", "--json")[1])
    np.testing.assert_allclose(record["reconstruction"], np.load(tmp_path / "rows.npy")[3], rtol=1e-5)


def test_a_column_that_the_code_must_predict(run, files, tmp_path):
    model = tmp_path / "m.diabolo"
    words = ["fit", files.table, "-o", model, *QUICK, "--target", "kind", "--supervision-weight", "1"]
    status, out, _ = run(*words, "--validation", files.table)
    assert status == 0
    assert "column 'kind' to be predicted" in out
    assert "supervised loss" in out
    loaded = diabolo.load(model)
    assert loaded.classes_.tolist() == sorted(set(files.labels))
    assert len(loaded.history_["validation_supervised_loss"]) == 2
    shown = run("inspect", model)[1]
    assert "head" in shown
    assert "Classes\n" in shown
    numbered = tmp_path / "numbered.csv"
    numbered.write_text("a,b,y\n" + "".join(f"{n / 9},{(n * 7 % 5) / 5},{n * 1.5}\n" for n in range(10)))
    words = ["fit", numbered, "-o", model, *QUICK, "--target", "y", "--supervision-weight", "1", "-k", "1"]
    assert run(*words)[0] == 0
    assert diabolo.load(model).target_.kind == "regression"
    numbered.write_text("a,b,y\n1,2,\n4,5,\n")
    status, _, err = run(*words)
    assert status == 1
    assert f"{numbered} has nothing to predict in any of the 2 rows that are read: the column 'y'" in err


def test_settings_are_shown_as_they_were_typed(run, files, tmp_path):
    model = tmp_path / "m.diabolo"
    words = ["fit", files.array, "-o", model, *QUICK, "--noise", "gaussian", "--noise-param", "clip=0,1"]
    assert run(*words, "--penalty", "weight_decay=0.001")[0] == 0
    out = " ".join(run("inspect", model)[1].split())
    assert "--noise" in out.partition("Settings left")[0]
    assert "--noise gaussian --noise-param clip=0,1" in out
    assert "weight_decay=0.001" in out
    assert "weight decay" in out


def test_a_linear_answer_that_is_left_is_said(run, tmp_path):
    np.savetxt(tmp_path / "rows.csv", np.random.default_rng(0).normal(size=(40, 12)), delimiter=",")
    model = tmp_path / "m.diabolo"
    status, out, _ = run(
        "fit", tmp_path / "rows.csv", "-k", "6", "-o", model, "--patience", "2", "--no-header"
    )
    assert status == 0
    lines = dict(line.split(None, 1) for line in out.partition("\n\n")[0].splitlines())
    assert lines["start"] == "principal components"
    assert lines["epochs"].endswith(", none better than the start, which is kept")
    assert "loss" not in lines
    assert lines["validation"].partition("; at the start ")[0] == lines["validation"].rpartition(" ")[2]
    out = run("inspect", model)[1]
    assert "starts at principal components, where held-out rows lose" in out
    assert "none better than the start, which is kept" in out


def test_the_report(run, files, tmp_path):
    model = tmp_path / "m.diabolo"
    words = ["fit", files.table, "--labels", "kind", "-o", model, *QUICK, "--validation-fraction", "0.2"]
    status, out, err = run(*words)
    assert status == 0
    assert err == (
        f"note: the first line of {files.table} was taken as column names; if it is a row, say --no-header\n"
    )
    lines = dict(line.split(None, 1) for line in out.partition("\n\n")[0].splitlines())
    assert lines["rows"] == f"30 of 4 numbers from {files.table}, column 'kind' left out"
    assert lines["network"] == "4 -> 4 -> 2 -> 4 -> 4, 62 parameters"
    assert set(lines) == {
        "rows",
        "network",
        "start",
        "epochs",
        "loss",
        "validation",
        "seconds",
        "peak",
        "seed",
        "model",
    }
    assert lines["seed"] == "0"
    loaded = diabolo.load(model)
    assert lines["loss"].startswith(f"{loaded.history_['loss'][-1]:.6g} (squared_error")
    assert loaded.feature_names_in_.tolist() == ["w", "x", "y", "z"]
    assert loaded.verbose == 0


def test_the_same_command_gives_the_same_model(run, files, tmp_path):
    for name in ("a.diabolo", "b.diabolo"):
        run("fit", files.array, "-o", tmp_path / name, *QUICK, "-q")
    one, other = (diabolo.load(tmp_path / name) for name in ("a.diabolo", "b.diabolo"))
    rows = np.load(files.array)
    assert np.array_equal(one.transform(rows), other.transform(rows))


def test_json(run, files, tmp_path):
    words = ["fit", files.archive, "--labels", "kind", "-o", tmp_path / "m.diabolo", *QUICK, "--json"]
    status, out, err = run(*words, "--early-stopping", "--verbose", "1")
    record = json.loads(out)
    assert status == 0
    assert record["rows"] == 30
    assert record["labels"] == "kind"
    assert record["epochs"] == 2
    assert record["output"] == str(tmp_path / "m.diabolo")
    assert "epoch 1/2  loss" in err  # progress is not the result


def test_quiet_prints_nothing(run, files, tmp_path):
    words = ["fit", files.table, "--labels", "kind", "-o", tmp_path / "m.diabolo", *QUICK]
    assert run(*words, "--quiet") == (0, "", "")


def test_given_rows_are_measured(run, files, tmp_path):
    words = ["fit", files.table, "--labels", "kind", "-o", tmp_path / "m.diabolo", *QUICK, "-q"]
    assert run(*words, "--validation", files.table)[0] == 0
    assert len(diabolo.load(tmp_path / "m.diabolo").history_["validation_loss"]) == 2
    other = tmp_path / "other.csv"
    other.write_text(files.table.read_text(encoding="utf-8").replace("w,x", "x,w", 1), encoding="utf-8")
    swapped = tmp_path / "swapped.csv"
    rows = [line.split(",", 2) for line in files.table.read_text(encoding="utf-8").splitlines()]
    swapped.write_text("\n".join(f"{b},{a},{rest}" for a, b, rest in rows), encoding="utf-8")
    losses = []
    for validation in (files.table, other, swapped):
        status, _, err = run(*words[:-1], "--validation", validation)
        assert status == 0
        assert ("in another order; they were taken by their names" in err) == (validation != files.table)
        losses.append(diabolo.load(tmp_path / "m.diabolo").history_["validation_loss"])
    assert losses[0] == losses[2] != losses[1]


def test_the_header_is_settled_by_a_flag(run, tmp_path):
    table = tmp_path / "years.csv"
    table.write_text("2001,2002\n1,2\n3,4\n5,6\n")
    words = ["fit", table, "-o", tmp_path / "m.diabolo", *QUICK, "-k", "1", "--json"]
    assert json.loads(run(*words)[1])["rows"] == 4
    assert "was taken as a row; if it holds column names, say --header" in run(*words)[2]
    status, out, err = run(*words, "--header")
    assert json.loads(out)["rows"] == 3
    assert (status, err) == (0, "")


def test_a_tab_can_be_typed(run, tmp_path):
    table = tmp_path / "tabs.csv"
    table.write_text("a\tb\n1\t2\n3\t4\n")
    words = ["fit", table, "-o", tmp_path / "m.diabolo", *QUICK, "-k", "1", "-q"]
    assert run(*words, "--delimiter", r"\t")[0] == 0


def test_an_existing_model_is_replaced(run, files, tmp_path):
    model = tmp_path / "m.diabolo"
    model.write_bytes(files.model.read_bytes())
    assert run("fit", files.array, "-o", model, *QUICK, "-q")[0] == 0
    assert diabolo.load(model).n_epochs_ == 2


def test_the_next_commands_work_as_typed(run, files, tmp_path):
    table = tmp_path / "my table.csv"
    table.write_bytes(files.table.read_bytes())
    _, out, _ = run("fit", table, "--labels", "kind", "-o", tmp_path / "a b.diabolo", *QUICK)
    commands = [shlex.split(line) for line in out.partition("Next:\n")[2].splitlines()]
    assert [command[0] for command in commands] == ["diabolo", "diabolo"]
    assert [run(*command[1:])[0] for command in commands] == [0, 0]
    assert (tmp_path / "a b-codes.csv").exists()


def test_compare_prints_keeps_and_writes_down(run, files, tmp_path):
    path = tmp_path / "m.diabolo"
    words = ["fit", files.table, "--target", "kind", "-o", path, *QUICK, "--compare"]
    status, out, _ = run(*words)
    assert status == 0
    found = diabolo.load(path).comparison_
    assert f"\n\n{found}\n\nNext:\n" in out
    assert [row["method"] for row in found.rows] == ["code", "pca", "pls", "logistic", "mean"]
    assert (found.n_held_out_rows, found.n_splits, found.kind) == (30, 5, "classification")
    record = json.loads(run(*words, "--json")[1])
    assert record["comparison"] == json.loads(json.dumps(found.to_dict()))
    assert record["comparison"]["verdict"] in ("better", "equal", "worse")
    status, out, err = run(*words, "--quiet")
    assert (status, out, err) == (0, "", "")
    assert diabolo.load(path).comparison_ == found
    record = json.loads(run("fit", files.table, "--labels", "kind", "-o", path, *QUICK, "--json")[1])
    assert record["comparison"] is None
    assert not hasattr(diabolo.load(path), "comparison_")


def test_compare_predicts_no_labels_and_leaves_out_what_is_held_out(run, files, tmp_path):
    path = tmp_path / "m.diabolo"
    words = ["fit", files.table, "-o", path, *QUICK, "--compare", "--hold-out", "6", "--json"]
    record = json.loads(run(*words, "--labels", "kind")[1])
    assert record["comparison"]["kind"] is None
    assert record["comparison"]["n_rows"] == record["rows"] == 24
    guided = json.loads(run(*words, "--target", "kind", "--supervision-weight", "1")[1])
    assert guided["comparison"]["rows"][1]["method"] == "head"
    assert guided["comparison"]["n_rows"] == 24


def test_what_cannot_be_compared_leaves_the_model(run, tmp_path):
    np.save(tmp_path / "few.npy", np.random.default_rng(0).normal(size=(4, 3)))
    path = tmp_path / "m.diabolo"
    status, out, err = run("fit", tmp_path / "few.npy", "-o", path, *QUICK, "--compare")
    assert (status, out) == (1, "")
    assert err.splitlines()[-2:] == [
        f"note: the model is in {path}; what follows is of the comparison alone",
        f"diabolo: {tmp_path / 'few.npy'} has 4 row(s); to hold out each of 5 parts and learn from the "
        "others takes at least 5. Give more rows.",
    ]
    assert diabolo.load(path).n_features_in_ == 3
