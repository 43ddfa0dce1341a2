# ruff: noqa: E501 - messages are shown whole
"""Cells that are no plain numbers: units, limits, marks between thousands."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diabolo import open as open_table
from diabolo.data.formats import csv as diabolo_csv
from diabolo.data.formats import csv_survey
from diabolo.data.sink import open_sink
from diabolo.errors import DataFileError, ParameterError, TextColumnsError


def put(folder, text, name="t.csv"):
    path = folder / name
    path.write_bytes(text.encode())
    return path


def error(path, kind=DataFileError, **options):
    with pytest.raises(kind) as caught:
        open_table(path, **options)
    assert type(caught.value) is kind
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(str(path), "FILE")


def notes(source, path):
    return [str(note).replace(str(path), "FILE") for note in source.notes if "the first line of" not in note]


# Units


@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize("step", [1, 2, 100])
@pytest.mark.parametrize("gap", ["", "NA", "-"])
def test_numbers_with_one_unit_a_column_are_read_without_it(tmp_path, monkeypatch, quote, step, gap):
    monkeypatch.setattr(diabolo_csv, "_BLOCK_CELLS", 3 * step)
    text = f"dose,share,n\n{quote}5.3 mg/L{quote},12 %,1\n{gap},3%,2\n0.5 mg/L,100 %,{gap}\n-1e3mg/L,0 %,4\n"
    path = put(tmp_path, text)
    source = open_table(path)
    np.testing.assert_array_equal(
        source[:], [[5.3, 12, 1], [np.nan, 3, 2], [0.5, 100, np.nan], [-1000, 0, 4]]
    )
    assert notes(source, path) == [
        "units beside the numbers of FILE were left out: 'dose' (mg/L), 'share' (%); to carry such a column along as text, say keep_columns=['dose']"
    ]
    assert source.place(3, 0) == "line 5, column 'dose' (number 0)"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,5 mg\n2,5\n3,\n", "FILE: column 'b' (number 1) has 'mg' beside 1 of its numbers (line 2: '5 mg'), nothing beside 1 of its numbers (line 3: '5'); give all numbers of a column one unit, or carry the column along with keep_columns=['b']."),
        ("a,b\n1,5 mg\n2,6 mg\n3,7 g\n", "FILE: column 'b' (number 1) has 'mg' beside 2 of its numbers (line 2: '5 mg'), 'g' beside 1 of its numbers (line 4: '7 g'); give all numbers of a column one unit, or carry the column along with keep_columns=['b']."),
        ("1,1A\n2,1B\n3,1C\n4,1D\n", "FILE: column 1 has 'A' beside 1 of its numbers (line 1: '1A'), 'B' beside 1 of its numbers (line 2: '1B'), 'C' beside 1 of its numbers (line 3: '1C'), and others beside 1; give all numbers of a column one unit, or carry the column along with keep_columns=[1]; if the first line holds names, say header=True."),
        ("a,b\n1 x,1 x\n2,2\n", "FILE: column 'a' (number 0) has 'x' beside 1 of its numbers (line 2: '1 x'), nothing beside 1 of its numbers (line 3: '2'), and so it is in column 'b' (number 1); give all numbers of a column one unit, or carry the columns along with keep_columns=['a', 'b']."),
        ("a,b,c\n1 x,1 x,1 x\n2,2,2\n", "FILE: column 'a' (number 0) has 'x' beside 1 of its numbers (line 2: '1 x'), nothing beside 1 of its numbers (line 3: '2'), and so it is in 2 more columns; give all numbers of a column one unit, or carry the columns along with keep_columns=['a', 'b', 'c']."),
    ],
)  # fmt: skip
def test_a_column_of_several_units_is_refused(tmp_path, text, said):
    assert error(put(tmp_path, text)) == said


def test_a_unit_that_comes_after_many_plain_numbers_is_met_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(diabolo_csv, "_BLOCK_CELLS", 20)
    path = put(tmp_path, "a,b\n" + "1,2\n" * 100 + "1,5 mg\n")
    assert error(path).startswith(
        "FILE: column 'b' (number 1) has nothing beside 100 of its numbers (line 2: '2'), "
    )


def test_text_is_told_before_anything_else(tmp_path):
    path = put(tmp_path, "a,b\n<5,5 mg\n7,8\n9,high\n")
    assert (
        error(path)
        == "FILE, line 4, column 'b' (number 1): 'high' is not a number; if it stands for a missing cell, say na_values=['high']."
    )
    assert "expected 2 cells" in error(put(tmp_path, "a,b\n1 mg,2\n3 mg\n"))


# Words and numbers for missing cells

GAPS = "id;a;b\nx;n.d.;1,5\ny;2;-99\nz;-99,0;N.D.\nw;999;OVER\nv;3;2\n"


@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize("words", [["n.d.", "over", -99], ("N.D.", "OVER", "-99,0"), {"n.d.", "over", "-99"}])
def test_what_stands_for_a_missing_cell_can_be_said(tmp_path, quote, words):
    path = put(tmp_path, GAPS.replace("1,5", f"{quote}1,5{quote}"))
    source = open_table(path, keep_columns=["id"], na_values=words)
    nan = np.nan
    np.testing.assert_array_equal(source[:], [[nan, 1.5], [2, nan], [nan, nan], [999, nan], [3, 2]])
    assert source.carried["id"].tolist() == list("xyzwv")


def test_all_words_for_missing_cells_are_named_at_once(tmp_path):
    path = put(tmp_path, GAPS)
    said = error(path, keep_columns=["id"])
    assert said == (
        "FILE, line 2, column 'a' (number 1): 'n.d.' is not a number, nor are 'N.D.', 'OVER'; if they stand for "
        "missing cells, say na_values=['n.d.', 'N.D.', 'OVER']."
    )
    assert open_table(path, keep_columns=["id"], na_values=["n.d.", "N.D.", "OVER"])[1].tolist() == [2, -99]
    # A word may stand in most cells; a number gone wrong is no word.
    most = "a,b\n" + "1,not detected\n" * 20 + "".join(f"2,{number}\n" for number in range(10))
    assert error(put(tmp_path, most)).endswith("say na_values=['not detected'].")
    assert error(put(tmp_path, "a,b\n1,2\n3,1.2.3.4\n5,6\n")).endswith(
        "'1.2.3.4' is not a number; correct it, or carry the column along with keep_columns=['b']."
    )


@pytest.mark.parametrize(
    ("wrong", "better"), [("n.d.", "['n.d.']"), (-99, "[-99]"), ([None], "['n.d.', -99]")]
)
def test_what_stands_for_a_missing_cell_is_a_list(tmp_path, wrong, better):
    assert error(put(tmp_path, GAPS), ParameterError, na_values=wrong) == (
        f"na_values is a list of what stands for a missing cell, such as na_values={better}; got {wrong!r}."
    )


# Amounts as books have them


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["$1,234.50", "($0.50)", "-$7", "$-8", "$ 9"], [1234.5, -0.5, -7, -8, 9]),
        (["(123)", "5", "(1,000)", "-2", "+3"], [-123, 5, -1000, -2, 3]),
        (["12.5-", "3", "1,200.5-", "4", "-5"], [-12.5, 3, -1200.5, 4, -5]),
        (["EUR 5", "EUR 6.5", "EUR -1", "(EUR 2)", "EUR 1,000"], [5, 6.5, -1, -2, 1000]),
        (["5 €", "(2 €)", "-3€", "€4", "1,500 €"], [5, -2, -3, 4, 1500]),
    ],
)
def test_amounts_of_books_are_numbers(tmp_path, cells, numbers):
    path = put(tmp_path, "a,b\n" + "".join(f'{at},"{cell}"\n' for at, cell in enumerate(cells)))
    assert open_table(path)[:, 1].tolist() == numbers


def test_it_is_said_that_brackets_are_a_sign(tmp_path):
    path = put(tmp_path, "a;b\n1;(1.139,80)\n2;5-\n")
    source = open_table(path)
    assert source[:].tolist() == [[1, -1139.8], [2, -5]]
    assert notes(source, path)[-1] == (
        "brackets around a number, or a minus behind it, were taken for its sign in FILE, so '(1.139,80)' in line 2 is -1139.8; to carry such a column along as text, say keep_columns=['b']"
    )


@pytest.mark.parametrize(
    "cells",
    [
        *(["27MAR1975", "02MAR1975"], ["1 Mai", "2 Mai"], ["12h30", "13h30"], ["1Q2023", "2Q2023"]),
        *(["1.5D03", "2.5D03"], ["(-5)", "(-6)"], ["(<5)", "(<6)"], ["3. Dez. 24", "4. Dez. 24"]),
        *(["1 March 2024", "2 March 2024"], ["(5", "(6"], ["-5-", "-6-"], ["$5 €", "$6 €"]),
    ],
)
def test_dates_and_the_like_are_no_numbers_with_units(tmp_path, cells):
    path = put(tmp_path, "a,b\n" + "".join(f"{at},{cell}\n" for at, cell in enumerate(cells)))
    assert f"text in the column 'b' (line 2: {cells[0]!r})" in error(path, TextColumnsError)


# Limits

LIMITS = "crp;tsh;n\n<0,5;>100;1\n7,25;3;2\n≤ 0,25;>= 50;3\n"


@pytest.mark.parametrize(
    ("below", "low"),
    [("half", [0.25, 0.125]), ("limit", [0.5, 0.25]), ("zero", [0, 0]), ("missing", [np.nan] * 2)],
)
@pytest.mark.parametrize(("above", "high"), [("limit", [100, 50]), ("missing", [np.nan] * 2)])
def test_limits_count_as_what_was_said(tmp_path, below, low, above, high):
    path = put(tmp_path, LIMITS)
    source = open_table(path, below_limit=below, above_limit=above)
    expected = [[low[0], high[0], 1], [7.25, 3, 2], [low[1], high[1], 3]]
    np.testing.assert_array_equal(source[:], expected)
    counted = {
        "half": "as half of their limit",
        "limit": "as their limit",
        "zero": "as 0",
        "missing": "as missing",
    }
    assert notes(source, path)[-2:] == [
        f"2 cells of FILE below a limit, such as '<0,5' in line 2, count {counted[below]}",
        f"2 cells of FILE above a limit, such as '>100' in line 2, count {counted[above]}",
    ]


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        (LIMITS, {}, "FILE has limits in the place of numbers: 'crp' (2 cells, such as '<0,5' in line 2), 'tsh' (2 cells, such as '>100' in line 2); say what they count as with below_limit='half' above_limit='limit' (below_limit may be half, limit, zero or missing; above_limit may be limit or missing)."),
        (LIMITS, {"below_limit": "zero"}, "FILE has limits in the place of numbers: 'tsh' (2 cells, such as '>100' in line 2); say what they count as with above_limit='limit' (above_limit may be limit or missing)."),
        ("1,<2 mg\n3,4 mg\n", {}, "FILE has limits in the place of numbers: column 1 (1 cell, such as '<2 mg' in line 1); say what they count as with below_limit='half' (below_limit may be half, limit, zero or missing); if the first line holds names, say header=True."),
        (",".join("abcdefg") + "\n" + ",".join(["<1"] * 7) + "\n", {}, "FILE has limits in the place of numbers: 'a' (1 cell, such as '<1' in line 2), 'b' (1 cell, such as '<1' in line 2), 'c' (1 cell, such as '<1' in line 2), 'd' (1 cell, such as '<1' in line 2), 'e' (1 cell, such as '<1' in line 2) and 2 more; say what they count as with below_limit='half' (below_limit may be half, limit, zero or missing)."),
    ],
)  # fmt: skip
def test_limits_are_refused_in_one_sentence_until_it_is_said_what_they_count_as(
    tmp_path, text, options, said
):
    assert error(put(tmp_path, text), **options) == said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"below_limit": "halve"}, "below_limit='halve' is not possible; expected 'half', 'limit', 'zero' or 'missing'. Did you mean 'half'?"),
        ({"above_limit": "half"}, "above_limit='half' is not possible; expected 'limit' or 'missing'."),
        ({"below_limit": 0.5}, "below_limit=0.5 is not possible; expected 'half', 'limit', 'zero' or 'missing'."),
    ],
)  # fmt: skip
def test_what_a_limit_cannot_count_as(tmp_path, options, said):
    assert error(put(tmp_path, "1,2\n"), ParameterError, **options) == said


def test_half_of_a_limit_below_zero_is_not_below_it(tmp_path):
    path = put(tmp_path, "a,b\n1,2\n<-5,3\n")
    assert open_table(path, below_limit="limit")[1, 0] == -5
    assert error(path, below_limit="half") == (
        "FILE, line 3, column 'a' (number 0): half of the limit in '<-5' lies above it; say below_limit='limit'."
    )


# Together


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_one_table_in_several_dialects_is_one_table(tmp_path, encoding):
    plain = put(tmp_path, "dose,share,n\n1139.8,5,1\n0.25,12,2\n", "plain.csv")
    german = tmp_path / "german.csv"
    german.write_text("# Größe\ndose;share;n\n1.139,80 µg;5 %;1\n<0,5 µg;12 %;2\n", encoding=encoding)
    swiss = tmp_path / "swiss.tsv"
    swiss.write_text("dose\tshare\tn\n1'139.80\t5%\t1\n< 0.5\t12%\t2\n", encoding=encoding)
    for path in (german, swiss):
        source = open_table(path, below_limit="half", encoding=encoding)
        np.testing.assert_array_equal(source[:], open_table(plain)[:])
        assert source.feature_names == ("dose", "share", "n")
    if encoding == "utf-8":
        joined = open_table([german, swiss, plain], below_limit="half")
        np.testing.assert_array_equal(joined[:], np.tile(open_table(plain)[:], (3, 1)))
        assert joined.place(1, 0) == f"line 4, column 'dose' (number 0) in {german}"


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.floats(-1e9, 1e9), st.integers(-(10**7), 10**7)), min_size=2, max_size=6),
    st.sampled_from([(".", ","), (",", "."), (",", " "), (".", "'")]),
    st.sampled_from(["", " mg/L", "%"]),
    st.sampled_from([1, 2, 1000]),
)
def test_what_is_written_in_a_notation_that_was_said_is_read(tmp_path_factory, rows, notation, unit, batch):
    """Python's own format groups by commas; the marks are exchanged for others."""
    decimal, thousands = notation
    marks = str.maketrans({",": thousands, ".": decimal})
    lines = [f"{f'{a:,.2f}'.translate(marks)}{unit};{f'{b:,}'.translate(marks)}" for a, b in rows]
    path = put(tmp_path_factory.mktemp("csv"), "a;b\n" + "\n".join(lines))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_survey, "_BATCH", batch)
        source = open_table(path, decimal=decimal, thousands=thousands, header=True)
    np.testing.assert_array_equal(source[:], [[float(f"{a:.2f}"), b] for a, b in rows])


