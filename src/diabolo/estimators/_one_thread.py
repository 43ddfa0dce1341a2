"""Linear algebra on one thread, so that its last bits are the same wherever it is worked out.

With how many threads a library of BLAS multiplies or finds eigenvectors decides in which order it adds up,
and so the last bits. Workers of Dask, Ray and joblib have one thread each, and the process that a user types
in has one for each processor.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

__all__ = ["on_one_thread", "small_on_one_thread"]

Given = ParamSpec("Given")
Result = TypeVar("Result")

# A second or two of one processor; more is worth all of them.
_SMALL = 2**36


@functools.cache
def _controller() -> ThreadpoolController:
    import numpy  # noqa: F401 - whose library is looked for
    import scipy.linalg  # noqa: F401
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")


@contextmanager
def on_one_thread() -> Iterator[None]:
    """Have linear algebra be worked out on one thread, for all threads of the process, until this one leaves.

    Only the main thread can say so: OpenBLAS takes no number from another once the main one has given one.
    Elsewhere this does nothing; a worker of Dask, whose tasks are such threads, was started with one.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    with _controller().limit(limits=1):
        yield


def small_on_one_thread(solve: Callable[Given, Result]) -> Callable[Given, Result]:
    """Have a function of a TablePart or TurnedRows solve small ones on one thread, and large ones on all.

    Parameters
    ----------
    solve : callable
        Its first argument is the rows.

    Returns
    -------
    callable
    """

    @functools.wraps(solve)
    def solved(*given: Given.args, **named: Given.kwargs) -> Result:
        part: Any = getattr(given[0], "features", given[0])
        n_rows, n_features = len(part.chosen), part.table.rows.n_features
        if min(n_rows, n_features) * n_rows * n_features > _SMALL:
            return solve(*given, **named)
        with on_one_thread():
            return solve(*given, **named)

    return solved
