"""Thousands of cases on a few workers, which are started anew where one crashes or hangs."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Failure", "Outcome", "run"]

LIMIT_SECONDS = 2.0
"""Of the processor's time; on the clock a case has two minutes, as machines are shared."""
_CLOCK_FACTOR = 60
_BATCH = 100
_START_SECONDS = 300
# For a process that crashed to write where, and be gone.
_PATIENCE = 5.0
_TO_WRITE = 0.3
_GOOD = ("loaded", "refused")


@dataclass(frozen=True)
class Failure:
    """A case that went wrong."""

    kind: str
    number: int
    verdict: str
    said: str


@dataclass(frozen=True)
class Outcome:
    """What became of all cases: how many of each verdict by kind, and those that went wrong."""

    counts: dict[str, dict[str, int]]
    failures: list[Failure]
    slowest: float

    @property
    def n_cases(self) -> int:
        """How many there were."""
        return sum(sum(each.values()) for each in self.counts.values())


class _Worker:
    """A process, what it works on, and since when."""

    def __init__(self, program: Sequence[str], whole: Path, place: Path, kinds: Sequence[str]) -> None:
        place.mkdir(parents=True, exist_ok=True)
        self.log = place / "stderr"
        self.place = place
        environment = {
            **os.environ,
            "JAX_PLATFORMS": "cpu",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, *program, str(whole), str(place), *kinds],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**environment, "TMPDIR": str(place), "PYTHONFAULTHANDLER": "1"},
            )
        self.job: tuple[str, int, int, int] | None = None
        self.case: int | None = None
        self.is_ready = False
        self.begun, self.cpu_begun = time.monotonic(), 0.0
        self._left = b""

    def give(self, job: tuple[str, int, int, int]) -> None:
        self.job = job
        assert self.process.stdin is not None
        self.process.stdin.write(f"{' '.join(map(str, job))}\n".encode())
        self.process.stdin.flush()

    def lines(self) -> list[str] | None:
        """Return what it wrote; None where it has ended."""
        assert self.process.stdout is not None
        part = os.read(self.process.stdout.fileno(), 2**16)
        if not part:
            return None
        *whole, self._left = (self._left + part).split(b"\n")
        return [line.decode(errors="replace") for line in whole]

    def cpu(self) -> float:
        try:
            fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def is_stuck(self) -> bool:
        clock = time.monotonic() - self.begun
        if self.case is None:
            return clock > _START_SECONDS
        if clock < LIMIT_SECONDS:
            return False
        return self.cpu() - self.cpu_begun > LIMIT_SECONDS or clock > _CLOCK_FACTOR * LIMIT_SECONDS

    def end(self, patience: float = 0.0) -> int:
        """Kill it where it does not end by itself in so many seconds; return its exit status."""
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
        status = self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            try:
                pipe.close()
            except OSError:
                continue
        return status


