"""Model files: what goes in comes out, and nothing else does."""

import json
import os
import pickle
import struct
import subprocess
import sys

import jax
import numpy as np
import pandas as pd
import pytest
import safetensors.numpy

import diabolo
from diabolo import Autoencoder
from diabolo.errors import ModelFileError
from diabolo.persistence import model_file

QUICK = {"hidden_layer_sizes": (8,), "max_epochs": 3, "random_state": 0}


@pytest.fixture(scope="module")
def frame():
    random = np.random.default_rng(0)
    return pd.DataFrame(random.normal(size=(40, 5)) * 10 + 3, columns=["a", "b", "c", "d", "é"])


@pytest.fixture(scope="module")
def fitted(frame):
    settings = {**QUICK, "optimizer_params": {"beta_1": 0.8}, "validation_fraction": 0.2}
    return Autoencoder(scale="standard", tied_weights=True, **settings).fit(frame)


@pytest.fixture
def path(fitted, tmp_path):
    path = tmp_path / "model.diabolo"
    diabolo.save(fitted, path)
    return path


def test_a_loaded_model_gives_the_same_bits(fitted, path, frame):
    loaded = diabolo.load(path)
    assert np.array_equal(loaded.transform(frame), fitted.transform(frame))
    assert np.array_equal(loaded.reconstruct(frame), fitted.reconstruct(frame))
    assert loaded.get_params() == fitted.get_params()
    assert loaded.history_ == fitted.history_
    assert list(loaded.feature_names_in_) == list(fitted.feature_names_in_)
    for name in ("n_epochs_", "best_epoch_", "n_parameters_", "output_activation_", "n_features_in_"):
        assert getattr(loaded, name) == getattr(fitted, name)
    assert loaded.summary() == fitted.summary()


def test_a_model_loads_in_another_process(fitted, path, frame, tmp_path):
    np.save(tmp_path / "rows.npy", frame.to_numpy())
    code = (
        "import sys, diabolo, numpy as np, warnings\nwarnings.simplefilter('ignore')\n"
        "print(diabolo.load(sys.argv[1]).transform(np.load(sys.argv[2])).tobytes().hex())"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code, str(path), str(tmp_path / "rows.npy")],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert shown.strip() == fitted.transform(frame).tobytes().hex()


def test_a_loaded_model_goes_on_learning(fitted, path, frame):
    one, other = diabolo.load(path).partial_fit(frame), pickle.loads(pickle.dumps(fitted)).partial_fit(frame)
    assert np.array_equal(one.transform(frame), other.transform(frame))
    diabolo.save(one, path)
    again = diabolo.load(path)
    assert np.isnan(again.history_["validation_loss"][-1])
    assert again.history_["loss"] == one.history_["loss"]


@pytest.mark.parametrize("settings", [{"tied_weights": False}, {"hidden_layer_sizes": ()}, {"scale": None}])
def test_every_shape_of_network_comes_back(settings, frame, tmp_path):
    fitted = Autoencoder(**{**QUICK, **settings}).fit(frame.to_numpy())
    diabolo.save(fitted, tmp_path / "m")
    assert np.array_equal(
        diabolo.load(tmp_path / "m").transform(frame.to_numpy()), fitted.transform(frame.to_numpy())
    )


def test_a_random_state_instance_is_left_out(frame, tmp_path):
    fitted = Autoencoder(**{**QUICK, "random_state": np.random.RandomState(0)}).fit(frame)
    diabolo.save(fitted, tmp_path / "m")
    assert diabolo.load(tmp_path / "m").random_state is None


def test_tied_weights_are_written_once(fitted, path):
    names = set(safetensors.numpy.load_file(path))
    assert "network.encoder.0.weight" in names
    assert "network.decoder.0.bias" in names
    assert "network.decoder.0.weight" not in names


def test_the_header_says_what_the_file_is(path):
    content = path.read_bytes()
    (size,) = struct.unpack("<Q", content[:8])
    record = json.loads(json.loads(content[8 : 8 + size])["__metadata__"]["diabolo"])
    assert record["format_version"] == 4
    assert record["estimator"] == "Autoencoder"
    assert set(record["versions"]) == {"python", "diabolo", "jax", "numpy", "scikit-learn"}
    assert record["versions"]["jax"] == jax.__version__


