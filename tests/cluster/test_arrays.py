"""Arrays on their way from process to process."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from diabolo.cluster.arrays import packed, unpacked

DTYPES = st.sampled_from([np.float32, np.float64, np.int64, np.uint8, np.bool_, "U3"])


@given(st.dictionaries(st.text(max_size=5), hnp.arrays(DTYPES, hnp.array_shapes(min_dims=0, min_side=0))))
def test_what_was_packed_comes_out_the_same(arrays):
    found = unpacked(packed(arrays))
    assert list(found) == list(arrays)
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def test_objects_which_would_be_pickled_are_refused():
    with pytest.raises(ValueError, match="Object arrays cannot be saved"):
        packed({"a": np.array([object()])})
