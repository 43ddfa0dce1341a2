import numpy as np
import pytest

from diabolo.reporting.point_columns import known_columns, number_column, point_column

ALL = np.arange(4)


def test_text_is_classes_and_what_is_missing_is_the_largest_value():
    found = point_column("kind", "label", ["b", None, "a", ""], ALL)
    assert (found["kind"], found["names"], found["values"].tolist()) == (
        "classes",
        ["a", "b"],
        [1, 255, 0, 255],
    )
    assert found["values"].dtype == np.uint8


def test_whole_numbers_of_few_values_are_classes_and_others_numbers():
    assert point_column("y", "label", [2.0, 2, 0, 1], ALL)["names"] == ["0", "1", "2"]
    found = point_column("y", "label", [0.5, np.nan, 2, 1], ALL)
    assert found["kind"] == "numbers"
    np.testing.assert_array_equal(found["values"], np.float32([0.5, np.nan, 2, 1]))


def test_only_the_drawn_rows_count():
    assert point_column("y", "label", ["a", "b", "c", "b"], np.array([1, 3]))["names"] == ["b"]


def test_many_classes_of_a_label_are_drawn_and_of_a_carried_column_shown():
    names = [f"n{i:03}" for i in range(300)]
    everywhere = np.arange(300)
    found = point_column("y", "label", names, everywhere, is_label=True)
    assert found["values"].dtype == np.uint16
    assert [found["names"][place] for place in found["values"]] == names
    assert point_column("id", "carried", [*names[:-1], None], everywhere)["values"][-2:] == ["n298", None]


def test_a_column_of_several_kinds_is_shown():
    found = point_column("odd", "carried", ["a", 1, None, b"c"], ALL)
    assert (found["kind"], found["values"][:3]) == ("text", ["a", "1", None])


def test_long_text_is_cut():
    assert len(point_column("y", "label", ["x" * 1000] * 4, ALL)["names"][0]) == 200


def test_numbers_beyond_float32_are_missing():
    assert np.isnan(number_column("y", "error", np.array([1e300, np.inf, 1.0]))["values"]).tolist() == [
        True,
        True,
        False,
    ]


def test_columns_that_have_no_room_are_named():
    columns = {"id": [f"{i:0>40}" for i in range(100)], "sex": ["m", "f"] * 50}
    found, left_out = known_columns(columns, np.arange(100), 1000)
    assert [each["name"] for each in found] == ["sex"]
    assert left_out == ["id"]
    assert known_columns(columns, np.arange(100), 1e6)[1] == []


@pytest.mark.parametrize("values", [[None] * 4, [np.nan] * 4, [""] * 4])
def test_a_column_of_nothing_is_a_column(values):
    found = point_column("empty", "carried", values, ALL)
    assert found["kind"] in ("classes", "numbers")