def test_saving_replaces_the_whole_file_or_nothing(fitted, path, monkeypatch, tmp_path):
    before = path.read_bytes()

    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ModelFileError, match="No space left on device"):
        diabolo.save(fitted, path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["model.diabolo"]  # noqa: PTH208


def test_what_cannot_be_saved(tmp_path):
    with pytest.raises(ModelFileError, match="This Autoencoder is not fitted yet; call fit before save"):
        diabolo.save(Autoencoder(), tmp_path / "m")
    with pytest.raises(
        ModelFileError, match=r"save got builtins.dict; expected one of Diabolo's estimators: Auto"
    ):
        diabolo.save({}, tmp_path / "m")

    class Autoencoder2(Autoencoder):
        pass

    Autoencoder2.__name__ = "Autoencoder"
    with pytest.raises(ModelFileError, match="expected one of Diabolo's estimators"):
        diabolo.save(Autoencoder2(), tmp_path / "m")
    with pytest.raises(ModelFileError, match="does not exist; make it first"):
        diabolo.save(Autoencoder(**QUICK).fit(np.eye(5)), tmp_path / "none" / "m")


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.6, 0.9, 0.999])
def test_a_cut_file(path, share):
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(ModelFileError, match=r"is not a model that can be loaded: .*(found|cut)"):
        diabolo.load(path)


def test_any_altered_byte_is_noticed(path):
    content = path.read_bytes()
    for position in np.random.default_rng(0).integers(0, len(content), 60):
        altered = bytearray(content)
        altered[position] ^= 0x10
        path.write_bytes(bytes(altered))
        with pytest.raises(ModelFileError):
            diabolo.load(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "expected a model file, found 0 bytes"),
        (pickle.dumps({"a": 1}), "expected a safetensors file, found a pickle, which is never opened"),
        (b"a,b\n1,2\n3,4\n5,6\n", "expected a safetensors file, found something else"),
        (
            safetensors.numpy.save({"w": np.ones(3, np.float32)}),
            "found one without .*another program's weights",
        ),
        (struct.pack("<Q", 10**9) + b"{" * 50, "expected a safetensors file, found something else"),
        (struct.pack("<Q", 5000) + b"{" * 50, "expected at least 5008 bytes, found 58: the file was cut"),
    ],
)
def test_other_files(content, message, tmp_path):
    path = tmp_path / "m"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=message):
        diabolo.load(path)


def test_no_file_and_a_folder(tmp_path):
    with pytest.raises(ModelFileError, match=r"nothing.diabolo is not a model .*: there is no such file"):
        diabolo.load(tmp_path / "nothing.diabolo")
    (tmp_path / "iris.diabolo").write_text("")
    for read in (diabolo.load, model_file.describe):
        with pytest.raises(ModelFileError, match=r"there is no such file\. Did you mean 'iris\.diabolo'\?$"):
            read(tmp_path / "irs.diabolo")
        with pytest.raises(ModelFileError, match=r"^3 is no path; give that of a model file, such as 'iris"):
            read(3)
    with pytest.raises(ModelFileError, match="expected a file, found a folder"):
        diabolo.load(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r, t: r.update(format_version=5), "expected format version 4 or earlier, found 5, made by"),
        (lambda r, t: r.update(format_version=0), "expected format version 4, found 0"),
        (
            lambda r, t: r.update(format_version=2**40, versions=0.5),
            "found 1099511627776, made by diabolo of a later version",
        ),
        (lambda r, t: r.pop("format_version"), "expected a record with a format version, found none"),
        (lambda r, t: r.update(estimator="os.system"), "expected one of Autoencoder, .*found 'os.system'"),
        (lambda r, t: r.update(estimator=["x"]), "the record's 'estimator': expected an estimator's name"),
        (
            lambda r, t: r.pop("history"),
            "the record's 'history': expected the history of the fit, found nothing",
        ),
        (lambda r, t: r["history"].update(loss="x"), "the history's 'loss': expected a list of numbers"),
        (lambda r, t: r["history"].update(evil=[1]), "the history's columns: expected some of loss"),
        (lambda r, t: r["parameters"].update(evil=1), "expected those it has, found .*unknown.*evil"),
        (lambda r, t: r["parameters"].update(loss="x"), "loss='x' is not possible"),
        (lambda r, t: r["parameters"].update(hidden_layer_sizes=[9]), "expected float32 of shape .5, 9."),
        (
            lambda r, t: r["fitted"].update(n_features_in_=10**12),
            "the record's 'n_features_in_': expected a count, found 1000000000000",
        ),
        (
            lambda r, t: r["fitted"].update(n_features_in_=10**9),
            "expected 1000000000 names, found 5 entries",
        ),
        (lambda r, t: r["fitted"].update(n_features_in_=-1), "expected a count, found -1"),
        (lambda r, t: r["fitted"].update(n_components_=3), "expected 2, found 3"),
        (lambda r, t: r.update(output_activation="exec"), "activation='exec' is not possible"),
        (lambda r, t: r.update(scale="minmax"), "expected 'standard', found 'minmax'"),
        (lambda r, t: r.update(feature_names=["a"]), "expected 5 names, found 1 entries"),
        (lambda r, t: t.pop("network.encoder.0.bias"), "expected float32 of shape .8,., found nothing"),
        (lambda r, t: t.update(extra=np.ones(2)), "expected those of the network and the scaler alone"),
        (
            lambda r, t: t.update({"network.encoder.0.bias": np.full(8, np.nan, np.float32)}),
            "expected finite numbers, found cells that are not",
        ),
        (
            lambda r, t: t.update({"network.encoder.0.bias": np.zeros(8)}),
            "expected float32 of shape .8,., found float64 of shape .8,.",
        ),
        (lambda r, t: t.update({"scaler.factor": np.zeros(5)}), "expected numbers other than 0"),
    ],
)
def test_a_forged_record_is_refused(path, forge, change, message):
    forge(path, change)
    with pytest.raises(ModelFileError, match=message):
        diabolo.load(path)


