# ruff: noqa: E501 - error messages are shown whole, one a line
"""Cells of a text table that are no numbers: columns of text are named all at once."""

import pickle

import pytest

from diabolo import open as open_table
from diabolo.data.formats.csv_fault import fault
from diabolo.errors import DataFileError, TextColumnsError
from diabolo.messages import Message


def said(tmp_path, text, **options):
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(DataFileError) as caught:
        open_table(path, **options)
    return str(caught.value).replace(str(path), "FILE"), caught.value


AND = "and features are numbers: carry"


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("a,b\n1,x\n2,y\n", {}, f"FILE has text in the column 'b' (line 2: 'x'), {AND} it along with keep_columns=['b'], or leave it unread with drop_columns=['b']."),
        ("id,a,my kind,b\np1,1,x,2\np2,3,y,4\n", {}, f"FILE has text in 2 columns, 'id' (line 2: 'p1') and 'my kind' (line 2: 'x'), {AND} them along with keep_columns=['id', 'my kind'], or leave them unread with drop_columns=['id', 'my kind']."),
        ("id,a,kind\np1,1,x\np2,3,y\n", {"keep_columns": ["id"]}, f"FILE has text in the column 'kind' (line 2: 'x'), {AND} it along with keep_columns=['kind'], or leave it unread with drop_columns=['kind']."),
        ("1,x\n2,y\n", {}, f"FILE has text in the column 1 (line 1: 'x'), {AND} it along with keep_columns=[1], or leave it unread with drop_columns=[1]; if line 1 holds the column names, say header=True."),
        # The text of a column may begin late, and a number may stand among it.
        ("a,note\n1,\n2,\n3,late\n4,7\n5,x\n6,y\n", {}, f"FILE has text in the column 'note' (line 4: 'late'), {AND} it along with keep_columns=['note'], or leave it unread with drop_columns=['note']."),
        ("a,b\nx,y\nx,y\n", {"header": True}, "FILE has no numbers, but text in 2 columns, 'a' (line 2: 'x') and 'b' (line 2: 'y'), and a table needs a column of numbers."),
        ("x,y\nx,y\n", {}, "FILE has no numbers, but text in 2 columns, 0 (line 1: 'x') and 1 (line 1: 'y'), and a table needs a column of numbers; if line 1 holds the column names, say header=True."),
        # Of ten rows two values are few, three are not; a number among them is one, a missing cell none.
        ("a,b,c,d\n" + "1,x,u,\n1,7,v,\n1,x,w,s\n" * 4 + "1,,u,s\n" * 2, {}, f"FILE has text in 3 columns, 'b' (line 2: 'x'), 'c' (line 2: 'u') and 'd' (line 4: 's'), {AND} them along with keep_columns=['b', 'c', 'd'], or leave them unread with drop_columns=['b', 'c', 'd']; 'b' holds few values, so it may be a category: categories=['b'], here and of the estimator."),
        ("b,c\n" + "x,u\ny,v\n" * 5, {"header": True}, "FILE has no numbers, but text in 2 columns, 'b' (line 2: 'x') and 'c' (line 2: 'u'), and a table needs a column of numbers; 'b' and 'c' hold few values, so they may be categories: categories=['b', 'c'], here and of the estimator."),
        ("b,c\nx,u\n", {"categories": ["b"]}, f"FILE has text in the column 'c' (line 2: 'u'), {AND} it along with keep_columns=['c'], or leave it unread with drop_columns=['c']."),
        # A cell of another kind is a slip, and no column of text.
        ("a,b\n1,2\n2,x\n3,4\n", {}, "FILE, line 3, column 'b' (number 1): 'x' is not a number; if it stands for a missing cell, say na_values=['x']."),
        ("a,b\n1,2\n3,4\n", {"header": False}, "FILE, line 1, column 0: 'a' is not a number; if this line holds the column names, say header=True."),
        ("a;b\n1;0,5\n2;1.5\n", {}, "FILE, line 2, column 'b' (number 1): '0,5' is not a number; write decimals with a point, or say decimal=','."),
        ("a,b,c\n1,x,y\n2,x,y\n", {"columns": ["a", "b"]}, "FILE has no numbers in 'b', which cannot be a feature; leave it out of columns."),
        ("a,b,c\n1,x,y\n2,x,y\n", {"columns": ["b"]}, "FILE has no numbers in 'b', which cannot be a feature; leave it out of columns."),
    ],
)  # fmt: skip
def test_what_is_said(tmp_path, text, options, message):
    assert said(tmp_path, text, **options)[0] == message


def test_seven_columns_are_all_in_the_cure(tmp_path):
    names = [f"n{number}" for number in range(7)]
    message, problem = said(tmp_path, ",".join([*names, "x"]) + "\n" + "a," * 7 + "1\n" + "b," * 7 + "2\n")
    assert "7 columns, 'n0' (line 2: 'a')" in message
    assert "'n4' (line 2: 'a') and 2 more, and" in message
    assert f"keep_columns={names!r}" in message
    assert problem.columns == tuple(names)
    kept = open_table(tmp_path / "t.csv", keep_columns=problem.columns)
    assert (kept.feature_names, list(kept.carried)) == (("x",), names)
    dropped = open_table(tmp_path / "t.csv", drop_columns=problem.columns)
    assert (dropped.feature_names, dropped.carried, dropped[:].tolist()) == (("x",), {}, [[1.0], [2.0]])


def test_the_error_keeps_its_columns_in_a_pickle():
    problem = TextColumnsError("text", ["a", 3], few=["a"], is_all=True)
    again = pickle.loads(pickle.dumps(problem))
    assert (again.columns, again.few, again.is_all) == (("a", 3), ("a",), True)
    again = pickle.loads(pickle.dumps(problem))
    assert (str(again), again.columns) == ("text", ("a", 3))


@pytest.mark.parametrize(
    ("cell", "delimiter", "said"),
    [
        ("x", ",", "'x' is not a number."),
        ("0,5", ";", "'0,5' is not a number; write decimals with a point, or say decimal=','."),
        ("0,5", ",", "'0,5' is not a number; write decimals with a point."),
        ("1,234", "\t", "'1,234' is not a number; say thousands=',' if ',' stands between its thousands, or say decimal=',' if before its decimals."),
        ("1.139,803", "\t", "'1.139,803' is not a number; it seems to have thousands separators: write it without, such as 1139.803."),
        ("5 mg", ",", "'5 mg' is not a number; it has 'mg' beside its number."),
        ("<5", ",", "'<5' is not a number; say what a limit counts as: below_limit='limit'."),
        ("1\t2", ",", "'1\\t2' is not a number; if '\\t' stands between the cells, say delimiter='\\t'."),
        ("1|2", ",", "'1|2' is not a number; if '|' stands between the cells, say delimiter='|'."),
        ("y" * 41, ",", "'" + "y" * 37 + "...' is not a number."),
        ("y" * 40, ",", "'" + "y" * 40 + "' is not a number."),
        ("a\nb", ",", "'a\\nb' is not a number."),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_cell_is_said_with_a_cure(cell, delimiter, said):
    assert Message(fault(cell, delimiter)) == said
