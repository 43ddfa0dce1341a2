import jax
import numpy as np
import pytest

from diabolo.core.bottlenecks import Gaussian, Plain, TopK
from diabolo.core.corruption import GaussianNoise, MaskingNoise
from diabolo.core.networks import dense_network
from diabolo.core.supervision import guided_network
from diabolo.training import forward
from diabolo.training.forward import PASSES, _compiled_pass, corrupt_rows, pass_blocks
from diabolo.training.plan import evaluation_batch_size

PLAIN = Plain()


def copies(rows):
    def copy_rows(part, prepared):
        prepared[:] = rows[part]

    return copy_rows


def run(kind, network, rows, bottleneck=PLAIN):
    blocks = list(pass_blocks(kind, network, rows, copies(rows), bottleneck, "sigmoid"))
    starts, parts = [start for start, _ in blocks], [part for _, part in blocks]
    assert starts == list(np.cumsum([0, *map(len, parts)])[:-1])
    return np.concatenate(parts)


def network_of(sizes):
    return dense_network(
        sizes,
        activation="tanh",
        code_activation="softplus",
        tied_weights=False,
        initializer="glorot_uniform",
        random=np.random.default_rng(0),
    )


@pytest.fixture(scope="module")
def network():
    return network_of((6, 5, 2))


@pytest.mark.parametrize("n_rows", [1, 255, 256, 300, 513])
def test_every_row_comes_back_as_numpy_float64_has_it(n_rows, network, make_network):
    rows = np.random.default_rng(1).random((n_rows, 6), dtype=np.float32)
    (w1, w2), (v2, v1) = (
        [np.float64(layer.weight) for layer in part] for part in (network.encoder, network.decoder)
    )
    code = np.logaddexp(np.tanh(rows @ w1) @ w2, 0)
    output = 1 / (1 + np.exp(-np.tanh(code @ v2) @ v1))
    for kind, given, expected in (
        ("encode", rows, code),
        ("decode", code.astype(np.float32), output),
        ("reconstruct", rows, output),
    ):
        got = run(kind, network, given)
        assert got.dtype == np.float32
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-6)


def test_no_rows_give_no_blocks(network):
    assert list(pass_blocks("encode", network, np.zeros((0, 6)), None, PLAIN, "sigmoid")) == []


def test_prepare_writes_the_rows_that_are_passed(network):
    def halve(part, prepared):
        assert prepared.dtype == np.float32
        np.multiply(rows[part], 0.5, out=prepared)

    rows = np.random.default_rng(1).random((300, 6))
    blocks = pass_blocks("encode", network, rows, halve, PLAIN, "linear")
    halved = np.concatenate([part for _, part in blocks])
    np.testing.assert_array_equal(halved, run("encode", network, (0.5 * rows).astype(np.float32)))


