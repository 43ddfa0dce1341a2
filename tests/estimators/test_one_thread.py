"""Linear algebra on one thread: for how long, and that fits are the same whatever the threads were."""

import threading

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from diabolo import Autoencoder
from diabolo.estimators._one_thread import on_one_thread

RANDOM = np.random.default_rng(7)


def n_threads():
    return {each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"}


def test_the_last_one_to_leave_puts_the_threads_back():
    inside, leave = threading.Event(), threading.Event()

    def stay():
        with on_one_thread():
            inside.set()
            leave.wait(20)

    with threadpool_limits(2, "blas"):
        other = threading.Thread(target=stay)
        other.start()
        inside.wait(20)
        with on_one_thread():
            assert n_threads() == {1}
        assert n_threads() == {1}
        leave.set()
        other.join()
        assert n_threads() == {2}
        with pytest.raises(ZeroDivisionError), on_one_thread():
            1 / 0  # noqa: B018
        assert n_threads() == {2}


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
