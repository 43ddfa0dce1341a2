"""The row that is pinned: its code, and what the page's decoder makes of it."""

import numpy as np
import pytest

import diabolo


@pytest.mark.parametrize(
    "model",
    [
        diabolo.Autoencoder(2, max_epochs=2, random_state=0),
        diabolo.Autoencoder(5, max_epochs=2, random_state=0),
        diabolo.ConvolutionalAutoencoder(3, image_shape=(8, 8), filters=(4, 2), max_epochs=1, random_state=0),
    ],
    ids=["two", "five", "convolutional"],
)
def test_the_decoder_begins_with_the_code_of_the_pinned_row(visit, digits, tmp_path, model):
    rows, labels = (each[:200] for each in digits)
    model.fit(rows)
    diabolo.report(model, rows, labels, path=tmp_path / "page.html")
    page = visit.report(tmp_path / "page.html")
    page.evaluate("diabolo.change('pinned', { pinned: 7 })")
    code = page.evaluate("[...diabolo.codeOf(7)]")
    expected = model.transform(rows[7:8])[0]
    np.testing.assert_allclose(code, expected, atol=1e-3 * np.abs(expected).max())
    shown = [float(each.input_value()) for each in page.locator("#decoder input[type=range]").all()]
    np.testing.assert_allclose(shown, code, rtol=1e-5)
    rebuilt = page.evaluate("[...diabolo.rowOf(7).rebuilt]")
    np.testing.assert_allclose(rebuilt, model.inverse_transform(np.array([code], np.float32))[0], atol=1e-4)
