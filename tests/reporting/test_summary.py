import json

import equinox
import numpy as np
import pandas
import pytest
from sklearn.pipeline import make_pipeline
from tests.reporting.conftest import unpacked, worked_out

import diabolo
from diabolo import Autoencoder, AutoencoderDetector, ConvolutionalAutoencoder
from diabolo.errors import InputError, InputTypeError, ParameterError
from diabolo.estimators._sklearn import NotFittedError
from diabolo.reporting.page import render

RANDOM = np.random.default_rng(0)
QUICK = {"max_epochs": 1, "random_state": 0}
HOSTILE = [
    "</script><script>alert(1)</script>",
    "\u202e\u2066 right to left",
    "'\"&<!--",
    "\u2028",
    " ",
    "a",
    "b",
]


def own_part(key, widths):
    return equinox.nn.Linear(*widths, key=key)


def summary_of(*arguments, **named):
    return diabolo.report(*arguments, **named).summary


def note_keys(summary):
    return [key for key, _ in summary["notes"]]


def shape_of(value):
    """Describe what a summary is made of, for what the page takes for granted."""
    if isinstance(value, dict):
        return {name: shape_of(each) for name, each in value.items()}
    return value.dtype.str[1:] if isinstance(value, np.ndarray) else type(value).__name__


def test_digits_and_a_code_of_two(digits):
    X, y = digits[0][:200], digits[1][:200]
    model = Autoencoder(2, **QUICK).fit(X)
    found = summary_of(model, X, y, label_name="digit", model_name="m.diabolo", data_name="digits")
    assert (found["title"], found["kind"], found["notes"]) == ("Autoencoder: digits", "image", [])
    assert found["data"] == {"name": "digits", "n_rows": 200, "n_points": 200}
    assert found["points"]["row"].tolist() == list(range(200))
    assert found["points"]["pairs"] == [{"kind": "code", "x": 0, "y": 1}]
    label, error = found["points"]["columns"]
    assert [label["names"][place] for place in label["values"]] == [str(each) for each in y]
    np.testing.assert_allclose(error["values"], model.reconstruction_error(X), rtol=1e-4)
    details = found["details"]
    assert details["shape"] == [8, 8, 1]
    assert details["rebuilt"] is None
    made = worked_out(found["decoder"], details["code"])
    np.testing.assert_allclose(made, model.inverse_transform(model.transform(X)), atol=1e-4)
    codes = model.transform(X)
    np.testing.assert_allclose(found["decoder"]["ranges"]["low"], codes.min(axis=0))
    np.testing.assert_allclose(found["decoder"]["ranges"]["high"], codes.max(axis=0))
    assert found["errors"]["mean"] == pytest.approx(-model.score(X), rel=1e-4)
    assert found["errors"]["linear"] < found["errors"]["constant"]
    order = np.argsort(model.reconstruction_error(X), kind="stable")
    assert found["extremes"]["worst"] == order[::-1][:12].tolist()
    assert found["extremes"]["best"] == order[:12].tolist()
    assert (
        abs(np.median(model.reconstruction_error(X)) - error["values"][found["extremes"]["median"][6]]) < 1e-3
    )
    assert found["detector"] is found["comparison"] is found["sweep"] is found["screening"] is None
    assert found["training"]["n_epochs"] == 1


def test_every_kind_of_model_has_the_same_entries(table, autoencoder, detector):
    model = shape_of(summary_of(autoencoder, table))
    other = shape_of(summary_of(detector, table))
    assert set(model) == set(other)
    for name in ("model", "data", "points", "features", "extremes", "errors", "details"):
        assert set(model[name]) == set(other[name]), name
    assert other["detector"] == {
        "scores": "f8", "threshold": "float", "how": "str", "truth": "NoneType", "command": "list",
    }  # fmt: skip


def test_a_detector_keeps_what_all_its_networks_give_back():
    table = RANDOM.normal(size=(90, 9)) @ RANDOM.normal(size=(9, 15)) + RANDOM.normal(size=(90, 15))
    detector = AutoencoderDetector(random_state=0).fit(table)
    assert len(detector.members_) > 1
    labels = np.where(np.arange(90) < 80, "ok", "bad")
    found = summary_of(detector, table, labels, normal_label="ok")
    np.testing.assert_array_equal(found["detector"]["scores"], detector.anomaly_score(table))
    assert found["detector"]["truth"].tolist() == [0] * 80 + [1] * 10
    assert [each["role"] for each in found["points"]["columns"]] == ["label", "score", "error"]
    assert found["notes"] == [["decoder_of_largest", {"of": len(detector.members_)}]]
    step = np.asarray(found["details"]["rebuilt"]["step"])
    np.testing.assert_allclose(
        unpacked(found["details"]["rebuilt"]), detector.reconstruct(table), atol=float(step.max())
    )
    assert found["details"]["reasons"]["which"].shape == (90, 8)