# The last two have blocks of 104 and 13 rows, which fill no vector register evenly.
@pytest.mark.parametrize("sizes", [(3, 1), (17, 13, 7), (64, 33, 3), (784, 64), (40_001, 3), (300_001, 3)])
def test_a_rows_result_depends_on_neither_its_neighbors_nor_its_place(sizes):
    network, random = network_of(sizes), np.random.default_rng(2)
    block = evaluation_batch_size(sizes[0])
    n_rows = block + block // 2
    table = 4 * random.random((n_rows, sizes[0]), dtype=np.float32) - 2
    kinds = (
        [("encode", table)]
        if sizes[0] > 10_000
        else [
            ("encode", table),
            ("decode", run("encode", network, table)),
            ("reconstruct", table),
        ]
    )
    for kind, rows in kinds:
        together = run(kind, network, rows)
        np.testing.assert_array_equal(run(kind, network, rows[::-1])[::-1], together)
        for shift in (1, 5):
            np.testing.assert_array_equal(run(kind, network, rows[shift:]), together[shift:])
        for row in (0, n_rows // 3, n_rows - 1):
            np.testing.assert_array_equal(run(kind, network, rows[row : row + 1])[0], together[row])
            np.testing.assert_array_equal(
                run(kind, network, np.repeat(rows[row : row + 1], 9, axis=0)), together[[row] * 9]
            )


def test_one_program_serves_every_number_of_rows(network):
    assert set(PASSES) == {"encode", "decode", "reconstruct", "predict"}
    run("encode", network, np.zeros((3, 6), np.float32))
    before = _compiled_pass._cache_size()
    for n_rows in (1, 100, 300):
        run("encode", network, np.zeros((n_rows, 6), np.float32))
    assert _compiled_pass._cache_size() == before


def test_a_trained_networks_device_arrays_pass_as_well(network):
    rows = np.random.default_rng(1).random((20, 6), dtype=np.float32)
    on_device = jax.tree.map(jax.numpy.asarray, network)
    np.testing.assert_array_equal(run("reconstruct", on_device, rows), run("reconstruct", network, rows))


@pytest.mark.parametrize("bottleneck", [TopK(1), Gaussian()], ids=["largest", "gaussian"])
def test_the_bottleneck_forms_the_code_and_draws_nothing(bottleneck, network):
    rows = np.random.default_rng(1).random((300, 6), dtype=np.float32)
    plain = run("encode", network, rows)
    if isinstance(bottleneck, TopK):
        code = np.where(plain == plain.max(axis=1, keepdims=True), plain, 0)
        rebuilt = run("decode", network, code)
        np.testing.assert_array_equal(run("reconstruct", network, rows, bottleneck), rebuilt)
    else:
        code = plain[:, :1]
    np.testing.assert_array_equal(run("encode", network, rows, bottleneck), code)


def test_a_guided_network_predicts_from_the_code(network):
    guided = guided_network(network, 2, 3, "glorot_uniform", np.random.default_rng(4))
    rows = np.random.default_rng(1).random((300, 6), dtype=np.float32)
    code = run("encode", guided, rows).astype(np.float64)
    predicted = run("predict", guided, rows)
    assert predicted.shape == (300, 3)
    np.testing.assert_allclose(predicted, code @ guided.head.weight, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(run("reconstruct", guided, rows), run("reconstruct", network, rows))
    # A row's prediction does not depend on its neighbors either.
    np.testing.assert_array_equal(run("predict", guided, rows[77:78])[0], predicted[77])


NOISE = GaussianNoise(1.0, -np.inf, np.inf)


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks of ten rows of the table's six columns."""
    monkeypatch.setattr(forward, "_BLOCK_CELLS", 60)


def test_every_row_gets_noise_of_its_own_and_the_table_stays(table, small_blocks):
    clean = table.copy()
    noisy = corrupt_rows(NOISE, table, 3)
    np.testing.assert_array_equal(table, clean)
    assert (noisy.shape, noisy.dtype) == (table.shape, np.float32)
    added = (noisy - table).astype(np.float64)
    # Three blocks, the last one short: no number of one is found in another.
    assert len(np.unique(noisy - table)) > 0.98 * table.size
    assert abs(added.mean()) < 5 / np.sqrt(added.size)
    assert abs(added.std() - 1) < 5 / np.sqrt(2 * added.size)


def test_the_seed_decides_the_noise(table):
    first, same, other = (corrupt_rows(NOISE, table, seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, same)
    assert not np.intersect1d(first - table, other - table).size


@pytest.mark.parametrize("n_rows", [1, 9, 10, 11, 20])
def test_a_rows_noise_is_that_of_its_number_however_many_rows_follow(n_rows, table, small_blocks):
    whole = corrupt_rows(NOISE, table, 3)
    np.testing.assert_array_equal(corrupt_rows(NOISE, table[:n_rows], 3), whole[:n_rows])


def test_a_size_of_block_is_part_of_what_the_seed_means(table, monkeypatch):
    # The first block is the same; a later row's number within its block is another.
    whole = corrupt_rows(NOISE, table, 3)
    monkeypatch.setattr(forward, "_BLOCK_CELLS", 60)
    in_blocks = corrupt_rows(NOISE, table, 3)
    np.testing.assert_array_equal(in_blocks[:10], whole[:10])
    assert (in_blocks[10:] != whole[10:]).all()


def test_a_fill_a_column_goes_with_every_block(table, small_blocks):
    means = table.mean(axis=0)
    noisy = corrupt_rows(MaskingNoise(1.0, means), table, 3)
    np.testing.assert_array_equal(noisy, np.broadcast_to(means, table.shape))


@pytest.mark.parametrize("shape", [(0, 6), (1, 1), (3, 100)])
def test_tables_of_any_shape_are_corrupted(shape, small_blocks):
    noisy = corrupt_rows(NOISE, np.zeros(shape, np.float32), 3)
    assert noisy.shape == shape
    assert np.count_nonzero(noisy) == noisy.size


def test_numbers_of_one_kind_of_noise_share_a_program(table):
    corrupt_rows(MaskingNoise(0.5, 0.0), table, 3)
    before = forward._compiled_corruption._cache_size()
    for fraction, seed in ((0.25, 3), (0.75, 4)):
        corrupt_rows(MaskingNoise(fraction, 1.0), table, seed)
    assert forward._compiled_corruption._cache_size() == before


def test_the_noise_is_not_that_of_the_first_training_step(table):
    # A fit on corrupted rows with the same seed would otherwise add the same numbers twice.
    from diabolo.core.randomness import draw_normal, fold_in, random_for

    key = random_for(3, "noise").integers(2**32, size=2, dtype=np.uint32)
    in_training = np.asarray(draw_normal(fold_in(fold_in(jax.numpy.asarray(key), 0), 0), table.shape))
    assert not np.intersect1d(corrupt_rows(NOISE, np.zeros_like(table), 3), in_training).size
