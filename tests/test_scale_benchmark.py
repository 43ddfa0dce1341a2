"""The plan for many hosts counts and divides as one does by hand."""

import pytest
from benchmarks import messages, scale, scale_check
from benchmarks.step_costs import Shape, StepCost, features_shared, ring_seconds, rows_shared

# 10-4-2-4-10: matrices of 40, 8, 8 and 40, biases of 4, 2, 4 and 10.
SHAPE = Shape(10, (4,), 2, 6)


def test_a_shape_counts_its_arrays():
    assert SHAPE.widths == (10, 4, 2, 4, 10)
    assert SHAPE.arrays == (40, 4, 8, 2, 8, 4, 40, 10)
    assert (SHAPE.weights, SHAPE.parameters, SHAPE.inner_parameters) == (96, 116, 26)


def test_a_step_that_shares_rows():
    cost = rows_shared(SHAPE, 2)
    # Three rows each; 40 + 8 + 8 + 40 there, as many for gradients, 8 + 8 + 40 for slopes on the way back.
    assert cost.operations == 2 * 3 * (96 + 96 + 56)
    assert cost.messages == (160, 16, 32, 8, 32, 16, 160, 40, 4, 4)
    # Parameters read twice, gradients written and read, three arrays updated; eight times 30 cells.
    assert cost.moved == 4 * (2 * 116 + 2 * 116 + 6 * 116) + 4 * 8 * 30
    # Parameters, two moments, gradients before and after their sum.
    assert (cost.held, cost.rows, cost.cells) == (4 * 5 * 116, 4 * 30, 30)
    assert rows_shared(SHAPE, 1).held == 4 * 4 * 116


def test_a_step_that_shares_features():
    cost = features_shared(SHAPE, 3)
    # Four features each (the last process has two): 16 + 16 weights, five products; inside three of 16.
    assert cost.operations == 2 * 6 * (2 * 16 + 3 * 16) + 2 * 6 * 3 * 16
    assert cost.messages == (4 * 6 * 4, 4 * 6 * 4 + 24 + 24)
    # 24 bytes of each weight, 4 more of the first matrix, the batch three times.
    assert cost.moved == 24 * 32 + 4 * 16 + 3 * 4 * 24
    # The two matrices and the bias of four outputs, with two moments; what is inside also with its gradient.
    assert cost.held == 4 * 3 * (32 + 4) + 4 * 4 * 26
    assert (cost.rows, cost.cells) == (4 * 24, 24)


def test_features_send_less_than_rows_where_a_batch_is_smaller_than_the_table_is_wide():
    def sent(batch):
        shape = Shape(100_000, (64,), 8, batch)
        return sum(features_shared(shape, 8).messages) / sum(rows_shared(shape, 8).messages)

    assert sent(50_000) < 1 < sent(200_000)
    assert sent(100_000) == pytest.approx(1, rel=0.03)


def test_a_ring_of_hosts():
    # Four hosts: six times a quarter of 8 MB at 1 GB/s, and six times 1 ms.
    assert ring_seconds(8e6, 4, 1e-3, 1e9) == pytest.approx(6 * (2e-3 + 1e-3))
    assert ring_seconds(8e6, 1, 1e-3, 1e9) == 0


HOSTS = scale.Hosts(4, operations=1e9, memory=2e9, disk=5e8, network=1e9, hop=1e-3)


@pytest.mark.parametrize(
    ("cost", "binding", "seconds"),
    [
        (StepCost(4e7, 2e7, (0,), 0, 0, 0), "products", 0.04 + 0.006),
        (StepCost(4e6, 4e7, (0,), 0, 0, 0), "memory", 0.02 + 0.006),
        (StepCost(4e6, 2e6, (4, 4), 0, 0, 0), "messages' latency", 0.004 + 0.012),
        (StepCost(4e6, 2e6, (8_000_000,), 0, 0, 0), "messages' bytes", 0.004 + 0.006 + 0.012),
        (StepCost(4e6, 2e6, (0,), 0, 0, 1e7), "reading", 0.08),
    ],
)
def test_what_binds(cost, binding, seconds):
    time = scale.step_time(cost, HOSTS, 4)
    assert time.binding == binding
    assert time.seconds == pytest.approx(seconds, abs=1e-7)