def test_columns_that_are_carried_keep_their_bytes(tmp_path):
    cells = ["5 mg", "<0,5", "1.234", "12 %", "", " 7 ", "1'000", "-"]
    rows = [f"{n},5;{cell};<{n}\n" for n, cell in enumerate(cells)]
    path = put(tmp_path, "x;kept;crp\n" + "".join(rows))
    source = open_table(path, keep_columns=["kept"], below_limit="limit")
    np.testing.assert_array_equal(source[:], [[n + 0.5, n] for n in range(len(cells))])
    kept = source.written_as.get("kept", source.carried["kept"])
    assert kept.tolist() == cells
    assert not any("kept" in note for note in source.notes)
    out = tmp_path / "out.csv"
    with open_sink(out, *source.shape, carried={"kept": kept}) as sink:
        sink.write(0, source[:])
    assert open_table(out, keep_columns=["kept"]).carried["kept"].tolist() == cells
    numbers = open_table(
        put(tmp_path, "x;kept\n0,5;1.500\n1 g;<2\n".replace("1 g", "1,5")), keep_columns=["kept"]
    )
    assert numbers.carried["kept"].tolist() == ["1.500", "<2"]


def test_a_mark_that_the_first_rows_do_not_show(tmp_path):
    path = put(tmp_path, "a;b\n" + "1;2\n" * 100 + "0,5;2\n")
    source = open_table(path)
    assert source[100].tolist() == [0.5, 2]
    assert notes(source, path) == [
        "commas in FILE were taken to stand before decimals, and ';' between cells; if that is wrong, say decimal='.'"
    ]
    assert "'0,5' is not a number" in error(path, decimal=".")
    assert "'1,234' is not a number; say thousands=','" in error(
        put(tmp_path, "a;b\n" + "1;2\n" * 100 + "1,234;2\n")
    )