def test_labels_that_say_nothing_of_what_is_normal_only_color(table, detector):
    found = summary_of(detector, table, ["a", "b", "c"] * 30)
    assert found["detector"]["truth"] is None
    assert found["points"]["columns"][0]["names"] == ["a", "b", "c"]


def test_a_guided_code_brings_its_prediction(table):
    y = np.where(table[:, 0] > 5, "high", "low")
    model = Autoencoder(2, supervision_weight=1.0, **QUICK).fit(table, y)
    found = summary_of(model, table)
    column = found["points"]["columns"][-1]
    assert column["role"] == "prediction"
    assert [column["names"][place] for place in column["values"]] == model.predict(table).tolist()


def test_rows_with_categories(table):
    frame = pandas.DataFrame(table, columns=list("abcdefg"))
    frame.insert(2, "colour", np.where(table[:, 0] > 5, "red", "blue"))
    model = Autoencoder(2, categories=["colour"], **QUICK).fit(frame)
    found = summary_of(model, frame.assign(label=["x", "y"] * 45), "label")
    assert note_keys(found) == ["decoder_categories"]
    details = found["details"]
    assert details["names"] == list("abcdefg")
    assert details["index"] == [0, 1, 3, 4, 5, 6, 7]
    step = max(details["values"]["step"])
    np.testing.assert_allclose(unpacked(details["values"]), table, atol=step)
    made = model.reconstruct(frame)
    numbers = made.drop(columns="colour").to_numpy()
    np.testing.assert_allclose(unpacked(details["rebuilt"]), numbers, atol=max(details["rebuilt"]["step"]))
    [category] = details["categories"]
    for name, expected in (("values", frame["colour"]), ("rebuilt", made["colour"])):
        assert [category["names"][place] for place in category[name]] == expected.tolist()
    assert (found["errors"]["linear"], found["errors"]["constant"]) == (None, None)


def test_a_table_of_categories_alone():
    frame = pandas.DataFrame({"a": ["x", "y"] * 10, "b": ["u", "u", "v", "v"] * 5})
    model = Autoencoder(1, categories=["a", "b"], **QUICK).fit(frame)
    found = summary_of(model, frame)
    assert found["details"]["values"]["values"].shape == (20, 0)
    assert len(found["details"]["categories"]) == 2


def test_windows_are_series(table):
    windows = diabolo.sliding_windows(RANDOM.normal(size=(60, 2)), 12)
    found = summary_of(AutoencoderDetector(random_state=0).fit(windows), windows)
    assert (found["kind"], found["details"]["shape"]) == ("series", [12, 2])


def test_where_the_page_cannot_decode_what_is_made_is_kept():
    X = RANDOM.random((20, 64)).astype(np.float32)
    model = Autoencoder(2, encoder=own_part, decoder=own_part, **QUICK).fit(X)
    found = summary_of(model, X, image_shape=(8, 8))
    assert note_keys(found) == ["decoder_own_network"]
    assert found["decoder"] is None
    np.testing.assert_allclose(unpacked(found["details"]["rebuilt"]), model.reconstruct(X), atol=1 / 100)


def test_a_convolutional_decoder_makes_the_pictures_of_the_page():
    X = RANDOM.random((20, 8, 8)).astype(np.float32)
    model = ConvolutionalAutoencoder(2, filters=(2,), **QUICK).fit(X)
    found = summary_of(model, X)
    assert found["notes"] == []
    assert found["details"]["rebuilt"] is None
    made = worked_out(found["decoder"], found["details"]["code"])
    np.testing.assert_allclose(made, model.reconstruct(X).reshape(20, -1), atol=1e-4)


def test_of_many_rows_some_are_drawn_and_all_measured(table, autoencoder):
    found = summary_of(autoencoder, table, max_points=20, random_state=1)
    rows = found["points"]["row"]
    assert (np.diff(rows) > 0).all()
    assert len(rows) == 20
    assert found["notes"][0] == ["points_sampled", {"n": 20, "of": 90}]
    assert found["data"] == {"name": None, "n_rows": 90, "n_points": 20}
    assert found["errors"]["mean"] == pytest.approx(-autoencoder.score(table), rel=1e-4)
    np.testing.assert_allclose(
        found["points"]["columns"][0]["values"], autoencoder.reconstruction_error(table)[rows], rtol=1e-4
    )
    assert (summary_of(autoencoder, table, max_points=20, random_state=2)["points"]["row"] != rows).any()
    np.testing.assert_allclose(unpacked(found["details"]["values"]), table[rows], atol=1e-3)


