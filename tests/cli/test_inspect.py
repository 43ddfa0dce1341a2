"""``diabolo inspect``, of autoencoders and of detectors."""

import json

import numpy as np
import pytest

import diabolo
from diabolo.cli.row_view import shaded


def test_the_text(run, files):
    status, out, err = run("inspect", files.model)
    assert (status, err) == (0, "")
    assert out.startswith(diabolo.load(files.model).summary())
    assert max(map(len, out.splitlines())) <= 80 or str(files.model) in out
    chosen = out.partition("Settings that were chosen\n")[2].partition("\n\n")[0]
    assert [line.split() for line in chosen.splitlines()] == [
        ["--hidden", "4"],
        ["--epochs", "2"],
        ["--validation-fraction", "0.2"],
        ["--seed", "0"],
    ]
    assert "--activation relu" in out
    assert "--no-tied, " in " ".join(out.split())
    assert "validation loss" in out
    assert "4 columns: w, x, y, z" in out
    assert f"{files.model}, format 4" in out
    assert "made with diabolo" in out


def test_json(run, files):
    record = json.loads(run("inspect", files.model, "--json")[1])
    assert [layer["parameters"] for layer in record["layers"]] == [20, 10, 12, 20]
    assert record["parameters"] == 62
    assert record["settings"]["hidden_layer_sizes"] == [4]
    assert record["feature_names"] == ["w", "x", "y", "z"]
    assert len(record["history"]["loss"]) == record["epochs"] == 2
    assert record["versions"]["diabolo"]
    assert record["format_version"] == 4


def test_what_was_compared_is_shown(run, files, tmp_path):
    path = tmp_path / "m.diabolo"
    run(
        "fit",
        files.table,
        "--target",
        "kind",
        "-o",
        path,
        "--hidden",
        "4",
        "--epochs",
        "2",
        "--compare",
        "-q",
    )
    found = diabolo.load(path).comparison_
    status, out, err = run("inspect", path)
    assert (status, err) == (0, "")
    assert out.startswith(diabolo.load(path).summary())
    for sentence in found.sentences:
        assert out.count(sentence) == 1
    assert f"\n\nBeside linear methods\n{found.table}\n\nFile\n" in out
    record = json.loads(run("inspect", path, "--json")[1])
    assert record["comparison"] == json.loads(json.dumps(found.to_dict()))
    assert json.loads(run("inspect", files.model, "--json")[1])["comparison"] is None


def test_a_row_as_numbers(run, files):
    words = ["inspect", files.model, files.table, "--labels", "kind", "--row", 2]
    status, out, _ = run(*words)
    assert status == 0
    assert out.startswith('Row 2 (line 4), kind a "b", c\n')
    assert max(map(len, out.splitlines())) <= 80
    differences = [abs(float(line.split()[-1])) for line in out.splitlines()[5:9]]
    assert differences == sorted(differences, reverse=True)
    record = json.loads(run(*words, "--json")[1])
    assert record["labels"] == {"kind": 'a "b", c'}
    assert record["columns"] == ["w", "x", "y", "z"]
    assert list(record["code"]) == ["autoencoder0", "autoencoder1"]
    residual = np.array(record["values"]) - record["reconstruction"]
    assert record["reconstruction_error"] == pytest.approx((residual**2).mean(), rel=1e-5)


def test_a_row_as_a_picture(run, files, tmp_path):
    words = ["inspect", files.image_model, files.images, "--row", 0]
    _, out, _ = run(*words, "-o", tmp_path / "row.png")
    assert (tmp_path / "row.png").read_bytes().startswith(b"\x89PNG")
    assert out.endswith(f"picture written to {tmp_path / 'row.png'}\n")
    assert "row         came back\n" in out
    assert "█" in out
    assert "came back\n" not in run(*words, "--image-shape", "none")[1].partition("differ less")[2]
    assert run(*words, "--image-shape", "2,8")[0] == 0
    status, _, err = run(*words, "--image-shape", "3,8")
    assert status == 1
    assert "--image-shape 3,8 holds 24 numbers and a row of" in err


@pytest.mark.parametrize("row", [30, -1])
def test_a_row_that_is_not_there(run, files, row):
    status, _, err = run("inspect", files.model, files.table, "--labels", "kind", "--row", row)
    assert status == 1
    assert err.endswith(f"table.csv has 30 rows, numbered 0 to 29, so there is no --row {row}.\n")


def test_shades():
    ramp = np.linspace(0, 1, 5)[np.newaxis]
    assert shaded(ramp, 0, 1, 80) == ["  ░░▒▒▓▓██"]
    assert shaded(np.repeat(ramp, 4, axis=0), 0, 1, 9) == [" ░▒▓█"] * 2
    assert shaded(np.repeat(ramp, 3, axis=0), 0, 1, 9) == [" ░▒▓█"] * 2
    assert shaded(ramp, 0, 1, 4) == []
    assert shaded(np.ones((1, 2)), 1, 1, 80) == [""]


def test_shades_where_the_terminal_lacks_them(monkeypatch):
    monkeypatch.setattr("diabolo.cli.row_view._can_print", lambda text: False)
    assert shaded(np.linspace(0, 1, 5)[np.newaxis], 0, 1, 80) == ["  ..::++##"]