def test_a_file_that_changes_while_it_is_read(tmp_path, monkeypatch):
    path = put(tmp_path, "a,b\n1 mg,2\n3 mg,4\n")
    usual = diabolo_csv.surveyed

    def then_changed(layout):
        found = usual(layout)
        path.write_text("a,b\n1 mg,2\n3 g,4\n")
        return found

    monkeypatch.setattr(diabolo_csv, "surveyed", then_changed)
    assert (
        error(path)
        == "FILE, line 3, column 'a' (number 0): '3 g' is not a number; it has 'g' beside its number."
    )


def test_commas_before_decimals_may_stand_in_quotes_between_commas(tmp_path):
    path = put(tmp_path, 'id,a,b\np,"1,5","2"\nq,"1.139,25",3\nr,4,5\n')
    source = open_table(path, keep_columns=["id"])
    assert source[:].tolist() == [[1.5, 2], [1139.25, 3], [4, 5]]
    assert (
        "commas in FILE were taken to stand before decimals" in notes(source, path)[0]
        or "'.' in" in notes(source, path)[0]
    )
    # As before they are thousands where nothing shows more.
    assert open_table(put(tmp_path, 'a,b\n"1,234",2\n3,4\n'))[:].tolist() == [[1234, 2], [3, 4]]
    mixed = error(put(tmp_path, 'a,b\n"1,5",2.5\n3,4\n'))
    assert mixed == "FILE, line 2, column 'a' (number 0): '1,5' is not a number; write decimals with a point."