def test_a_wide_table_keeps_what_varies_most_and_tells_what_is_rebuilt_worst():
    X = (RANDOM.normal(size=(30, 2_400)) * np.linspace(1, 2, 2_400)).astype(np.float32)
    model = Autoencoder(2, hidden_layer_sizes=(4,), scale="center", **QUICK).fit(X)
    found = summary_of(model, X)
    details = found["details"]
    kept = np.argsort(-X.var(axis=0, dtype=float), kind="stable")[:2000]
    assert details["index"] == sorted(kept.tolist()) == found["features"]["index"]
    assert found["features"]["n_features"] == 2400
    assert ["features_kept", {"n": 2000, "of": 2400}] in found["notes"]
    assert found["decoder"]["layers"][-1]["weight"].shape == (4, 2000)
    squares = (X - model.reconstruct(X)) ** 2
    reasons = details["reasons"]
    worst = [reasons["feature"][place] for place in reasons["which"][:, 0]]
    assert worst == [f"x{place}" for place in squares.argmax(axis=1)]
    assert 0 < found["errors"]["linear"] < found["errors"]["constant"]


def test_odd_tables_make_pages(small_page, autoencoder, table):
    with_gaps = table.copy()
    with_gaps[:5], with_gaps[:, 2] = np.nan, 1.0
    model = Autoencoder(2, missing="mask", scale="center", **QUICK).fit(with_gaps)
    flat = np.ones((10, 7), np.float32)
    columns = {"nothing": [None] * 90, "gaps": [np.nan, *range(89)]}
    made = [
        diabolo.report(model, with_gaps, columns=columns),
        diabolo.report(autoencoder, table[:1]),
        diabolo.report(autoencoder, flat),
        diabolo.report(model, np.full((3, 7), np.nan)),
    ]
    for each in made:
        text = render(each.summary, small_page)
        assert text.count("<script") == text.count("</script>")
    assert made[0].summary["points"]["columns"][-1]["kind"] == "numbers"
    assert made[1].summary["errors"]["linear"] is None
    errors = made[3].summary["points"]["columns"][0]["values"]
    assert np.isnan(errors).all()
    assert made[3].summary["extremes"] == {"best": [], "median": [], "worst": []}


def test_a_hostile_table_stays_text(small_page):
    frame = pandas.DataFrame(RANDOM.normal(size=(20, 7)), columns=HOSTILE)
    model = Autoencoder(2, **QUICK).fit(frame)
    labels = (HOSTILE * 3)[:20]
    found = summary_of(
        model, frame, labels, label_name=HOSTILE[0], columns={HOSTILE[1]: labels}, title=HOSTILE[0],
        model_name=HOSTILE[0], data_name=HOSTILE[2],
    )  # fmt: skip
    text = render(found, small_page)
    assert "alert(1)</script>" not in text
    assert text.count("<script") == text.count("</script>")
    assert "\u2028" not in text
    plain = json.loads(text.split('id="summary">')[1].split("</script>")[0])
    assert plain["details"]["names"] == HOSTILE
    assert plain["points"]["columns"][0]["name"] == HOSTILE[0]


def test_a_page_is_as_large_as_it_may_be(monkeypatch, small_page):
    from diabolo.reporting import summary as summary_module

    monkeypatch.setattr(summary_module, "allowed_bytes", lambda n: 150_000)
    monkeypatch.setattr(summary_module, "PAGE_CODE", 10_000)
    X = RANDOM.random((600, 784)).astype(np.float32)
    found = summary_of(ConvolutionalAutoencoder(2, filters=(2,), **QUICK).fit(X.reshape(-1, 28, 28)), X)
    size = len(render(found, small_page))
    assert 95_000 < size < 150_000
    assert "pixels_pooled" in note_keys(found)
    assert found["decoder"]["layers"][-1]["kind"] == "means"
    assert len(found["points"]["row"]) == 600
    held = set(found["details"]["point"].tolist())
    assert all(set(each) <= held for each in found["extremes"].values())


def test_what_is_no_model_and_what_is_not_fitted(table, autoencoder):
    with pytest.raises(
        InputTypeError, match=r"report shows one of Diabolo's own .* got a Pipeline. Of a pipeline"
    ):
        summary_of(make_pipeline(autoencoder), table)
    with pytest.raises(InputTypeError, match="got the class Autoencoder"):
        summary_of(Autoencoder, table)
    with pytest.raises(NotFittedError, match="Autoencoder instance is not fitted"):
        summary_of(Autoencoder(2), table)
    with pytest.raises(InputError, match="0 sample"):
        summary_of(autoencoder, table[:0])
    with pytest.raises(ParameterError, match=r"components=\(0, 9\)"):
        summary_of(autoencoder, table, components=(0, 9))


def test_a_table_on_disk_and_one_in_memory_are_one_page(table, autoencoder, tmp_path, small_page):
    np.save(tmp_path / "rows.npy", table)
    from_file = summary_of(autoencoder, tmp_path / "rows.npy")
    in_memory = summary_of(autoencoder, table, data_name="rows.npy")
    assert render(from_file, small_page) == render(in_memory, small_page)
