"""A graph that is put together."""

import numpy as np

from diabolo.export.graph import Graph, type_number


def test_equal_constants_are_kept_once():
    graph = Graph("a_")
    one = graph.constant(np.ones((2, 3), np.float32))
    assert graph.constant(np.ones((2, 3), np.float32)) == one == "a_constant_1"
    assert len({one, graph.constant(np.ones((3, 2), np.float32)), graph.constant(np.ones((2, 3)))}) == 3
    texts = [graph.constant(np.array(values, object)) for values in (["a", "b"], ["a", "b"], ["ab", ""])]
    assert texts[0] == texts[1] != texts[2]


def test_a_transposed_matrix_is_taken_from_its_partner():
    graph, matrix = Graph(), np.arange(6, dtype=np.float32).reshape(2, 3)
    graph.product("X", matrix, np.zeros(3, np.float32))
    graph.product("code", np.ascontiguousarray(matrix.T), np.zeros(2, np.float32))
    first, second = graph.nodes
    assert first[1][1] == second[1][1]
    assert (first[3], second[3]) == ({}, {"transB": 1})


def test_numbers_of_types():
    assert [type_number(kind) for kind in (np.float32, np.int64, str, object, bool, np.float64)] == [
        1,
        7,
        8,
        8,
        9,
        11,
    ]
