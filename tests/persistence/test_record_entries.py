import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import diabolo
from diabolo.data.hold_out import HoldOut
from diabolo.errors import ModelFileError
from diabolo.persistence.record_entries import hold_out_from_record, hold_out_record

amounts = (
    st.integers(1, 10**6)
    | st.floats(0, 1, exclude_min=True, exclude_max=True)
    | st.lists(st.integers(0, 10**6), min_size=1).map(tuple)
)


@given(amounts, st.none() | st.text(), st.booleans(), st.integers(0, 2**32 - 1))
def test_what_is_written_is_read(amount, groups, shuffle, seed):
    held = HoldOut(amount, groups, shuffle, seed)
    assert hold_out_from_record(json.loads(json.dumps(hold_out_record(held)))) == held


def test_nothing_is_nothing():
    assert hold_out_record(None) is None
    assert hold_out_from_record(None) is None


GOOD = {"amount": 3, "groups": None, "shuffle": True, "seed": 0}


@pytest.mark.parametrize(
    "change",
    [
        *(
            {"amount": amount}
            for amount in (0, -1, -0.5, True, None, "3", [], [0.5], [-1], [True], ["1"], {})
        ),
        *({"amount": amount} for amount in (1.0, 1.5, float("inf"), float("nan"))),
        *({"groups": groups} for groups in (3, True, ["a"])),
        *({"shuffle": shuffle} for shuffle in (None, 1, "yes")),
        *({"seed": seed} for seed in (-1, None, 1.0, "0", True)),
        {"more": 1},
    ],
    ids=str,
)
def test_a_strangers_entry_is_refused(change):
    assert hold_out_from_record(GOOD) == HoldOut(3)
    with pytest.raises(
        ModelFileError, match=r"^the record's 'hold_out': expected how rows were held out, or n"
    ):
        hold_out_from_record({**GOOD, **change})


@pytest.mark.parametrize("entry", [3, "3", [], {}, True, {"amount": 3}])
def test_what_is_no_entry_is_refused(entry):
    with pytest.raises(ModelFileError, match="expected how rows were held out, or nothing, found"):
        hold_out_from_record(entry)


@pytest.fixture(scope="module")
def fitted():
    return diabolo.Autoencoder(1, hidden_layer_sizes=(), max_epochs=1).fit(np.eye(5))


def test_a_model_remembers_how_rows_were_held_out(fitted, tmp_path, forge):
    path = tmp_path / "m.diabolo"
    fitted.hold_out_ = HoldOut((4, 2), "person", False, 7)
    diabolo.save(fitted, path)
    assert diabolo.load(path).hold_out_ == fitted.hold_out_
    forge(path, lambda record, _: record["hold_out"].update(seed=-1))
    with pytest.raises(ModelFileError, match="'hold_out'"):
        diabolo.load(path)
    del fitted.hold_out_
    diabolo.save(fitted, path)
    assert not hasattr(diabolo.load(path), "hold_out_")
