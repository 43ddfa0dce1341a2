"""The bar, on a terminal and elsewhere."""

import io
import sys

from diabolo.datasets.download_bar import download_bar


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_bar_on_a_terminal(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    with download_bar("train.gz", 2_000_000) as advance:
        advance(500_000)
        advance(1_500_000)
    shown = terminal.getvalue()
    assert "train.gz" in shown
    assert "2.0/2.0 MB" in shown


def test_nothing_elsewhere(capsys):
    with download_bar("train.gz", 2_000_000) as advance:
        advance(500_000)
    assert capsys.readouterr() == ("", "")
