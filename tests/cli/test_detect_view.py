"""``diabolo inspect`` of a detector."""

import json

import pytest


def test_inspect(run, iris):
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


def test_inspect_one_row(run, iris):
    words = ["inspect", iris.model, iris.table, *iris.typed, "--row", "100"]
    status, out, _ = run(*words)
    assert status == 0
    assert out.startswith('Row 100, species virginica, id r100, "x"\n')
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
    assert "held out      none: no p-values\n" in out
    assert "--kind     Autoencoder(" in out
    record = json.loads(run("inspect", tmp_path / "m.diabolo", "--json")[1])
    assert "max_epochs=1" in record["settings"]["autoencoder"]
    assert record["labeled"] is None


def test_more_columns_than_fit_the_page(run, tmp_path):
    import numpy as np

    np.save(tmp_path / "t.npy", np.random.default_rng(0).normal(size=(40, 20)))
    run("detect", "fit", tmp_path / "t.npy", "-o", tmp_path / "m.diabolo", "-q")
    out = run("inspect", tmp_path / "m.diabolo", tmp_path / "t.npy", "--row", "3")[1]
    assert out.endswith("and 5 columns that add less; --json prints all\n")
