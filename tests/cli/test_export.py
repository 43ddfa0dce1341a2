# ruff: noqa: E501 - error messages are shown whole, one a line
"""``diabolo export``."""

import json

import numpy as np
import pytest

import diabolo

onnxruntime = pytest.importorskip("onnxruntime", reason='pip install "diabolo[onnx]" onnxruntime')


def test_the_codes_of_an_autoencoder(run, files, tmp_path):
    import onnx

    path = tmp_path / "m.onnx"
    status, said, err = run("export", files.model, "-o", path)
    assert (status, err) == (0, "")
    size = f"{path.stat().st_size / 1e3:.1f} kB"
    assert said == (
        f"encode of {files.model} written to {path} ({size})\nin:  X (4 a row, float32)\nout: code (2 a row, float32)\n"
    )
    rows = np.random.default_rng(0).random((5, 4)).astype(np.float32)
    (codes,) = onnxruntime.InferenceSession(path).run(None, {"X": rows})
    model = diabolo.load(files.model)
    vars(model).pop("feature_names_in_")
    np.testing.assert_allclose(codes, model.transform(rows), atol=1e-5)
    facts = {each.key: each.value for each in onnx.load(path).metadata_props}
    assert json.loads(facts["diabolo.feature_names"]) == ["w", "x", "y", "z"]


def test_json(run, files, tmp_path):
    path = tmp_path / "m.onnx"
    words = ("--part", "score", "--dtype", "float64", "--json")
    record = json.loads(run("export", files.model, "-o", path, *words)[1])
    assert record == {
        "verb": "export",
        "model": str(files.model),
        "part": "score",
        "inputs": {"X": {"type": "float64", "columns": 4}},
        "outputs": {"reconstruction_error": {"type": "float64", "columns": None}},
        "bytes": path.stat().st_size,
        "output": str(path),
    }


def test_stablehlo_by_the_suffix(run, files, tmp_path):
    import jax.export

    path = tmp_path / "m.stablehlo"
    status, said, _ = run("export", files.model, "-o", path, "--part", "decode")
    assert status == 0
    assert said.startswith(f"decode of {files.model} written to {path} (")
    program = jax.export.deserialize(bytearray(path.read_bytes()))
    assert np.asarray(program.call(np.zeros((7, 2), np.float32))).shape == (7, 4)


def test_the_score_of_a_detector(run, files, tmp_path):
    model, path = tmp_path / "d.diabolo", tmp_path / "d.onnx"
    run("detect", "fit", files.table, "--labels", "kind", "-o", model, "--quiet")
    assert run("export", model, "-o", path)[1].endswith("out: anomaly_score (one a row, float32)\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["-o", "m.onnx", "--part", "transform"],
            "--part transform is not possible; expected one of 'encode', 'decode', 'reconstruct', 'score', 'predict'. Did you mean 'encode'?",
        ),
        (
            ["-o", "m.onnx", "--part", "predict"],
            "--part predict needs a code that a target guided, or a detector, and this Autoencoder was fitted with --supervision-weight 0.",
        ),
        (
            ["-o", "m.stablehlo", "--dtype", "float64"],
            "--dtype float64 is for .onnx; a .stablehlo program is of float32.",
        ),
        (
            ["-o", "m.onx"],
            "-o m.onx ends in '.onx', and the suffix says what to write: .onnx, .stablehlo. Did you mean '.onnx'?",
        ),
    ],
)
def test_what_cannot_be_meant(run, files, tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    status, out, err = run("export", files.model, *words)
    assert (status, out, err) == (2, "", f"diabolo: {said}\n")
    assert not list(tmp_path.iterdir())


def test_a_model_is_not_called_onnx(run, files, tmp_path):
    status, _, err = run("fit", files.table, "--labels", "kind", "-o", tmp_path / "m.onnx")
    assert (status, err) == (
        2,
        f"diabolo: -o {tmp_path / 'm.onnx'} would be a model under the name of another kind of file; call it m.diabolo.\n",
    )


def test_another_word_for_it(run, files):
    assert run("onnx", files.model)[2].endswith("Did you mean 'export'?\n")
