import io
import re
import sys
from types import ModuleType, SimpleNamespace

import pytest

from diabolo.training import progress as progress_module
from diabolo.training.history import EpochReport
from diabolo.training.progress import make_progress


def tell(progress, epochs, validation=None):
    with progress as told:
        for epoch in epochs:
            told.epoch(EpochReport(epoch, 0.5 / epoch, 0.1, 1e-3, 0.25, 1000, validation, validation))


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def open_terminal(monkeypatch):
    """To be called in the test itself: pytest sets the streams anew between a fixture and its test."""

    def make():
        stream = Terminal()
        monkeypatch.setattr("sys.stderr", stream)
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("COLUMNS", "120")
        for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
            monkeypatch.delenv(name, raising=False)
        return stream

    return make


@pytest.mark.parametrize("verbose", [0, False])
def test_zero_shows_nothing(verbose, capsys):
    tell(make_progress(verbose, 3), (1, 2, 3))
    assert capsys.readouterr() == ("", "")


@pytest.fixture
def clock(monkeypatch):
    """Seconds that pass between one epoch and the next."""
    passed = SimpleNamespace(now=100.0, step=1.0)

    def monotonic():
        passed.now += passed.step
        return passed.now

    monkeypatch.setattr(progress_module.time, "monotonic", monotonic)
    return passed


def test_where_no_bar_can_be_drawn_a_line_comes_now_and_then(capsys, monkeypatch, clock):
    monkeypatch.setattr("sys.stderr.isatty", lambda: False)
    clock.step = 4.0
    tell(make_progress("bar", 9), range(1, 9))
    shown, errors = capsys.readouterr()
    assert shown == ""
    # 12 and 24 seconds after the first epoch, and the last one.
    assert [line.split()[1] for line in errors.splitlines()] == ["4/9", "7/9", "8/9"]
    assert errors.splitlines()[0] == "epoch 4/9  loss 0.125  4,000 rows/s"


def test_a_short_fit_has_no_such_lines(capsys, monkeypatch, clock):
    monkeypatch.setattr("sys.stderr.isatty", lambda: False)
    clock.step = 4.0
    tell(make_progress("bar", 3), (1, 2, 3))
    assert capsys.readouterr() == ("", "")


class Notebook:
    """What IPython has where a cell runs in a kernel; it keeps what is displayed."""

    def __init__(self, monkeypatch, **shell):
        self.pictures, self.n_displays = [], 0
        ipython, display = ModuleType("IPython"), ModuleType("IPython.display")
        ipython.get_ipython = lambda: SimpleNamespace(**shell)
        display.display = self.display
        monkeypatch.setitem(sys.modules, "IPython", ipython)
        monkeypatch.setitem(sys.modules, "IPython.display", display)

    def display(self, picture, *, raw, display_id):
        assert (raw, display_id) == (True, True)
        self.n_displays += 1
        self.pictures.append(picture)
        return SimpleNamespace(update=lambda picture, raw: self.pictures.append(picture))


def test_a_notebook_has_a_bar_below_the_cell(capsys, monkeypatch, clock):
    notebook = Notebook(monkeypatch, kernel=object())
    tell(make_progress("bar", 4), (1, 2), validation=0.125)
    assert notebook.n_displays == 1
    assert [each["text/plain"] for each in notebook.pictures] == [
        "epoch 0/4  compiling",
        "epoch 1/4  loss 0.5  validation 0.125  4,000 rows/s  0:03 left",
        "epoch 2/4  loss 0.25  validation 0.125  4,000 rows/s  0:03 left",
    ]
    assert '<progress value="2" max="4"' in notebook.pictures[-1]["text/html"]
    assert capsys.readouterr() == ("", "")


def test_it_is_not_drawn_for_every_short_epoch_but_for_the_last(monkeypatch, clock):
    notebook = Notebook(monkeypatch, kernel=object())
    clock.step = 0.01
    tell(make_progress("bar", 50), range(1, 51))
    assert len(notebook.pictures) < 12
    assert notebook.pictures[-1]["text/plain"].startswith("epoch 50/50")
    assert "left" not in notebook.pictures[-1]["text/plain"]


def test_an_ipython_of_a_terminal_is_no_notebook(open_terminal, monkeypatch):
    notebook = Notebook(monkeypatch)
    terminal = open_terminal()
    tell(make_progress("bar", 20), (1, 2))
    assert notebook.pictures == []
    assert "compiling" in terminal.getvalue()


def test_lines_come_every_few_epochs_and_for_the_first_and_the_last(capsys):
    tell(make_progress(4, 10), range(1, 11))
    shown, errors = capsys.readouterr()
    assert [line.split()[1] for line in shown.splitlines()] == ["1/10", "4/10", "8/10", "10/10"]
    assert errors == ""


def test_a_line_gives_losses_and_rows_per_second(capsys):
    tell(make_progress(1, 2), (1,))
    assert capsys.readouterr().out == "epoch 1/2  loss 0.5  4,000 rows/s\n"
    tell(make_progress(True, 2), (1,), validation=0.125)
    assert capsys.readouterr().out == "epoch 1/2  loss 0.5  validation 0.125  4,000 rows/s\n"


def test_an_epoch_too_short_to_time_does_not_divide_by_zero(capsys):
    make_progress(1, 1).epoch(EpochReport(1, 0.5, 0.1, 1e-3, 0.0, 1000))
    assert "loss 0.5" in capsys.readouterr().out


def test_the_bar_shows_epoch_losses_speed_and_time_left_on_a_terminal(open_terminal, capsys):
    terminal = open_terminal()
    progress = make_progress("bar", 20)
    with progress as told:
        assert "compiling" in terminal.getvalue()
        for epoch in (1, 2, 3, 4):
            told.epoch(EpochReport(epoch, 0.5 / epoch, 0.1, 1e-3, 0.25, 1000, 0.75, 0.75))
        told.bar.refresh()
        shown = terminal.getvalue()
    assert "epoch 4/20" in shown
    assert "20%" in shown
    assert "loss 0.125  validation 0.75  4,000 rows/s" in shown
    # Sixteen epochs are left of a fit whose four took almost no time.
    assert re.search(r"rows/s\S* \S*0:00:\d\d", shown)
    assert capsys.readouterr().out == ""


def test_the_bar_leaves_the_terminal_in_order_after_an_error(open_terminal):
    terminal = open_terminal()

    def interrupted():
        with make_progress("bar", 20) as told:
            told.epoch(EpochReport(1, 0.5, 0.1, 1e-3, 0.25, 1000))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    shown = terminal.getvalue()
    hide, show = "\x1b[?25l", "\x1b[?25h"
    assert shown.rindex(show) > shown.rindex(hide)
