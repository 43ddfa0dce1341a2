"""Every kind of autoencoder and what belongs to it, saved, loaded elsewhere, and forged."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

import diabolo
from diabolo.errors import ModelFileError

RANDOM = np.random.default_rng(5)
X = RANDOM.uniform(size=(24, 16)).astype(np.float32)
NAMES = np.array(["red", "green", "blue"])[np.arange(24) % 3]
QUICK = {"max_epochs": 2, "batch_size": 8, "random_state": 0}
DENSE = {**QUICK, "hidden_layer_sizes": (6,)}

# Name -> estimator, and what it is fitted on beside X.
MODELS = {
    "denoising": (
        diabolo.DenoisingAutoencoder(
            3, noise={"kind": "gaussian", "standard_deviation": 0.5, "clip": (0, 1)}, **DENSE
        ),
        None,
    ),
    "pretrained": (
        diabolo.DenoisingAutoencoder(3, noise=0.1, pretrain="layerwise", pretrain_epochs=2, **DENSE),
        None,
    ),
    "sparse": (diabolo.SparseAutoencoder(20, k=4, sparsity="topk", **QUICK), None),
    "kl": (diabolo.SparseAutoencoder(5, weight_decay=1e-3, **QUICK), None),
    "variational": (diabolo.VariationalAutoencoder(3, beta=0.5, warmup_epochs=1, **DENSE), None),
    "guided": (diabolo.Autoencoder(3, supervision_weight=1.0, scale="minmax", **DENSE), NAMES),
    "guided by truth values": (diabolo.Autoencoder(3, supervision_weight=1.0, **DENSE), NAMES == "red"),
    "guided by numbers": (
        diabolo.VariationalAutoencoder(3, supervision_weight=1.0, **DENSE),
        RANDOM.normal(size=(24, 2)),
    ),
    "maps": (diabolo.ConvolutionalAutoencoder(image_shape=(4, 4), filters=(2, 3), **QUICK), None),
    "images": (
        diabolo.ConvolutionalAutoencoder(
            3,
            filters=(2,),
            kernel_size=(2, 3),
            downsample="stride",
            upsample="transposed",
            image_shape=(2, 4, 2),
            bottleneck="gaussian",
            bottleneck_params={"beta": 0.1},
            supervision_weight=0.5,
            noise={"kind": "salt_and_pepper", "range": (0, 1)},
            **QUICK,
        ),
        np.arange(24) % 4,
    ),
    "signals": (
        diabolo.ConvolutionalAutoencoder(
            filters=(2,), bottleneck="topk", bottleneck_params={"k": 3}, penalty={"contractive": 0.1}, **QUICK
        ),
        None,
    ),
}


@pytest.fixture(scope="module")
def fitted():
    return {name: estimator.fit(X, y) for name, (estimator, y) in MODELS.items()}


@pytest.fixture(scope="module")
def folder(fitted, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    for name, estimator in fitted.items():
        diabolo.save(estimator, folder / name)
    np.save(folder / "rows.npy", X)
    return folder


@pytest.fixture(scope="module")
def elsewhere(folder):
    """What each model gives in another process."""
    code = (
        "import sys, pathlib, diabolo, numpy as np\nfolder = pathlib.Path(sys.argv[1])\n"
        "X = np.load(folder / 'rows.npy')\n"
        "for name in sys.argv[2:]:\n"
        "    model = diabolo.load(folder / name)\n"
        "    given = {'codes': model.transform(X), 'rebuilt': model.reconstruct(X)}\n"
        "    given['decoded'] = model.inverse_transform(given['codes'])\n"
        "    if hasattr(model, 'predict'): given['predicted'] = model.predict(X)\n"
        "    if hasattr(model, 'classes_'): given['shares'] = model.predict_proba(X)\n"
        "    if hasattr(model, 'sample'): given['drawn'] = model.sample(3, random_state=0)\n"
        "    np.savez(folder / (name + '.npz'), **given)"
    )
    subprocess.run([sys.executable, "-c", code, str(folder), *MODELS], check=True)
    return {name: dict(np.load(folder / f"{name}.npz")) for name in MODELS}


@pytest.mark.parametrize("name", MODELS)
def test_a_model_gives_the_same_bits_in_another_process(fitted, elsewhere, name):
    model, given = fitted[name], elsewhere[name]
    expected = {"codes": model.transform(X), "rebuilt": model.reconstruct(X)}
    expected["decoded"] = model.inverse_transform(expected["codes"])
    if "guided" in name or name == "images":
        expected["predicted"] = model.predict(X)
    if hasattr(model, "classes_"):
        expected["shares"] = model.predict_proba(X)
    if "variational" in name or name in ("images", "guided by numbers"):
        expected["drawn"] = model.sample(3, random_state=0)
    assert set(given) == set(expected)
    for what, values in expected.items():
        assert given[what].dtype == values.dtype
        assert np.array_equal(given[what], values), what


@pytest.mark.parametrize("name", MODELS)
def test_everything_that_was_fitted_comes_back(fitted, folder, name):
    model, loaded = fitted[name], diabolo.load(folder / name)
    assert loaded.get_params() == model.get_params()
    assert loaded.summary() == model.summary()
    for attribute in (
        "history_",
        "pretrain_history_",
        "n_parameters_",
        "n_components_",
        "output_activation_",
    ):
        assert getattr(loaded, attribute) == getattr(model, attribute)
    assert getattr(loaded, "n_labeled_rows_", None) == getattr(model, "n_labeled_rows_", None)
    assert hasattr(loaded, "n_labeled_rows_") == ("guided" in name or name == "images")
    assert getattr(loaded, "image_shape_", None) == getattr(model, "image_shape_", None)
    assert type(loaded.bottleneck_) is type(model.bottleneck_)
    if hasattr(model, "classes_"):
        assert np.array_equal(loaded.classes_, model.classes_)
        assert loaded.classes_.dtype == model.classes_.dtype


@pytest.mark.parametrize("name", ["sparse", "kl", "variational", "guided", "guided by numbers", "maps"])
def test_a_loaded_model_goes_on_learning(fitted, folder, name):
    import copy

    y = MODELS[name][1]
    one = diabolo.load(folder / name).partial_fit(X, y)
    other = copy.deepcopy(fitted[name]).partial_fit(X, y)
    assert np.array_equal(one.transform(X), other.transform(X))
    assert one.history_["loss"] == other.history_["loss"]


def test_images_come_back_as_images(tmp_path):
    images = X.reshape(-1, 4, 4)
    model = diabolo.ConvolutionalAutoencoder(filters=(2,), **QUICK).fit(images)
    diabolo.save(model, tmp_path / "m")
    loaded = diabolo.load(tmp_path / "m")
    assert loaded.image_shape_ == (4, 4, 1)
    assert loaded.given_shape_ == (4, 4)
    assert loaded.inverse_transform(loaded.transform(images)).shape == (24, 4, 4)
    assert np.array_equal(loaded.reconstruct(images), model.reconstruct(images))


def test_a_file_that_does_not_say_how_many_rows_are_labeled(folder, forge, tmp_path):
    path = tmp_path / "m"
    path.write_bytes((folder / "guided").read_bytes())
    forge(path, lambda record, tensors: record.pop("n_labeled_rows"))
    loaded = diabolo.load(path)
    assert not hasattr(loaded, "n_labeled_rows_")
    assert loaded.predict(X).shape == (len(X),)
    assert "guided by" not in loaded.summary()


def test_dates_are_kept_as_their_text(tmp_path):
    days = np.array(["2020-01-01", "2020-01-02"], "datetime64[D]")[np.arange(24) % 2]
    model = diabolo.Autoencoder(3, supervision_weight=1.0, **DENSE).fit(X, days)
    diabolo.save(model, tmp_path / "m")
    assert diabolo.load(tmp_path / "m").classes_.tolist() == ["2020-01-01", "2020-01-02"]


def test_classes_that_json_does_not_know(tmp_path):
    days = np.array(["2020-01-01", "2020-01-02"], "datetime64[D]")
    model = diabolo.Autoencoder(3, supervision_weight=1.0, **DENSE).fit(X, np.arange(24) % 2)
    model.target_ = replace(model.target_, classes=days)
    with pytest.raises(ModelFileError, match="classes of the target are of dtype datetime64"):
        diabolo.save(model, tmp_path / "m")


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("maps", lambda r, t: r.update(image_shape=[4, 5, 1]), "'image_shape': expected 16 cells, found"),
        ("maps", lambda r, t: r.update(image_shape=[8, 2, 1]), "expected|found"),
        ("maps", lambda r, t: r.update(image_shape=[4, 4]), "expected a shape or nothing, found .4, 4."),
        ("maps", lambda r, t: r.update(image_shape=[4, 4, True]), "expected a shape or nothing"),
        ("maps", lambda r, t: r.update(image_shape=[-4, -4, 1]), "expected a shape or nothing"),
        ("maps", lambda r, t: r.update(image_shape=[2**40, 1, 1]), "expected a shape or nothing"),
        (
            "maps",
            lambda r, t: r.update(image_shape=None),
            "that of a convolutional network alone, found None",
        ),
        ("maps", lambda r, t: r.update(given_shape=[2, 8]), "that of a convolutional network alone"),
        ("maps", lambda r, t: r["fitted"].update(n_components_=4), "'n_components_': expected 3, found 4"),
        ("maps", lambda r, t: r["parameters"].update(filters=[]), r"filters=\(\) is not possible"),
        ("maps", lambda r, t: r["parameters"].update(filters=[2, 4]), "expected float32 of shape"),
        ("kl", lambda r, t: r.update(image_shape=[4, 4, 1]), "that of a convolutional network alone"),
        ("guided", lambda r, t: r.update(target=3), "expected what guided the code, or nothing, found 3"),
        ("guided", lambda r, t: r.update(target=None), "expected float32 of shape .16, 6., found nothing"),
        ("guided", lambda r, t: r["target"].pop("kind"), "'kind': expected 'regression' or"),
        ("guided", lambda r, t: r["target"].update(kind="exec"), "the target's kind: expected 'regression'"),
        ("guided", lambda r, t: r["target"].update(kind="regression"), "the target's kind: expected"),
        (
            "guided",
            lambda r, t: r["target"].update(classes=["red", "green", "blue"]),
            "the target's classes: expected different ones, in order",
        ),
        (
            "guided",
            lambda r, t: r["target"].update(classes=["blue", "blue", "red"]),
            "the target's classes: expected different ones, in order",
        ),
        (
            "guided",
            lambda r, t: r["target"].update(classes=["blue", 3, "red"]),
            "the target's classes: expected two or more of one kind",
        ),
        ("guided", lambda r, t: r["target"].update(classes=["a"]), "expected two or more of one kind"),
        ("guided", lambda r, t: r["target"].update(classes=[[1], [2]]), "expected two or more of one kind"),
        ("guided", lambda r, t: r["target"].update(classes=["a", "b"]), "expected float32 of shape"),
        ("guided", lambda r, t: r["target"].update(n_numbers=2), "expected different ones, in order"),
        ("guided", lambda r, t: r["target"].update(is_column="yes"), "'is_column': expected true or false"),
        ("guided", lambda r, t: r.update(n_labeled_rows=-1), "'n_labeled_rows': expected a count or nothing"),
        ("guided", lambda r, t: r.update(n_labeled_rows=True), "'n_labeled_rows': expected a count or noth"),
        ("guided by numbers", lambda r, t: r["target"].update(n_numbers=0), "expected a count, found 0"),
        ("guided by numbers", lambda r, t: r["target"].update(n_numbers=3), "expected float64 of shape .3,."),
        (
            "guided by numbers",
            lambda r, t: t.update({"target.factor": np.zeros(2)}),
            "the array 'target.factor': expected numbers other than 0",
        ),
        (
            "guided by numbers",
            lambda r, t: t.update({"target.offset": np.array([np.nan, 0])}),
            "the array 'target.offset': expected finite numbers",
        ),
        ("sparse", lambda r, t: r["parameters"].update(k=21), "k=21 numbers cannot be kept of a code of"),
        (
            "signals",
            lambda r, t: r["parameters"].update(bottleneck_params={"k": 99}),
            "expected at most the code's",
        ),
        ("signals", lambda r, t: r["parameters"].update(bottleneck_params=None), "needs to know how many"),
        ("signals", lambda r, t: r["parameters"].update(penalty={"exec": 1}), "penalty has 'exec'"),
        ("sparse", lambda r, t: r["parameters"].update(sparsity="x"), "sparsity='x' is not possible"),
        ("denoising", lambda r, t: r["parameters"].update(noise="x"), "noise='x' is not possible"),
        (
            "denoising",
            lambda r, t: r["parameters"].update(noise={"kind": "masking", "fraction": 2}),
            r"noise\['fraction'\]=2 is not possible",
        ),
        ("variational", lambda r, t: r["parameters"].update(beta=-1), "beta=-1 is not possible"),
        ("variational", lambda r, t: r["parameters"].update(bottleneck=1), "unknown .'bottleneck'"),
        (
            "pretrained",
            lambda r, t: r.update(pretrain_history=[3]),
            "expected a list of histories, found .3.",
        ),
        ("pretrained", lambda r, t: r["pretrain_history"][0].update(evil=[1]), "the history's columns"),
        ("pretrained", lambda r, t: r.update(pretrain_history=None), "expected a list of histories"),
    ],
)
def test_a_forged_record_is_refused(folder, forge, tmp_path, name, change, message):
    path = tmp_path / "m"
    path.write_bytes((folder / name).read_bytes())
    forge(path, change)
    with pytest.raises(ModelFileError, match=message):
        diabolo.load(path)


def test_an_encoder_in_a_file_is_refused(tmp_path, forge):
    model = diabolo.Autoencoder(2, **DENSE).fit(X)
    diabolo.save(model, tmp_path / "m")
    forge(tmp_path / "m", lambda r, t: r["parameters"].update(encoder="os.system", decoder="os.system"))
    with pytest.raises(ModelFileError, match=r"coder='os.system' is not possible"):
        diabolo.load(tmp_path / "m")
