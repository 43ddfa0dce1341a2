import itertools

from diabolo.core import wide_network
from diabolo.core.networks import dense_network
from diabolo.core.objectives import Objective


def test_ends_are_found_by_their_shapes():
    def network(n_features, width, tied):
        return dense_network(
            (n_features, width, 2),
            activation="relu",
            code_activation="linear",
            tied_weights=tied,
            initializer="glorot_uniform",
            random=None,
        )

    objective = Objective("squared_error", "linear")
    for n_features, width, tied in itertools.product((16_383, 16_384), (127, 128), (False, True)):
        ends = wide_network.wide_ends(network(n_features, width, tied), objective)
        assert (ends is not None) == (n_features == 16_384 and width == 128)
        if ends is not None:
            assert (ends.last is None) == tied
            assert len(ends.leaves) == (2 if tied else 3)
