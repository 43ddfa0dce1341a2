"""``diabolo completion``, in a real shell where there is one."""

import shutil
import subprocess

import pytest

from diabolo.cli.app import VERBS, pages
from diabolo.cli.completion import whole_parser
from diabolo.cli.page import Page


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "tcsh"])
def test_a_script_names_every_verb(run, shell):
    status, out, err = run("completion", shell)
    assert (status, err) == (0, "")
    for verb in VERBS:
        assert verb in out


def test_a_shell_that_is_none(run):
    status, _, err = run("completion", "bsh")
    assert status == 2
    assert err.endswith(
        "SHELL bsh is not possible; expected one of 'bash', 'zsh', 'fish', 'tcsh'. Did you mean 'bash'?\n"
    )


def test_the_parser_of_all_knows_every_option():
    text = whole_parser().format_help()
    for verb in VERBS:
        assert verb in text
        assert isinstance(pages(verb), Page | dict)


@pytest.mark.parametrize(
    ("shell", "option"),
    [
        (
            "fish",
            "-n '_shtab_diabolo_using fit' -s o -l output -xka \"(__fish_complete_path (commandline -ct))\"",
        ),
        ("tcsh", "'n/-o/f/'"),
        ("zsh", "such as iris.diabolo\\; replaced if it exists.]:MODEL:_files"),
    ],
)
def test_every_shell_completes_files(run, shell, option):
    assert option in run("completion", shell)[1]


def test_a_group_is_offered_with_what_it_says_of_itself(run):
    assert (
        "-a detect -d 'Find anomalies: rows that do not look like the normal ones'"
        in run("completion", "fish")[1]
    )


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        (["f"], ["fit"]),
        (["detect", "ev"], ["evaluate"]),
        (["fit", "--optimizer"], ["--optimizer", "--optimizer-param"]),
        (["fit", "--loss", "abs"], ["absolute_error"]),
        (["fit", "ro"], ["rows.csv"]),
        (["detect", "fit", "--kind", ""], ["linear", "deep"]),
        (["fit", "rows.csv", "-o", "ro"], ["rows.csv"]),
        (["datasets", "get", "i"], ["iris"]),
        (["help", "det"], ["detect"]),
        (["help", "detect", "sc"], ["score"]),
        (["--ver"], ["--version"]),
    ],
)
def test_bash_completes(run, tmp_path, typed, offered):
    (tmp_path / "completions").write_text(run("completion", "bash")[1])
    (tmp_path / "rows.csv").touch()
    words = " ".join(repr(word) for word in ["diabolo", *typed])
    code = (
        f"source ./completions; COMP_WORDS=({words}); COMP_CWORD={len(typed)}; "
        f"_shtab_diabolo diabolo {typed[-1]!r}; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    )
    done = subprocess.run(
        ["bash", "--norc", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == offered
