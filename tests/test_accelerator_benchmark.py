"""The benchmark of accelerators runs where there is none, so that it is ready where there is one."""

from types import SimpleNamespace

import jax
import pytest
from benchmarks import accelerator

QUICK = ["digits", "784-64-784", "streamed"]


@pytest.mark.skipif(jax.default_backend() != "cpu", reason="it would measure")
@pytest.mark.parametrize("cases", [QUICK, pytest.param([], marks=pytest.mark.slow)])
def test_cases_run_in_small_where_there_is_no_accelerator(cases, capsys):
    assert accelerator.main([*cases, "--tflops", "1", "2", "3", "--gigabytes", "4"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("JAX sees no GPU or TPU here, so nothing is measured: each case runs once, on few")
    lines = [line.split(" | ") for line in said.splitlines() if line.startswith("| ")][1:]
    assert len(lines) == 3 * len(cases or accelerator.CASES)
    # On a processor each precision is float32, and a share of an accelerator's peak is none of its.
    assert all(line[-1] == "+0.00% |" and line[5] == line[6] == "unknown" for line in lines)


def test_shares_are_of_the_peaks_of_each_precision():
    network = SimpleNamespace(network=SimpleNamespace(n_products=1_000))
    model = SimpleNamespace(network_=network, n_parameters_=640, n_features_in_=30, history_={"loss": [0.5]})
    case = accelerator.CASES["784-64-784"]  # of batches of 256
    rates = {("cpu", None): [1.0], ("gpu", None): [2.0], ("gpu", "fast"): [8.0]}
    peaks = accelerator.Peaks({None: 120_000.0, "fast": 480_000.0}, 10_000.0)
    lines = accelerator.lines_of("it", case, rates, dict.fromkeys(rates, model), peaks)
    # 6 x 1,000 operations a row, and 4 x (7 x 640 / 256 + 30) = 190 bytes.
    shares = [line.split(" | ")[5:7] for line in lines]
    assert shares == [["unknown", "unknown"], ["10.0%", "3.8%"], ["10.0%", "15.2%"]]


def test_a_case_that_is_not_there_is_named_with_those_that_are(capsys):
    with pytest.raises(SystemExit):
        accelerator.main(["digts"])
    assert "no case named digts; choose from 'digits'" in capsys.readouterr().err
