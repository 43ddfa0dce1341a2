"""Campaigns: what they say of workers that crash and hang; and a share of the files, with one seed."""

import pytest
from fuzz.__main__ import shared_out
from fuzz.campaign import batches, run
from fuzz.kinds import DATA, KINDS
from fuzz.kinds.checkpoints import write_checkpoints
from fuzz.kinds.models import write_models

# Says what a worker says, but crashes at case 3 and hangs at case 6.
WORKER = """
import os, sys, time
print("ready", flush=True)
for line in sys.stdin:
    kind, seed, first, last = line.split()
    for number in range(int(first), int(last)):
        print("make", kind, number, flush=True)
        if number == 3:
            os.kill(os.getpid(), 11)
        while number == 6:
            pass
        print("end", "foreign exception" if number == 8 else "loaded", "0.01", "said", sep="\\t", flush=True)
    print("done", flush=True)
"""


def test_a_worker_that_crashes_or_hangs_costs_its_case_alone(tmp_path):
    program = tmp_path / "worker.py"
    program.write_text(WORKER)
    jobs = batches(["csv"], {"csv": 10}, 0)
    outcome = run(tmp_path, tmp_path, jobs, kinds=["csv"], n_workers=1, program=[str(program)])
    assert outcome.counts == {"csv": {"loaded": 7, "crash": 1, "hang": 1, "foreign exception": 1}}
    assert [(each.number, each.verdict) for each in outcome.failures] == [
        (3, "crash"),
        (6, "hang"),
        (8, "foreign exception"),
    ]
    assert outcome.failures[0].said.startswith("SIGSEGV")


def test_a_worker_that_does_not_start_is_no_case(tmp_path):
    program = tmp_path / "worker.py"
    program.write_text("raise SystemExit('no such thing')")
    with pytest.raises(RuntimeError, match="a worker ended with 1 before its first case:\nno such thing"):
        run(tmp_path, tmp_path, batches(["csv"], {"csv": 1}, 0), kinds=["csv"], program=[str(program)])


def test_a_campaign_is_of_as_many_networks_as_tables():
    cases = shared_out(list(KINDS), 20_000)
    assert (cases["model"], cases["checkpoint"]) == (15_000, 5_000)
    assert {cases[kind] for kind in DATA} == {-(-20_000 // len(DATA))}
    assert list(cases) == list(KINDS)
    assert shared_out(["checkpoint"], 3000) == {"checkpoint": 3000}


def test_kinds_take_turns():
    assert list(batches(["a", "b"], {"a": 150, "b": 30}, 7)) == [
        ("a", 7, 0, 100),
        ("b", 7, 0, 30),
        ("a", 7, 100, 150),
    ]


def test_a_share_of_the_hostile_files_loads_or_is_refused(tmp_path):
    for kind in KINDS:
        (tmp_path / kind).mkdir()
        if kind in DATA:
            KINDS[kind].whole(tmp_path / kind)
    write_models(tmp_path / "model", ["dense", "linear-detector"])
    write_checkpoints(tmp_path / "checkpoint", ["dense", "chunks"])
    cases = {kind: 30 if kind in DATA else 110 for kind in KINDS}
    outcome = run(tmp_path, tmp_path, batches(list(KINDS), cases, 1), kinds=list(KINDS))
    assert outcome.failures == []
    assert outcome.n_cases == sum(cases.values())
    assert {verdict for row in outcome.counts.values() for verdict in row} == {"loaded", "refused"}