def run(
    whole: Path,
    work: Path,
    jobs: Iterator[tuple[str, int, int, int]],
    *,
    kinds: Sequence[str],
    n_workers: int = 2,
    noted: Callable[[Failure], None] = lambda failure: None,
    program: Sequence[str] = ("-m", "fuzz.worker"),
) -> Outcome:
    """Run cases; a worker that crashes or hangs costs its case alone.

    Parameters
    ----------
    whole : Path
        The whole files, a folder for each kind.
    work : Path
        A folder for what is written on the way.
    jobs : iterator of (kind, seed, first, last)
        Ranges of cases.
    kinds : sequence of str
        That occur in the jobs.
    n_workers : int, default 2
        Processes.
    noted : callable, optional
        Told of each failure at once.
    program : sequence of str, default the module `fuzz.worker`
        What Python runs as a worker.

    Returns
    -------
    Outcome
    """
    counts: dict[str, dict[str, int]] = {}
    failures: list[Failure] = []
    waiting: list[tuple[str, int, int, int]] = []
    slowest = 0.0
    number_of_workers = 0
    has_more = True

    def start() -> _Worker:
        nonlocal number_of_workers
        number_of_workers += 1
        worker = _Worker(program, whole, work / f"worker-{number_of_workers}", kinds)
        chosen.register(worker.process.stdout, selectors.EVENT_READ, worker)
        return worker

    def next_job() -> tuple[str, int, int, int] | None:
        nonlocal has_more
        job = waiting.pop() if waiting else next(jobs, None)
        has_more = job is not None
        return job

    def note(kind: str, number: int, verdict: str, said: str) -> None:
        row = counts.setdefault(kind, {})
        row[verdict] = row.get(verdict, 0) + 1
        if verdict not in _GOOD:
            failure = Failure(kind, number, verdict, said)
            failures.append(failure)
            noted(failure)

    def stopped(worker: _Worker, verdict: str) -> None:
        """Take the case for failed, and leave what comes after it to another worker."""
        chosen.unregister(worker.process.stdout)
        if verdict == "hang":
            worker.process.send_signal(signal.SIGUSR1)  # at which it writes where it is
        status = worker.end(_PATIENCE if verdict == "crash" else _TO_WRITE)
        workers.remove(worker)
        if worker.case is None:
            log = worker.log.read_text(errors="replace")[-3000:]
            raise RuntimeError(f"a worker ended with {status} before its first case:\n{log}")
        assert worker.job is not None
        kind, seed, _, last = worker.job
        said = _signal_name(status) if verdict == "crash" else f"over {LIMIT_SECONDS:.0f} s"
        note(kind, worker.case, verdict, f"{said}; {_stack(worker.log)}")
        if worker.case + 1 < last:
            waiting.append((kind, seed, worker.case + 1, last))

    with selectors.DefaultSelector() as chosen:
        workers = [start() for _ in range(n_workers)]
        try:
            while workers:
                for key, _ in chosen.select(0.25):
                    worker: _Worker = key.data
                    lines = worker.lines()
                    if lines is None:
                        stopped(worker, "crash")
                        continue
                    for line in lines:
                        word, _, rest = line.partition("\t" if line.startswith("end") else " ")
                        if word in ("make", "begin"):
                            worker.case = int(rest.split()[1])
                            worker.begun, worker.cpu_begun = time.monotonic(), worker.cpu()
                        elif word == "end":
                            verdict, seconds, said = rest.split("\t", 2)
                            slowest = max(slowest, float(seconds))
                            if verdict in _GOOD and float(seconds) > LIMIT_SECONDS:
                                verdict, said = "hang", f"{seconds} s; {said}"
                            assert worker.job is not None
                            assert worker.case is not None
                            note(worker.job[0], worker.case, verdict, said)
                        elif word in ("ready", "done"):
                            worker.job, worker.is_ready = None, True
                            job = next_job()
                            if job is None:
                                chosen.unregister(worker.process.stdout)
                                worker.end()
                                workers.remove(worker)
                            else:
                                worker.give(job)
                for worker in [each for each in workers if each.is_stuck()]:
                    stopped(worker, "hang")
                if len(workers) < n_workers and (waiting or has_more):
                    workers.append(start())
        finally:
            for worker in workers:
                worker.end()
    return Outcome(counts, failures, slowest)


def _signal_name(status: int) -> str:
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"exit status {status}"


def _stack(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    shown = [line for line in lines if not line.startswith(("Extension modules", "Current thread"))]
    return " | ".join(line[-110:] for line in shown[:14])[:1200]


def batches(kinds: Sequence[str], cases: dict[str, int], seed: int) -> Iterator[tuple[str, int, int, int]]:
    """Cut each kind's cases into jobs, the kinds taking turns."""
    firsts = dict.fromkeys(kinds, 0)
    while firsts:
        for kind in list(firsts):
            first, last = firsts[kind], min(firsts[kind] + _BATCH, cases[kind])
            if first < last:
                yield kind, seed, first, last
            firsts[kind] = last
            if last >= cases[kind]:
                del firsts[kind]
