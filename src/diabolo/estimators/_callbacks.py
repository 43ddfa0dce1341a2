"""Callbacks: what is told of every epoch of a fit, and may end it; scikit-learn's and plain functions.

As scikit-learn's callbacks see it, a fit is a tree: the fit, its trainings where it has several, epochs.
scikit-learn's room of callbacks is imported when the first of them is set, since that takes half a second.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import importlib.util
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from diabolo.cluster.team import current_team
from diabolo.errors import ParameterError
from diabolo.estimators._sklearn import BaseEstimator, available_if
from diabolo.estimators.epoch import Epoch
from diabolo.messages import setting
from diabolo.training.history import EpochReport, History, record
from diabolo.training.progress import Progress

if TYPE_CHECKING:
    from typing import Self

__all__ = ["CallbackMixin", "Following", "followed", "without_followers"]

# What scikit-learn's callbacks leave on an estimator, for the time of a fit or for good.
_TRACES = ("_skl_callbacks", "_skl_callbacks_to_teardown", "_callback_fit_ctx", "_parent_callback_ctx")

SoFar = Callable[[History], Any]
"""From a history to a copy of the estimator, fitted as it is now."""


@functools.cache
def _room() -> str | None:
    """Find scikit-learn's room of callbacks, which is there from its version 1.9 on; nothing is imported."""
    return None if importlib.util.find_spec("sklearn.callback") is None else "sklearn.callback"


def _has_room(estimator: Any) -> bool:
    if _room() is None:
        import sklearn

        raise AttributeError(
            f"{type(estimator).__name__} has no set_callbacks with scikit-learn {sklearn.__version__}, whose "
            f"callbacks came with 1.9; {type(estimator).__name__}(callbacks=[...]) takes plain functions."
        )
    return True


class CallbackMixin(BaseEstimator):
    """What scikit-learn's ``CallbackSupportMixin`` has, which is imported when callbacks are set.

    Meta-estimators ask for the method, not for the class. Functions of the parameter ``callbacks`` go to
    clones as these callbacks do: the same ones, not copies.
    """

    callbacks: Any

    @available_if(_has_room)
    def set_callbacks(self, *callbacks: Any) -> Self:
        """Set scikit-learn's own callbacks, such as its progress bar; with none given, there are none more.

        They are told of the fit, of each training in it and of each epoch; an epoch's hook that returns True
        ends the training that it is of. Needs scikit-learn 1.9.

        Parameters
        ----------
        *callbacks : callback instances
            Of ``sklearn.callback``, or of one's own that have its methods.

        Returns
        -------
        self

        Raises
        ------
        TypeError
            For anything else.
        """
        from sklearn.callback import CallbackSupportMixin

        CallbackSupportMixin.set_callbacks(self, *callbacks)
        return self

    def __sklearn_clone__(self) -> Self:
        if self.callbacks is None:
            return super().__sklearn_clone__()
        bare = copy.copy(self)
        bare.callbacks = None
        made = super(CallbackMixin, bare).__sklearn_clone__()
        made.callbacks = self.callbacks
        return made


