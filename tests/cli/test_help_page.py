"""Help pages: what fits a terminal, what comes first, and where the rest is."""

import json
import re

import pytest

from diabolo.cli.app import VERBS, help_text, pages
from diabolo.cli.help_page import verb_page
from diabolo.cli.options import COMMON
from diabolo.cli.page import Option, Page

GROUPS = {verb: found for verb in VERBS if isinstance(found := pages(verb), dict)}
PAGES = {verb: found for verb in VERBS if isinstance(found := pages(verb), Page)}
PAGES |= {f"{group} {verb}": page for group, found in GROUPS.items() for verb, page in found.items()}
LONG = [path for path, page in PAGES.items() if len(page.options) > 17]


def listed(option, page):
    return re.search(rf"^  {re.escape(', '.join(option.flags))}( |$)", page, re.MULTILINE) is not None


@pytest.mark.parametrize("path", ["", *GROUPS, *PAGES])
@pytest.mark.parametrize("flag", ["--help", "-h", "--help-all"])
def test_every_page_fits_a_terminal_of_80_columns(run, path, flag):
    status, out, err = run(*path.split(), flag)
    assert (status, err) == (0, "")
    assert out.startswith(f"usage: diabolo {path}".rstrip())
    assert max(map(len, out.splitlines())) <= 80
    assert "  diabolo " in out  # an example
    assert out == run("help", *path.split(), *["--all"] * (flag == "--help-all" and path in PAGES))[1]


@pytest.mark.parametrize("path", LONG)
def test_a_long_page_shows_what_is_needed_first(run, path):
    short, whole = run(*path.split(), "--help")[1], run(*path.split(), "--help-all")[1]
    options = [option for option in PAGES[path].options if option.flag and not option.is_hidden]
    shown = [option for option in options if listed(option, short)]
    assert len(shown) <= 12
    assert all(option in shown for option in options if option.is_required)
    assert all(listed(option, whole) for option in options)
    assert short.splitlines()[-3].startswith(f"  diabolo {path} ") or short.splitlines()[-3].startswith(
        "      "
    )
    assert short.splitlines()[-1] == f"All {len(options) + len(COMMON)} options: diabolo {path} --help-all"
    assert len(short.splitlines()) < len(whole.splitlines())


def test_what_fit_shows_first(run):
    lines = run("fit", "--help")[1].partition("Options, the 12 that are needed most:\n")[2].splitlines()
    flags = [line.split()[0].rstrip(",") for line in lines if line.startswith("  -")]
    wanted = ["-o", "--labels", "--keep", "-k", "--hidden", "--kind", "--scale", "--missing", "-e"]
    assert flags == [*wanted, "--learning-rate", "--hold-out", "--compare"]


@pytest.mark.parametrize("path", PAGES)
def test_what_comes_first_is_there(path):
    options = {option.name for option in PAGES[path].options if option.flag}
    assert set(PAGES[path].first) <= options
    assert PAGES[path].is_long or not PAGES[path].first


def test_a_verb_that_says_nothing_of_it_shows_what_it_declares_first():
    options = [Option(f"--letter-{letter}", f"The letter {letter}.") for letter in "abcdefghijklmnop"]
    page = Page(print, [*options[:15], Option("-o --output FILE", "Where.", is_required=True), *COMMON])
    shown = verb_page(page, "diabolo spell", shows_all=False)
    assert [option.flag for option in page.first_options][:2] == ["--output", "--letter-a"]
    assert "--letter-k" in shown
    assert "--letter-l" not in shown
    assert "--letter-l" in verb_page(page, "diabolo spell", shows_all=True)


def test_an_example_that_is_too_wide_is_broken_as_a_shell_takes_it(run):
    lines = run("fit", "--help-all")[1].splitlines()
    first = next(number for number, line in enumerate(lines) if line.endswith(" \\"))
    command = " ".join([lines[first].removesuffix(" \\").strip(), lines[first + 1].strip()])
    assert command in PAGES["fit"].examples


def test_no_part_of_a_page_is_colored(run, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")  # which argparse heeds from Python 3.14 on
    assert "\x1b" not in run("fit", "--help-all")[1]


def test_no_flag_is_cut_at_a_hyphen(run):
    for path in PAGES:
        for line in run(*path.split(), "--help-all")[1].splitlines():
            assert not line.endswith("-"), line


@pytest.mark.parametrize("columns", ["60", "80", "200"])
def test_a_page_goes_by_the_terminal_but_not_beyond_what_can_be_read(monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    widest = max(map(len, help_text(["fit"], shows_all=True).splitlines()))
    assert widest <= (98 if columns == "200" else int(columns))
    assert widest > 0.9 * min(98, int(columns))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["fti"], "diabolo has no 'fti'; it has demo, fit"),
        (["train"], "Did you mean 'fit'?"),
        (
            ["detect", "scor"],
            "diabolo detect has no 'scor'; it has fit, score, evaluate, threshold. Did you mean",
        ),
        (["fit", "x"], "diabolo fit is a verb of its own, so there is no place for 'x'."),
        (["fit", "x", "y"], "there is no place for 'y'; the form is: diabolo help [VERB] [NAME] [options]"),
    ],
)
def test_help_on_what_is_not_there(run, words, said):
    status, out, err = run("help", *words)
    assert (status, out) == (2, "")
    assert said in err


def test_help_where_a_verb_is_expected(run):
    status, _, err = run("detect", "help")
    assert status == 2
    assert "Did you mean --help?" in err


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_before_the_verb_is_of_the_verb(run, flag):
    assert run(flag, "fit") == run("fit", "--help")
    assert run(flag, "detect", "score") == run("help", "detect", "score")
    assert run(flag, "--json") == run("--help")
    assert run(flag, "fti")[0] == 2


def test_help_for_programs(run):
    record = json.loads(run("help", "detect", "score", "--json")[1])
    assert record["of"] == ["detect", "score"]
    assert record["help"] == run("detect", "score", "--help")[1].rstrip("\n")
