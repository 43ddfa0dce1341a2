"""What is said of codes that are written as numbers."""

import pytest

from diabolo import open as open_table


def notes(path, **options):
    return [str(note).replace(str(path), "FILE") for note in open_table(path, **options).notes]


@pytest.mark.parametrize(
    ("cells", "is_code"),
    [
        (["01234", "80331", ""], True),
        (["80331", "NA", "00000"], True),
        (["007", "008", "009"], True),
        # Hours and months, numbers of several lengths, decimals, zeros.
        (["01", "02", "12"], False),
        (["0123", "4", "5"], False),
        (["0.123", "0.5", "00123"], False),
        (["0", "0", "0"], False),
        (["123", "456", "789"], False),
    ],
)
def test_codes_that_begin_with_0(tmp_path, cells, is_code):
    path = tmp_path / "t.csv"
    path.write_text("a,zip\n" + "".join(f"{n},{cell}\n" for n, cell in enumerate(cells)))
    line, cell = next(((line, each) for line, each in enumerate(cells, 2) if each.startswith("0")), (0, ""))
    said = (
        f"numbers in 'zip' of FILE begin with 0, such as '{cell}' in line {line}, as codes do; to carry it "
        "along as text, say keep_columns=['zip']"
    )
    assert notes(path)[1:] == [said] * is_code
    assert notes(path, keep_columns=["zip"])[1:] == []
    assert notes(path, drop_columns=["zip"])[1:] == []
    assert notes(path, columns=["zip"])[1:] == []


def test_several_and_those_without_names(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("1,0123,007\n2,4567,123\n")
    assert notes(path)[1] == (
        "numbers in 1, 2 of FILE begin with 0, such as '0123' in line 1, as codes do; to carry them along as "
        "text, say keep_columns=[1, 2]"
    )
