# ruff: noqa: E501 - error messages are shown whole, one a line
"""The file of ONNX: what it says of itself, and where it cannot be written."""

import sys

import numpy as np
import onnx
import pytest

import diabolo
from diabolo.errors import DataFileError, InputError, ParameterError
from diabolo.export import onnx_model, to_onnx

X = np.random.default_rng(0).random((40, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def plain():
    return diabolo.Autoencoder(2, hidden_layer_sizes=(4,), max_epochs=1, random_state=0).fit(X)


def test_onnx_checks_it_and_old_runtimes_take_it(plain, tmp_path):
    to_onnx(plain, tmp_path / "m.onnx")
    model = onnx.load(tmp_path / "m.onnx")
    onnx.checker.check_model(model, full_check=True)
    assert model.ir_version == 8
    assert {each.domain: each.version for each in model.opset_import} == {"": 17, "ai.onnx.ml": 3}
    (given,), (code,) = model.graph.input, model.graph.output
    shapes = [
        [size.dim_param or size.dim_value for size in each.type.tensor_type.shape.dim]
        for each in (given, code)
    ]
    assert shapes == [["n_rows", 3], ["n_rows", 2]]


def test_another_type(plain, tmp_path):
    with pytest.raises(ParameterError) as caught:
        to_onnx(plain, tmp_path / "m.onnx", dtype="float16")
    assert str(caught.value) == "dtype='float16' is not possible; expected one of 'float32', 'float64'."


def test_the_package_is_not_there(plain, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(InputError) as caught:
        to_onnx(plain, tmp_path / "m.onnx")
    assert (
        str(caught.value)
        == 'A file of ONNX needs the package onnx, which is not installed: pip install "diabolo[onnx]".'
    )


def test_a_network_too_large_for_a_file(plain, tmp_path, monkeypatch):
    monkeypatch.setattr(onnx_model, "_MOST_BYTES", 100)
    with pytest.raises(ParameterError) as caught:
        to_onnx(plain, tmp_path / "m.onnx", "reconstruct")
    assert str(caught.value) == (
        "the graph's numbers take 0.0 GB, and a file of ONNX holds at most 0 GB; export part='encode' or part='decode' alone, or fit a narrower network."
    )


def test_it_replaces_a_file_of_its_kind_alone(plain, tmp_path):
    path = tmp_path / "m.onnx"
    for part in ("encode", "decode"):
        to_onnx(plain, path, part)
    assert onnx.load(path).graph.input[0].name == "code"
    diabolo.save(plain, tmp_path / "m.diabolo")
    with pytest.raises(
        DataFileError, match=r"cannot be written: a model stands there, and an ONNX model replaces none"
    ):
        to_onnx(plain, tmp_path / "m.diabolo")


def test_a_loaded_model_gives_the_same_file(plain, tmp_path):
    diabolo.save(plain, tmp_path / "m.diabolo")
    for name, model in (("a", plain), ("b", diabolo.load(tmp_path / "m.diabolo"))):
        to_onnx(model, tmp_path / f"{name}.onnx")
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()
