"""What a notebook shows of an estimator, read as a browser reads it."""

import math
import re
from html.parser import HTMLParser

import numpy as np
import pytest
import sklearn
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from diabolo import (
    Autoencoder,
    AutoencoderDetector,
    ConvolutionalAutoencoder,
    DenoisingAutoencoder,
    SparseAutoencoder,
    VariationalAutoencoder,
    load,
    save,
)
from diabolo.evaluation import compare_with_linear

EVERY = (
    Autoencoder,
    AutoencoderDetector,
    ConvolutionalAutoencoder,
    DenoisingAutoencoder,
    SparseAutoencoder,
    VariationalAutoencoder,
)
VOID = {"path", "br"}


class Reader(HTMLParser):
    """Holds opening tags against closing ones, and keeps words and attributes."""

    def __init__(self, markup):
        super().__init__()
        self.open, self.tags, self.words = [], [], []
        self.feed(markup)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if data.strip():
            self.words.append(data.strip())

    def value(self, name):
        """Give what stands beside a name."""
        return self.words[self.words.index(name) + 1]


def read(estimator):
    return Reader(estimator._repr_html_())


@pytest.fixture
def fitted(rows):
    return Autoencoder(
        2, hidden_layer_sizes=(4,), max_epochs=3, validation_fraction=0.2, random_state=0, verbose=0
    ).fit(rows)


@pytest.mark.parametrize("kind", EVERY)
def test_one_that_is_not_fitted_says_so_and_names_its_parameters(kind):
    shown = read(kind(random_state=3))
    assert shown.words[:2] == [kind.__name__, ", not fitted: fit(X) trains it on rows."]
    assert shown.value("random_state") == "3"
    assert shown.words[-1] == f"{len(kind().get_params(deep=False)) - 1} parameters at their defaults"
    assert read(kind()).words[-1] == f"all {len(kind().get_params(deep=False))} parameters at their defaults"


def test_layers_stand_as_trapezoids_as_wide_as_the_logarithms(fitted):
    shown = read(fitted)
    texts = [word for word in shown.words if " → " in word]
    assert texts == [
        ", fitted to 6 features: 6 → 4 → 2 → 4 → 6",
        "encoder 1: 6 → 4, relu",
        "code: 4 → 2, linear",
        "decoder 1: 2 → 4, relu",
        "output: 4 → 6, linear",
    ]
    paths = [attributes["d"] for tag, attributes in shown.tags if tag == "path"]
    # M x y h width L x y h -width: half the widths of the two sides, of the layers but the code, then of it.
    sides = [
        [int(number) / 2 for number in re.findall(r"h-?(\d+)", path.replace("h-", "h"))] for path in paths
    ]
    half = {
        width: 5 + round(55 * math.log(width + 1) / math.log(7)) for width in (6, 4, 2)
    }  # from 5 to 60 pixels
    assert sides == [[half[6], half[4], half[2], half[4], half[4], half[6]], [half[4], half[2]]]


def test_the_drawing_has_a_text_for_who_does_not_see_it(fitted):
    (drawing,) = [attributes for tag, attributes in read(fitted).tags if tag == "svg"]
    assert drawing["role"] == "img"
    assert drawing["aria-label"] == "The layers from input to output: 6 → 4 → 2 → 4 → 6"


def test_figures_are_those_of_the_best_epoch(fitted):
    shown, best = read(fitted), fitted.best_epoch_
    assert shown.value("trained numbers") == f"{fitted.n_parameters_:,}"
    assert shown.value("loss").startswith(f"{fitted.history_['loss'][best - 1]:.6g}")
    assert shown.value("held-out loss").startswith(f"{fitted.history_['validation_loss'][best - 1]:.6g}")
    fitted.best_epoch_ = 2
    shown = read(fitted)
    assert shown.value("epochs") == "3, the best 2"
    assert shown.value("loss") == f"{fitted.history_['loss'][1]:.6g} in the best epoch"
    fitted.best_epoch_ = 0
    shown = read(fitted)
    assert shown.value("epochs") == "3, none better than the start, which is kept"
    assert "loss" not in shown.words


def test_parameters_that_were_set_are_named_and_the_others_counted(fitted):
    shown = read(fitted)
    assert shown.value("hidden_layer_sizes") == "(4,)"
    assert shown.value("validation_fraction") == "0.2"
    assert "learning_rate" not in shown.words
    n_set = 4 + (Autoencoder().verbose != 0)  # the code is as wide as by default
    assert shown.words[-1] == f"{len(fitted.get_params(deep=False)) - n_set} parameters at their defaults"


def test_a_parameter_that_was_set_after_the_fit_says_what_was_fitted(fitted):
    assert read(fitted.set_params(n_components=3)).value("n_components") == (
        "3 from the next fit; fitted with 2"
    )


def test_the_head_of_a_guided_network_stands_beside_the_way(rows):
    model = Autoencoder(2, hidden_layer_sizes=(4,), supervision_weight=1.0, max_epochs=1, random_state=0)
    shown = read(model.fit(rows, rows[:, 0]))
    assert shown.words[1] == ", fitted to 6 features: 6 → 4 → 2 → 4 → 6"
    assert shown.value("guided by") == "the target of 60 rows"


