"""What processes tell each other; how a cluster begins, or does not."""

import subprocess
import sys

import pytest
from tests.cluster.conftest import ENDED_BY_JAX, PROGRAMS, free_port

import diabolo


@pytest.mark.parametrize("n_processes", [2, pytest.param(4, marks=pytest.mark.slow)])
def test_processes_exchange_arrays(run_cluster, n_processes):
    done = run_cluster("exchange.py", n_processes)
    assert [each.stdout for each in done] == [f"done {index}\n" for index in range(n_processes)]


def test_a_cluster_of_one_is_no_cluster():
    assert diabolo.initialize_cluster(num_processes=1).n_processes == 1


def said_by(lines):
    done = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, timeout=100)
    return done.stderr


def test_nothing_says_who_the_others_are():
    said = said_by("import diabolo; diabolo.initialize_cluster()")
    assert said.endswith(
        "ClusterError: nothing says which processes belong to the cluster. It is found out under SLURM, Open "
        "MPI, Kubernetes and on TPU pods; elsewhere give coordinator_address='HOST:PORT', num_processes and "
        "process_id.\n"
    )


def test_jax_has_computed_already():
    said = said_by(
        f"import jax, diabolo; jax.devices(); diabolo.initialize_cluster('127.0.0.1:{free_port()}', 2, 0)"
    )
    assert "ClusterError: initialize_cluster came too late: JAX has computed in this process already." in said


def test_the_others_do_not_come():
    said = said_by(
        "import diabolo; "
        f"diabolo.initialize_cluster('127.0.0.1:{free_port()}', 2, 1, initialization_timeout=2)"
    )
    apart = "diabolo: error: the cluster did not come together within 2 seconds. Start every process"
    assert apart in said or (ENDED_BY_JAX and ENDED_BY_JAX in said)


def test_programs_of_clusters_are_there():
    assert {path.name for path in PROGRAMS.glob("*.py")} >= {"exchange.py", "fits.py", "killed.py", "wide.py"}