def test_another_table_below_is_refused_with_what_to_do(tmp_path):
    path = put(tmp_path, "a,b\n1,2\n3,4\n\nx,y\n7,8\n9,1\n")
    assert error(path) == (
        "FILE, line 5: text stands in all columns of numbers, as over another table; keep one table in a file, or if this one ends above, say skip_footer=3."
    )
    assert open_table(path, skip_footer=3)[:].tolist() == [[1, 2], [3, 4]]


# TRUE and FALSE, and ="5"

TRUTHS = "TRUE and FALSE in {} of FILE are read as 1 and 0; to carry such a column along as text, say keep_columns=['{}']"


@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize("step", [1, 2, 100])
def test_true_and_false_are_read_as_one_and_zero(tmp_path, monkeypatch, quote, step):
    monkeypatch.setattr(diabolo_csv, "_BLOCK_CELLS", 4 * step)
    path = put(
        tmp_path,
        f"a,flag,low,kind\n1,TRUE,true,x\n2,{quote}FALSE{quote},NA,y\n3,, False ,x\n4,FALSE,true,x\n",
    )
    source = open_table(path, keep_columns=["kind"])
    np.testing.assert_array_equal(source[:], [[1, 1, 1], [2, 0, np.nan], [3, np.nan, 0], [4, 0, 1]])
    assert notes(source, path) == [TRUTHS.format("'flag', 'low'", "flag")]
    kept = open_table(path, keep_columns=["kind", "flag", "low"])
    assert kept.carried["flag"].tolist() == ["TRUE", "FALSE", "", "FALSE"]
    assert notes(kept, path) == []


