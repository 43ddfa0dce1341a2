"""What tells one fit from another, and the words in which that is said."""

import pytest

from diabolo import Autoencoder
from diabolo.data.fingerprint import difference, settings_of


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"a_1": [1]}, "a_1 was [1] there and is None now"),
        ({"a\nb": 1}, r"'a\nb' was 1 there and is None now"),
        ({"\ud800": 1}, r"'\ud800' was 1 there and is None now"),
        ({"x" * 5000: 1}, "'" + "x" * 56 + "... was 1 there and is None now"),
        ({"a": "y" * 5000}, "a was '" + "y" * 56 + "... there and is None now"),
    ],
)
def test_a_difference_is_one_short_sentence_whatever_a_file_says(found, said):
    assert difference(found, {}) == said


def test_long_lists_are_told_apart_in_few_letters():
    names = [f"column-{n}" for n in range(2000)]
    first, again, other = (
        settings_of(Autoencoder(categories=each))["categories"] for each in (names, list(names), names[::-1])
    )
    assert first == again != other
    assert len(first) == 16
    assert settings_of(Autoencoder(categories=names[:2]))["categories"] == names[:2]
