import threading

import numpy as np
import pytest

from diabolo.data.tiles import TILE_CELLS, TURNED_ROWS, ColumnTiles, RowTiles

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("kind", [RowTiles, ColumnTiles])
@pytest.mark.parametrize("shape", [(1, 1), (5000, 3), (3, 50_000), (209, 2000)])
@pytest.mark.parametrize("moves", ["both", "offset", "factor", "none"])
def test_a_tile_is_scaled_and_squared_by_the_formula(kind, shape, moves):
    tiles = kind(*shape)
    rows, columns = min(tiles.height, shape[0]), min(tiles.width, shape[1])
    offset, factor = RNG.normal(size=columns), RNG.normal(size=columns)
    tiles.settle(
        offset if moves in ("both", "offset") else None, factor if moves in ("both", "factor") else None
    )
    for count in (rows, max(rows - 1, 1)):  # the last one is smaller
        cells = RNG.normal(size=(count, columns))
        tile = tiles.tile(cells.shape)
        tile[:] = cells
        tiles.move()
        expected = cells - (offset if moves in ("both", "offset") else 0)
        expected *= factor if moves in ("both", "factor") else 1
        np.testing.assert_array_equal(tile, expected)
        np.testing.assert_allclose(tiles.squares(), (expected**2).sum(), rtol=1e-12)


def test_a_tile_fits_in_the_cache_and_covers_the_table():
    for kind in (RowTiles, ColumnTiles):
        for shape in ((1, 1), (10**6, 50), (209, 20_000), (3, 10**6)):
            tiles = kind(*shape)
            assert tiles.height * tiles.width <= max(TILE_CELLS, tiles.height + 8)
            assert tiles.height >= 1
            assert tiles.width >= 1


@pytest.mark.parametrize("n_rows", [64, 2048, 4096, TURNED_ROWS])
def test_columns_of_a_tile_begin_at_an_odd_number_of_cache_lines(n_rows):
    tile = ColumnTiles(n_rows, 40).tile((min(n_rows, TURNED_ROWS), 40))
    assert tile.strides[1] % 64 == 0
    assert tile.strides[1] // 64 % 2 == 1


def test_each_thread_has_tiles_of_its_own():
    mine = RowTiles(10, 10).tile((10, 10))
    mine[:] = 1.0

    def other():
        RowTiles(10, 10).tile((10, 10))[:] = 2.0

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    assert (mine == 1.0).all()
