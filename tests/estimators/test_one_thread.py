"""Linear algebra on one thread: for how long, and that fits are the same whatever the threads were."""

import contextlib
import threading

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from diabolo import Autoencoder
from diabolo.estimators._one_thread import on_one_thread

RANDOM = np.random.default_rng(7)


def n_threads():
    return {each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"}


def test_threads_are_put_back_whatever_happens():
    with threadpool_limits(2, "blas"):
        with on_one_thread():
            with on_one_thread():
                assert n_threads() == {1}
            assert n_threads() == {1}
        assert n_threads() == {2}
        with pytest.raises(ZeroDivisionError), on_one_thread():
            1 / 0  # noqa: B018
        assert n_threads() == {2}


def test_another_thread_leaves_the_number_as_it_is():
    found = []

    def look():
        with on_one_thread():
            found.append(n_threads())

    with threadpool_limits(2, "blas"):
        for within in (False, True):
            with on_one_thread() if within else contextlib.nullcontext():
                other = threading.Thread(target=look)
                other.start()
                other.join()
        assert n_threads() == {2}
    assert found == [{2}, {1}]


@pytest.mark.parametrize("guided", [False, True])
def test_a_fit_is_the_same_with_any_number_of_threads_of_blas(guided):
    """Of so many columns two threads find other eigenvectors in their last bits; the first line shows it."""
    rows = RANDOM.normal(size=(300, 400)).astype(np.float32)
    y = rows[:, 0] + RANDOM.normal(size=300)
    products = rows.T.astype(float) @ rows
    with threadpool_limits(2, "blas"):
        two = np.linalg.eigh(products)[1]
    with threadpool_limits(1, "blas"):
        one = np.linalg.eigh(products)[1]
    if (one == two).all():
        pytest.skip("this machine's library finds the same with any number of threads")
    codes = []
    for number in (1, 2):
        with threadpool_limits(number, "blas"):
            model = Autoencoder(4, max_epochs=1, random_state=0, supervision_weight=0.5 * guided)
            codes.append(model.fit(rows, y if guided else None).transform(rows))
    np.testing.assert_array_equal(*codes)