def test_what_would_change_it():
    whole, features = rows_shared(SHAPE, 2), features_shared(SHAPE, 2)
    assert scale.with_all_in_one(whole).messages == (sum(whole.messages),)
    assert scale.with_half_numbers(features).messages == (48, 72)
    spread = scale.with_spread_optimizer(whole, SHAPE, 2)
    # Of 116 parameters half of two moments and of the summed gradient, and of six numbers that are moved.
    assert whole.held - spread.held == 4 * 3 * 58
    assert whole.moved - spread.moved == 4 * 3 * 116
    assert spread.messages == whole.messages


def test_the_tables_of_the_plan(capsys):
    assert scale.main(["--hosts", "64", "--batches", "4096", "--gbits", "10", "--disks", "1"]) == 0
    said = capsys.readouterr().out
    assert said.startswith(
        "10,000,000 x 500,000 on 64 hosts; 500,000-128-32-128-500,000: 128,508,480 parameters"
    )
    # 20 TB / 64 hosts / 1 GB/s; 4 x 4,096 x (2 x 128 + 2) bytes a step; 10 x 4,096 x 7,813 x 128 operations.
    assert "| float32 | 20 TB | 312 GB | 5.21 min |" in said
    assert "| features | 4,096 | as it is | 4.23 MB | 2 |" in said
    assert "| features | 4,096 | 10 | 54.9 ms |" in said


@pytest.mark.parametrize(
    ("flags", "moved"),
    [
        (["--gflops", "100"], "products"),
        (["--memory-rate", "0.1"], "memory"),
        (["--hop-us", "5000"], "latency"),
        (["--gbits", "0.1"], "bytes"),
        (["--cell-bytes", "400"], "reading"),
    ],
)
def test_each_assumption_moves_what_binds(capsys, flags, moved):
    given = ["--batches", "4096", "--gbits", "10", "--disks", "1", *flags]
    assert scale.main(given) == 0
    line = next(
        line for line in capsys.readouterr().out.splitlines() if line.startswith("| features | 4,096 |")
    )
    assert moved in line.split(" | ")[9]


@pytest.mark.parametrize(("value", "said"), [(4, "4 B"), (999.6, "1 KB"), (66_048, "66 KB"), (2e13, "20 TB")])
def test_bytes_are_written_with_three_digits(value, said):
    assert scale.amount(value) == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.0015, "1.5 ms"), (2, "2 s"), (90, "1.5 min"), (7200, "2 h"), (3.6e7, "10,000 h")]
)
def test_times_are_written_in_what_fits(seconds, said):
    assert scale.time_of(seconds) == said


def test_the_line_through_messages():
    sizes = [4, 4_000, 400_000, 8_000_000]
    latency, rate = messages.line_through(sizes, [3e-4 + size / 6e8 for size in sizes])
    assert (latency, rate) == (pytest.approx(3e-4), pytest.approx(6e8))


def test_what_is_predicted_of_several_processes():
    cost = StepCost(0, 0, (1_000, 3_000), 0, 0, 0)
    line = 1e-3, 1e6
    sums = 2e-3 + 4e-3
    assert scale_check.predicted(1.0, 0.2, cost, 1, 2, line) == 1.0
    assert scale_check.predicted(1.0, 0.2, cost, 2, 2, line) == pytest.approx(0.4 + 0.2 + sums)
    # Four processes on two processors take turns.
    assert scale_check.predicted(1.0, 0.2, cost, 4, 2, line) == pytest.approx(2 * (0.2 + 0.2) + sums)


@pytest.mark.slow
def test_messages_are_measured_between_two_processes(capfd):
    assert messages.main(["--rounds", "1", "--processes", "2", "--most", "4096"]) == 0
    said = capfd.readouterr().out
    lines = [line.split(" | ") for line in said.splitlines() if line.startswith("| ")]
    assert [line[0] for line in lines[1:]] == [
        "| 4 bytes",
        "| 4,096 bytes",
        "| 4 of 4 bytes together",
        "| 16 of 4 bytes together",
    ]
    assert all(float(line[1]) > 0 for line in lines[1:])
    assert "2 processes: " in said
