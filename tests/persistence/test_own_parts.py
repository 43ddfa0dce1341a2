"""Models with an encoder and a decoder of one's own: the file has numbers, the reader brings the code."""

import json
from dataclasses import dataclass, field
from typing import Any

import equinox
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import safetensors

import diabolo
from diabolo.cli import main
from diabolo.errors import ModelFileError

X = np.random.default_rng(0).uniform(size=(24, 6)).astype(np.float32)
QUICK = {"max_epochs": 2, "batch_size": 8, "random_state": 0}


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Encoder:
    """Shuffles the features and centers what it makes of them by a running mean."""

    weight: Any
    order: Any
    factor: Any
    slope: float = field(default=1.0, metadata={"static": True})

    def __call__(self, row, state, *, inference=False):
        sums = self.factor * jnp.tanh(self.slope * (row[self.order] @ self.weight))
        mean = state[0] if inference else jax.lax.pmean(sums, "batch")
        return sums - mean, (mean, state[1] + 1)


def encoder(key, shape, **settings):
    weight, order = jax.random.normal(key, shape), jax.random.permutation(key, shape[0])
    return Encoder(weight, order, jnp.array(2.0), **settings), (jnp.zeros(shape[1]), jnp.array(0))


def decoder(key, shape):
    return equinox.nn.Linear(*shape, key=key)


OWN = {"encoder": encoder, "decoder": decoder}
ENTRY = f"{__name__}.Encoder", "equinox.nn._linear.Linear"


@pytest.fixture(scope="module")
def fitted():
    return diabolo.Autoencoder(2, **OWN, supervision_weight=1.0, **QUICK).fit(X, X[:, 0])


@pytest.fixture
def saved(fitted, tmp_path):
    diabolo.save(fitted, tmp_path / "m.diabolo")
    return tmp_path / "m.diabolo"


def other_seed(key, shape):
    return encoder(jax.random.fold_in(key, 1), shape)


@pytest.mark.parametrize("first", [encoder, other_seed, encoder(jax.random.key(7), (6, 2))])
def test_what_was_saved_comes_back_whatever_numbers_are_brought(fitted, saved, first):
    loaded = diabolo.load(saved, encoder=first, decoder=decoder)
    assert np.array_equal(loaded.transform(X), fitted.transform(X))
    assert np.array_equal(loaded.reconstruct(X), fitted.reconstruct(X))
    assert np.array_equal(loaded.predict(X), fitted.predict(X))
    assert loaded.summary() == fitted.summary()
    assert loaded.n_parameters_ == fitted.n_parameters_
    assert loaded.get_params()["encoder"] is first
    assert loaded.network_.encoder.named_state()["[1]"].tolist() == [6.0]
    # It goes on, and can be fitted anew.
    assert loaded.partial_fit(X, X[:, 0]).network_.encoder.named_state()["[1]"].tolist() == [9.0]
    again = diabolo.load(saved, encoder=first, decoder=decoder)
    diabolo.save(again, saved)
    assert np.array_equal(diabolo.load(saved, **OWN).transform(X), fitted.transform(X))


def test_the_file_has_arrays_by_path_and_text_for_people(saved):
    with safetensors.safe_open(saved, framework="numpy") as file:
        names, record = set(file.keys()), json.loads(file.metadata()["diabolo"])
    assert {name for name in names if not name.startswith(("scaler", "target"))} == {
        "network.encoder.weight",
        "network.encoder.factor",
        "network.decoder.weight",
        "network.decoder.bias",
        "network.head.weight",
        "network.head.bias",
        "state.encoder[0]",
        "state.encoder[1]",
        "fixed.encoder.order",
        "probe.encoded",
        "probe.output",
    }
    assert record["parameters"]["encoder"] is None
    assert record["own_parts"] == dict(zip(("encoder", "decoder"), ENTRY, strict=True))


def test_without_the_code_it_says_what_to_pass(saved):
    both = " and ".join(ENTRY)
    sentence = (
        f"{saved} is not a model that can be loaded: it has an encoder and a decoder of your own ({both}), "
        "which are code, and a model file never holds code; pass the same: diabolo.load(path, encoder=..., "
        "decoder=...)."
    )
    with pytest.raises(ModelFileError) as caught:
        diabolo.load(saved)
    assert str(caught.value) == sentence
    with pytest.raises(ModelFileError) as caught:
        diabolo.load(saved, encoder=encoder)
    assert str(caught.value) == sentence.replace("loaded:", "loaded so:")


def test_the_command_line_says_that_python_opens_it(saved, tmp_path, capsys):
    np.save(tmp_path / "x.npy", X)
    for words in (["inspect", saved], ["encode", saved, tmp_path / "x.npy", "-o", tmp_path / "codes.npy"]):
        with pytest.raises(SystemExit) as caught:
            main([str(word) for word in words])
        assert caught.value.code == 1
        said = capsys.readouterr().err
        assert (
            "it opens in Python alone, by diabolo.load(path, encoder=..., decoder=...) with the same." in said
        )
        assert "Traceback" not in said


def test_a_model_of_diabolos_own_layers_takes_no_parts(tmp_path):
    diabolo.save(diabolo.Autoencoder(2, **QUICK).fit(X), tmp_path / "m")
    with pytest.raises(ModelFileError) as caught:
        diabolo.load(tmp_path / "m", **OWN)
    assert str(caught.value) == (
        f"{tmp_path / 'm'} is not a model that can be loaded so: its layers are Diabolo's own; leave "
        "encoder= and decoder= out."
    )