def test_a_detector(run, iris):
    status, out, err = run("inspect", iris.model)
    assert (status, err) == (0, "")
    assert out.startswith("A detector of anomalies\nnetworks      2 LinearAutoencoder, codes of ")
    assert f"threshold     {iris.detector().threshold_:.6g}, quantile (q=0.95)\n" in out
    assert "learned from  40 normal rows\nheld out      10 normal rows\n" in out
    assert "labeled       150 rows, 100 anomalies\n" in out
    chosen = out.partition("Settings that were chosen\n")[2].partition("\n\n")[0]
    assert [line.split() for line in chosen.splitlines()] == [["--normal", "setosa"], ["--seed", "0"]]
    assert "--kind linear, --members 1, --score calibrated" in out
    assert "4 columns: sepal length, sepal width, petals, long, p" in out
    record = json.loads(run("inspect", iris.model, "--json")[1])
    assert record["estimator"] == "AutoencoderDetector"
    assert [network["code"] for network in record["networks"]] == [
        len(member.components) for member in iris.detector().members_
    ]
    assert (record["normal_rows"], record["held_out"], record["labeled_anomalies"]) == (50, 10, 100)


def test_a_row_by_its_line(run, files):
    words = ["inspect", files.model, files.table, "--labels", "kind"]
    assert run(*words, "--line", "4") == run(*words, "--row", "2")
    for typed, status, said in (
        (["--line", "1"], 1, f"no row of {files.table} starts on line 1; rows start on lines 2 to 31.\n"),
        (["--line", "32"], 1, "starts on line 32; rows start on lines 2 to 31.\n"),
        (["--line", "3", "--row", "3"], 2, "--row and --line both say which row; give one of them.\n"),
        (["--line", "x"], 2, "--line x is not possible; expected a whole number."),
    ):
        found, _, err = run(*words, *typed)
        assert (found, said in err) == (status, True)
    _, _, err = run("inspect", files.image_model, files.images, "--line", "3")
    assert f"{files.images} has no lines; say which row, counted from 0: --row.\n" in err


def test_one_row_of_a_detector(run, iris):
    words = ["inspect", iris.model, iris.table, *iris.typed, "--row", "100"]
    status, out, _ = run(*words)
    assert status == 0
    assert out.startswith('Row 100 (line 102), species virginica, id r100, "x"\n')
    record = json.loads(run(*words, "--json")[1])
    detector = iris.detector()
    row = iris.rows[100:101]
    assert record["score"] == pytest.approx(detector.anomaly_score(row)[0], rel=1e-12)
    assert record["p_value"] == detector.anomaly_pvalue(row)[0]
    assert record["anomaly"] is True
    added = detector.feature_contributions(row)[0]
    assert record["features"] == pytest.approx(dict(zip(iris.names, added, strict=True)))
    assert list(record["features"].values()) == sorted(added, reverse=True)
    assert record["values"] == pytest.approx(dict(zip(iris.names, row[0], strict=True)), rel=1e-6)
    _, _, expected = (block[0] for block in next(iter(detector.explanation_blocks(row))))
    lines = out.splitlines()[4:]
    assert lines[0].split() == ["column", "row", "expected", "adds"]
    for line, place in zip(lines[1:], np.argsort(-added), strict=True):
        *name, value, wanted, _, mark = line.split()
        assert " ".join(name) == iris.names[place]
        assert (float(value), float(wanted)) == (row[0, place], pytest.approx(expected[place], rel=1e-5))
        assert mark == ("high" if row[0, place] > expected[place] else "low")
    for flags, named in ((["-o", "x.png"], "-o"), (["--image-shape", "2,2"], "--image-shape")):
        status, _, err = run(*words, *flags)
        assert status == 2
        assert err.endswith(f"is a detector, which gives no picture of a row; leave {named} out.\n")


def test_the_network_of_a_detector_of_ones_own(run, iris, tmp_path):
    """A detector around an estimator with settings of its own, made in Python."""
    from diabolo import Autoencoder, AutoencoderDetector, save

    network = Autoencoder(1, hidden_layer_sizes=(3,), max_epochs=1, scale="standard")
    save(AutoencoderDetector(network, n_members=2, random_state=0).fit(iris.rows), tmp_path / "m.diabolo")
    status, out, _ = run("inspect", tmp_path / "m.diabolo")
    assert status == 0
    assert "networks      2 Autoencoder, codes of 1, 1 numbers\n" in out
    assert "held out      none\np-values      cross-conformal\n" in out
    assert "--kind     Autoencoder(" in out
    record = json.loads(run("inspect", tmp_path / "m.diabolo", "--json")[1])
    assert "max_epochs=1" in record["settings"]["autoencoder"]
    assert record["labeled"] is None


def test_more_columns_than_fit_the_page(run, tmp_path):
    np.save(tmp_path / "t.npy", np.random.default_rng(0).normal(size=(40, 20)))
    run("detect", "fit", tmp_path / "t.npy", "-o", tmp_path / "m.diabolo", "-q")
    out = run("inspect", tmp_path / "m.diabolo", tmp_path / "t.npy", "--row", "3")[1]
    assert out.endswith("and 5 columns that add less; --json prints all\n")