@pytest.mark.parametrize("cell", ["TRUE", "5 mg"])
def test_rows_of_nan_alone_say_nothing_of_a_column(tmp_path, monkeypatch, cell):
    monkeypatch.setattr(csv_survey, "_BATCH", 2)
    path = put(tmp_path, f"a,x\n1,{cell}\n2,{cell}\n3,nan\n4,nan\n")
    value = 1 if cell == "TRUE" else 5
    np.testing.assert_array_equal(open_table(path)[:, 1], [value, value, np.nan, np.nan])


def test_a_table_of_true_and_false_alone_has_a_header(tmp_path):
    path = put(tmp_path, "a,b\n" + "TRUE,FALSE\nFALSE,TRUE\n" * 3)
    source = open_table(path)
    assert (source.feature_names, source[:2].tolist()) == (("a", "b"), [[1, 0], [0, 1]])
    path = put(tmp_path, "TRUE,FALSE\nFALSE,TRUE\n" * 3, "bare.csv")
    assert (open_table(path).feature_names, open_table(path).shape) == (None, (6, 2))


@pytest.mark.parametrize("text", ["TRUE,1\n3,2\n4,8\n", "5,1\nFALSE,2\n", "TRUE,1\n0,2\n1,2\n4,8\n"])
def test_true_among_numbers_is_none(tmp_path, text):
    word = "TRUE" if "TRUE" in text else "FALSE"
    said = error(put(tmp_path, "a,b\n" + text))
    assert said.startswith("FILE, line ")
    assert said.endswith(
        f"column 'a' (number 0): '{word}' is not a number; correct it, or carry the column along with keep_columns=['a']."
    )