def deeper(key, shape):
    return equinox.nn.MLP(*shape, width_size=3, depth=1, key=key)


def steeper(key, shape):
    return encoder(key, shape, slope=3.0)


def of_float_order(key, shape):
    module, state = encoder(key, shape)
    return Encoder(module.weight, module.order.astype("int16"), module.factor), state


def of_longer_state(key, shape):
    module, (mean, count) = encoder(key, shape)
    return module, (mean, jnp.stack([count, count]))


def narrow(key, shape):
    return decoder(key, (shape[0], 5))


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        (
            {"decoder": deeper},
            "the decoder given is not like the one saved, equinox.nn._linear.Linear: the file has the "
            "trained array '.bias', it has none of that path.",
        ),
        (
            {"encoder": decoder},
            f"the encoder given is not like the one saved, {ENTRY[0]}: it has the trained array '.bias', the "
            "file has none of that path.",
        ),
        (
            {"encoder": of_float_order},
            f"the encoder given is not like the one saved, {ENTRY[0]}: its fixed array '.order' is int16 of "
            "shape (6,), the file's is int32 of shape (6,).",
        ),
        (
            {"encoder": of_longer_state},
            f"the encoder given is not like the one saved, {ENTRY[0]}: its state's array '[1]' is float32 "
            "of shape (2,), the file's is float32 of shape (1,).",
        ),
        (
            {"decoder": narrow},
            "Autoencoder: the decoder gives an array of shape (5,) for a code; expected (6,), the "
            "columns of X.",
        ),
        (
            {"encoder": steeper},
            "the encoder and the decoder given have arrays of the same shapes as those saved "
            f"({ENTRY[0]} and {ENTRY[1]}), but answer otherwise: an activation, a number or the order of "
            "layers is another.",
        ),
    ],
)
def test_code_that_does_not_fit(saved, parts, sentence):
    with pytest.raises(ModelFileError) as caught:
        diabolo.load(saved, **{**OWN, **parts})
    assert str(caught.value) == f"{saved} is not a model that can be loaded so: {sentence}"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda r, t: r.update(own_parts="os.system"), "the record's 'own_parts': expected where the code"),
        (
            lambda r, t: r.update(own_parts={"encoder": "a"}),
            "the record's 'own_parts': expected an encoder and a",
        ),
        (lambda r, t: r.pop("own_parts"), "its layers are Diabolo's own; leave encoder= and decoder= out"),
        (
            lambda r, t: t.update({"network.encoder.more": X}),
            "the file has the trained array '.more', it has none",
        ),
        (lambda r, t: t.update({"network.encoder2": X}), "the file has the trained array '2', it has none"),
        (
            lambda r, t: t.update({"more": X}),
            "the arrays: expected those of the network and the scaler alone",
        ),
        (
            lambda r, t: t.update({"network.encoder.weight": np.full((6, 2), np.nan, np.float32)}),
            "the array 'network.encoder.weight': expected finite numbers",
        ),
        (lambda r, t: t.pop("probe.output"), "the array 'probe.output': expected float32 of shape"),
        (lambda r, t: r["parameters"].update(encoder="os.system"), None),
    ],
)
def test_a_forged_file_is_refused_and_nothing_of_it_runs(saved, forge, change, sentence):
    forge(saved, change)
    if sentence is None:  # a name in the place of code is never looked at
        assert diabolo.load(saved, **OWN).encoder is encoder
        return
    with pytest.raises(ModelFileError, match=sentence):
        diabolo.load(saved, **OWN)


def test_a_name_from_a_file_is_shown_without_control_characters(saved, forge):
    forge(saved, lambda record, tensors: record["own_parts"].update(encoder="\x1b[2J" + "a" * 500))
    with pytest.raises(ModelFileError) as caught:
        diabolo.load(saved)
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 500


def test_images_and_variational_codes_come_back(tmp_path):
    def flat(weight, image):
        return image.reshape(-1) @ weight

    def unflat(weight, code):
        return (code @ weight).reshape(2, 3, 1)

    def first(key, shape):
        return jax.tree_util.Partial(flat, jax.random.normal(key, (6, 4)))

    def second(key, shape):
        return jax.tree_util.Partial(unflat, jax.random.normal(key, (2, 6)))

    images = X.reshape(-1, 2, 3)
    model = diabolo.ConvolutionalAutoencoder(encoder=first, decoder=second, bottleneck="gaussian", **QUICK)
    diabolo.save(model.fit(images), tmp_path / "m")
    loaded = diabolo.load(tmp_path / "m", encoder=first, decoder=second)
    assert np.array_equal(loaded.reconstruct(images), model.reconstruct(images))
    assert loaded.n_components_ == 2


def test_a_detector_of_parts_of_ones_own(tmp_path):
    detector = diabolo.AutoencoderDetector(diabolo.Autoencoder(2, **OWN, **QUICK), cv=2, random_state=0).fit(
        X
    )
    diabolo.save(detector, tmp_path / "m")
    with pytest.raises(ModelFileError, match=r"pass the same: diabolo\.load\(path, encoder=\.\.\., decoder="):
        diabolo.load(tmp_path / "m")
    loaded = diabolo.load(tmp_path / "m", **OWN)
    assert np.array_equal(loaded.score_samples(X), detector.score_samples(X))
    assert loaded.autoencoder.encoder is encoder
    diabolo.save(diabolo.AutoencoderDetector(cv=2).fit(X), tmp_path / "linear")
    with pytest.raises(ModelFileError, match="its layers are Diabolo's own"):
        diabolo.load(tmp_path / "linear", **OWN)
