import pytest

from diabolo.errors import ParameterError
from diabolo.plotting.image_shape import drawn_shape


@pytest.mark.parametrize(
    ("row_shape", "asked", "expected"),
    [
        ((64,), None, (8, 8, 1)),
        ((15,), None, None),
        ((9,), None, None),  # too few pixels
        ((4, 5), None, (4, 5, 1)),
        ((4, 5, 3), None, (4, 5, 3)),
        ((64,), False, None),
        ((64,), (4, 16), (4, 16, 1)),
        ((12,), (2, 2, 3), (2, 2, 3)),
    ],
)
def test_rows_are_images_by_their_shape_or_by_what_was_asked(row_shape, asked, expected):
    assert drawn_shape(row_shape, asked) == expected


@pytest.mark.parametrize(
    ("row_shape", "asked", "message"),
    [
        ((64,), (4, 4), r"image_shape=\(4, 4\) does not fit rows of shape \(64,\)"),
        ((4, 5), (5, 4), "does not fit"),
        ((4, 5, 2), None, "with 1 or 3 channels, got"),
    ],
)
def test_what_fits_no_image_is_refused(row_shape, asked, message):
    with pytest.raises(ParameterError, match=message):
        drawn_shape(row_shape, asked)