def test_a_record_that_is_no_json_or_too_deep(path):
    tensors, _, _ = model_file._read(path)
    for text in ("{", "[" * 100_000, "3"):
        content = safetensors.numpy.save(
            tensors, {"diabolo": text, "sha256": model_file._digest(text, tensors)}
        )
        path.write_bytes(content)
        with pytest.raises(ModelFileError, match=r"expected (JSON|a record)"):
            diabolo.load(path)


def test_a_model_from_a_machine_with_another_device_loads(path, forge, frame):
    forge(path, lambda record, tensors: record["parameters"].update(device="tpu:3"))
    assert diabolo.load(path).transform(frame).shape == (40, 2)


def test_a_parameter_that_the_file_does_not_know_is_at_its_default(path, forge, frame):
    before = diabolo.load(path).transform(frame)
    forge(path, lambda record, tensors: record["parameters"].pop("huber_delta"))
    loaded = diabolo.load(path)
    assert loaded.huber_delta == 1.0
    assert np.array_equal(loaded.transform(frame), before)


def test_records_and_numbers_out_of_all_measure(path, forge):
    deep = []
    for _ in range(200):
        deep = [deep]
    whole = path.read_bytes()
    for change, said in (
        (
            lambda r, t: r["parameters"].update(scale=deep),
            "a record of at most 30 levels, found one that is nested deeper",
        ),
        (
            lambda r, t: r["history"].update(loss=[10**400]),
            "whole numbers of at most 100 digits, found one of 401",
        ),
        (
            lambda r, t: r["parameters"].update(huber_delta=10**3000),
            "whole numbers of at most 100 digits, found one of 3,001",
        ),
    ):
        path.write_bytes(whole)
        forge(path, change)
        with pytest.raises(ModelFileError, match=said):
            diabolo.load(path)


def test_what_a_stranger_wrote_takes_a_part_of_the_sentence_alone(path, forge):
    forge(path, lambda record, tensors: record["parameters"].update(loss="x" * 10_000 + "\0\n"))
    with pytest.raises(ModelFileError) as caught:
        diabolo.load(path)
    said = str(caught.value)
    assert len(said) < 1000 + 200
    assert said.isprintable()
    assert said.endswith("xxx....")


def test_a_pipe_is_no_model(tmp_path):
    os.mkfifo(tmp_path / "m")
    for opens in (diabolo.load, model_file.describe):
        with pytest.raises(ModelFileError, match="expected a file, found a pipe or a device"):
            opens(tmp_path / "m")