def followed(method: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a method that trains: scikit-learn's callbacks are let go when it ends, however it ends."""

    @functools.wraps(method)
    def managed(estimator: Any, *positional: Any, **named: Any) -> Any:
        if not vars(estimator).get("_skl_callbacks"):
            return method(estimator, *positional, **named)
        from sklearn.callback import with_callbacks

        return with_callbacks(method)(estimator, *positional, **named)

    return managed


def without_followers(estimator: Any) -> Any:
    """Return a shallow copy of an estimator of whose fit nobody is told."""
    bare = copy.copy(estimator)
    bare.callbacks = None
    for name in _TRACES:
        vars(bare).pop(name, None)
    return bare


class Following:
    """Tells of a fit, or of a part of one: whoever follows it.

    Parameters
    ----------
    estimator : estimator
        Being fitted.
    name : str
        Of the fit, or the part.
    X, y : array-like, optional
        As they were given. Where there is no target, the rows are: an autoencoder is to rebuild them.
    sample_weight : array-like, optional
        As it was given.
    whole : Following, optional
        What it is a part of.
    number : int, optional
        Which part, where parts are worked on at once.

    Attributes
    ----------
    follows : bool
        Whether anyone does.
    """

    def __init__(
        self,
        estimator: Any,
        name: str,
        X: Any = None,
        y: Any = None,
        sample_weight: Any = None,
        *,
        whole: Following | None = None,
        number: int | None = None,
    ) -> None:
        self.estimator, self.name, self.whole, self.number = estimator, name, whole, number
        self.is_single, self._is_sequential = True, True
        self.task: Any = None
        self.follows: bool
        self._functions: tuple[Callable[[Epoch], Any], ...]
        self._hooked: bool
        self._given: dict[str, Any]
        if whole is not None:
            self.follows, self._functions = whole.follows, whole._functions
            self._hooked, self._given = whole._hooked, whole._given
            self._lock: threading.RLock = whole._lock
            return
        given = estimator.callbacks  # which is not looked at yet
        self._functions = tuple(given) if isinstance(given, (list, tuple)) else ()
        is_hooked = bool(vars(estimator).get("_skl_callbacks"))
        self._hooked = is_hooked and current_team().is_first
        self.follows = current_team().decided(lambda: bool(self._functions) or is_hooked)
        self._given = {"X": X, "y": X if y is None else y}
        if sample_weight is not None:
            self._given["metadata"] = {"sample_weight": sample_weight}
        self._lock = threading.RLock()

    def begin(self, n_trainings: int, max_epochs: int = 0, *, is_sequential: bool = True) -> None:
        """Say what it has: one training of so many epochs, none, or several.

        Parameters
        ----------
        n_trainings : int
            At the most.
        max_epochs : int, default 0
            Of the one, at the most.
        is_sequential : bool, default True
            Whether they come one after the other.
        """
        self.is_single, self._is_sequential = n_trainings == 1, is_sequential
        if not self._hooked or self.task is not None:
            return
        n_parts = max_epochs if self.is_single else n_trainings
        how = {"max_subtasks": n_parts, "sequential_subtasks": is_sequential or self.is_single}
        with self._lock:
            if self.whole is None:
                from sklearn.callback import CallbackSupportMixin

                self.task = CallbackSupportMixin._init_callback_context(
                    self.estimator, task_name=self.name, **how
                )
            else:
                self.task = self.whole.task.subcontext(self.name, self.number, **how)
            self._tell("call_on_fit_task_begin", self.task)

    def part(self, name: str, number: int = 0) -> Following:
        """Return one of several parts, of which nobody is told before it begins.

        Parameters
        ----------
        name : str
            Of it.
        number : int, default 0
            Which one, where they are worked on at once.
        """
        return Following(self.estimator, name, whole=self, number=None if self._is_sequential else number)

    def end(self, so_far: Callable[[], Any] | None = None) -> None:
        """Say that it is over.

        Parameters
        ----------
        so_far : callable, optional
            Makes a copy of the estimator, fitted.
        """
        if self.task is not None:
            with self._lock:
                self._tell("call_on_fit_task_end", self.task, so_far)

    @contextlib.contextmanager
    def training(
        self,
        progress: Progress,
        name: str,
        max_epochs: int,
        so_far: SoFar | None = None,
        number: int = 0,
    ) -> Iterator[Progress]:
        """Give whom to tell of the epochs of one training.

        Parameters
        ----------
        progress : Progress
            Who is told of them, too.
        name : str
            Of the training, where it is one of several.
        max_epochs : int
            At the most.
        so_far : callable, optional
            Makes, of a history, a copy of the estimator, fitted as it is.
        number : int, default 0
            Which one, where they are trained at once.

        Yields
        ------
        Progress
        """
        if not self.follows:
            yield progress
            return
        own = self if self.is_single else self.part(name, number)
        own.begin(1, max_epochs)
        told = _Told(progress, own, max_epochs, so_far)
        yield told
        if own is not self:
            own.end(told.fitted)

    @property
    def path(self) -> str:
        """Its name and those of what it is a part of, but the fit's where there is another."""
        if self.whole is None:
            return self.name
        return self.name if self.whole.whole is None else f"{self.whole.path}, {self.name}"

    def epoch_begins(self) -> Any:
        """Tell that an epoch begins, and return its task."""
        if not self._hooked:
            return None
        with self._lock:
            task = self.task.subcontext("epoch")
            self._tell("call_on_fit_task_begin", task)
        return task

    def epoch_ends(self, epoch: Epoch, task: Any) -> bool:
        """Tell of an epoch, and say whether anyone wants the training to end."""
        with self._lock:
            wanted = [_answer(self.estimator, function, epoch) for function in self._functions]
            if task is not None:
                so_far = None if epoch.made is None else epoch.fitted
                wanted.append(self._tell("call_on_fit_task_end", task, so_far))
        return any(wanted)

    def _tell(self, hook: str, task: Any, so_far: Callable[[], Any] | None = None) -> bool:
        attributes = None if so_far is None else lambda: _attributes(so_far())
        told = getattr(task, hook)(
            estimator=self.estimator, **self._given, reconstruction_attributes=attributes
        )
        return told is True


class _Told(Progress):
    """Tells of the epochs of one training."""

    follows = True

    def __init__(self, inner: Progress, own: Following, max_epochs: int, so_far: SoFar | None) -> None:
        self.inner, self.own, self.max_epochs = inner, own, max_epochs
        # Taking arrays together is the work of all processes of a cluster; one alone is told.
        self.so_far = so_far if current_team().n_processes == 1 else None
        self.history: History = {}
        self.is_begun, self.task = False, None

    def begins(self) -> None:
        if not self.is_begun:
            self.task = self.own.epoch_begins()
        self.is_begun = True

    def epoch(self, report: EpochReport) -> bool:
        is_over = self.inner.epoch(report)
        record(self.history, report)
        self.begins()
        task, self.task, self.is_begun = self.task, None, False
        epoch = Epoch(
            self.own.estimator,
            report.epoch,
            self.max_epochs,
            self.own.path,
            report.columns(),
            self.fitted,
        )
        return current_team().decided(lambda: self.own.epoch_ends(epoch, task)) or is_over

    @property
    def fitted(self) -> Callable[[], Any] | None:
        """Makes a copy of the estimator as it is, where it is one."""
        if (so_far := self.so_far) is None:
            return None
        n_done = len(self.history.get("loss", ()))
        return lambda: so_far({name: column[:n_done] for name, column in self.history.items()})

    def interrupted(self, interrupt: KeyboardInterrupt) -> None:
        self.inner.interrupted(interrupt)

    @property
    def interrupt(self) -> KeyboardInterrupt | None:
        return self.inner.interrupt


def _attributes(fitted: Any) -> Mapping[str, Any]:
    return {name: value for name, value in vars(fitted).items() if name != "callbacks"}


def _answer(estimator: Any, function: Callable[[Epoch], Any], epoch: Epoch) -> bool:
    """Call a function, whose answer is a truth value or nothing: another one was meant for something else."""
    answer = function(epoch)
    if answer is None:
        return False
    if isinstance(answer, bool) or type(answer).__name__ in ("bool", "bool_"):
        return bool(answer)
    name = getattr(function, "__name__", type(function).__name__)
    raise ParameterError(
        f"{type(estimator).__name__}: {name} of {setting('callbacks')} returned {answer!r}; expected True to "
        "end the training, or False or None to go on."
    )