def test_widths_of_images_are_theirs():
    images = np.random.default_rng(0).random((8, 4, 4)).astype(np.float32)
    model = ConvolutionalAutoencoder(filters=(2,), max_epochs=1, random_state=0).fit(images)
    shapes = model.network_.layer_shapes()
    assert shapes[0].inputs == "4x4x1"
    assert [shape.n_inputs for shape in shapes[:1]] + [shapes[-1].n_outputs] == [16, 16]
    assert "4x4x1" in read(model).words[1]


def test_a_long_network_names_its_ends_and_its_code_alone(rows):
    model = Autoencoder(
        2, hidden_layer_sizes=(6,) * 14, initializer="glorot_uniform", max_epochs=1, random_state=0
    )
    shown = read(model.fit(rows))
    named = [word.partition(":")[0] for word in shown.words if ", relu" in word or ", linear" in word]
    assert named == ["encoder 1", "code", "output"]
    assert "6 → 6 → 6 → 6 → 6 → 6 → ... → 6" in shown.words[1]


def test_a_comparison_ends_with_its_verdict(fitted, rows):
    found = compare_with_linear(fitted, rows, n_splits=1)
    shown = read(fitted)
    assert shown.value("rows compared") == "12 held out of 60"
    assert [word for word in shown.words if word in found.sentences] == list(found.sentences)


def test_a_detector_says_its_members_its_line_and_what_it_flags(rows):
    detector = AutoencoderDetector(random_state=0).fit(rows)
    shown = read(detector)
    widths = [len(member.components) for member in detector.members_]
    assert shown.words[:2] == ["AutoencoderDetector", ", fitted to 6 features"]
    assert shown.value("networks").startswith(f"{len(widths)} LinearAutoencoder, code")
    assert all(str(width) in shown.value("networks") for width in widths)
    assert shown.value("normal rows") == "60"
    assert shown.value("threshold") == f"{detector.threshold_:.6g}, Quantile(q=0.95)"
    assert (
        shown.value("flagged")
        == f"{np.mean(detector.training_scores_ > detector.threshold_):.1%} of the normal rows"
    )
    detector.set_threshold(float(np.median(detector.training_scores_)))
    assert read(detector).value("threshold").endswith(", set as a number")
    assert read(detector).value("flagged") == "50.0% of the normal rows"


def test_a_detector_of_labels_and_of_trained_networks_counts_them(rows):
    y = np.ones(60)
    y[:5] = -1
    detector = AutoencoderDetector(Autoencoder(2, max_epochs=1), n_members=2, random_state=0).fit(rows, y)
    shown = read(detector)
    assert shown.value("labeled") == "60 rows, 5 anomalies"
    assert shown.value("networks").startswith("2 Autoencoder, codes of 2 numbers")


def test_what_is_shown_is_the_same_of_a_file(fitted, tmp_path):
    save(fitted, tmp_path / "model.diabolo")
    assert load(tmp_path / "model.diabolo")._repr_html_() == fitted._repr_html_()


class Hostile:
    def __repr__(self):
        return "<script>alert(1)</script>\"'&amp;"


def test_text_is_text(fitted):
    fitted.set_params(device=Hostile())
    markup = fitted._repr_html_()
    assert "<script" not in markup
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#x27;&amp;amp;" in markup
    named = type('A<b onclick="x">', (Autoencoder,), {})(random_state=0)
    assert read(named).words[0] == 'A<b onclick="x">'


def test_it_stays_short_whatever_is_set(rows):
    table = Autoencoder.PARAMETERS
    model = Autoencoder(**dict.fromkeys(table, "x" * 1000))
    shown = read(model)
    assert len(model._repr_html_().encode()) < 6000
    assert shown.value("n_components") == "'" + "x" * 56 + "..."
    assert shown.words[-1] == f"{len(table) - 16} more parameters are set, 0 parameters at their defaults"


def test_nothing_in_it_clashes_or_runs(fitted):
    twice = Reader(fitted._repr_html_() * 2)
    names = {tag for tag, _ in twice.tags}
    assert names == {"div", "b", "svg", "path", "text", "span"}
    assert not any("id" in attributes or "class" in attributes for _, attributes in twice.tags)
    # Colors are the notebook's own, but for one.
    assert {attributes["fill"] for _, attributes in twice.tags if "fill" in attributes} == {
        "currentColor",
        "#3b82c4",
    }


def contrast(one, other):
    """Give the contrast of two colors, as WCAG 2.2 defines it."""

    def luminance(color):
        shares = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares]
        return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("paper", ["#ffffff", "#111111"])
def test_the_code_is_seen_on_light_and_on_dark(fitted, paper):
    (accent,) = {a["fill"] for _, a in read(fitted).tags if a.get("fill", "").startswith("#")}
    assert contrast(accent, paper) >= 3


@pytest.mark.parametrize("kind", EVERY)
def test_scikit_learn_decides_whether_there_is_a_picture(kind):
    estimator = kind()
    assert estimator._repr_mimebundle_()["text/html"] == estimator._repr_html_()
    with sklearn.config_context(display="text"):
        assert not hasattr(estimator, "_repr_html_")
        assert estimator._repr_mimebundle_() == {"text/plain": repr(estimator)}


def test_what_holds_an_estimator_is_drawn_by_scikit_learn():
    pipeline = make_pipeline(MinMaxScaler(), Autoencoder(3))
    for holder in (pipeline, GridSearchCV(Autoencoder(3), {"n_components": [2]})):
        markup = holder._repr_html_()
        assert "sk-top-container" in markup
        assert "Autoencoder" in markup
        assert "not fitted: fit(X)" not in markup