def test_columns_of_text_are_named_without_those_of_true_and_false(tmp_path):
    path = put(tmp_path, "x,flag,ok,sex\n" + "1,TRUE,yes,F\n2,FALSE,no,M\n3,TRUE,No,M\n")
    with pytest.raises(TextColumnsError) as caught:
        open_table(path)
    assert caught.value.columns == ("ok", "sex")
    assert caught.value.few == ("ok",)  # by its words; of so few rows nothing is said of others
    path = put(tmp_path, "x,flag\n" + "1,TRUE\n2,FALSE\n3,maybe\n")
    with pytest.raises(TextColumnsError) as caught:
        open_table(path)
    assert caught.value.columns == ("flag",)


@pytest.mark.parametrize("form", ['="{}"', '"=""{}"""'])
def test_what_keeps_a_spreadsheet_from_changing_a_number_is_left_out(tmp_path, form):
    cells = [form.format(cell) for cell in ("5", "", "-0.25", "12 mg")]
    path = put(tmp_path, f"a,x\n1,{cells[0]}\n2,{cells[1]}\n3,{cells[2]}\n")
    source = open_table(path)
    np.testing.assert_array_equal(source[:], [[1, 5], [2, np.nan], [3, -0.25]])
    assert notes(source, path) == [
        "cells such as =\"5\" in line 2 of FILE, which a spreadsheet shows as text, were read as numbers; to carry such a column along as text, say keep_columns=['x']"
    ]
    path = put(tmp_path, f"a,x\n1,{cells[3]}\n2,{cells[3]}\n")
    assert open_table(path)[:].tolist() == [[1, 12], [2, 12]]


def test_codes_that_a_spreadsheet_keeps_are_text(tmp_path):
    path = put(tmp_path, 'a,zip\n1,="00123"\n2,="01234"\n')
    with pytest.raises(TextColumnsError) as caught:
        open_table(path)
    assert caught.value.columns == ("zip",)
    assert "'zip' (line 2: '=\"00123\"')" in str(caught.value)
    assert open_table(path, keep_columns=["zip"]).carried["zip"].tolist() == ['="00123"', '="01234"']
