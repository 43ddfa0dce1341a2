"""What is said to who writes another library's words: the tables, held against what there is."""

import inspect

import pytest

import diabolo
import diabolo.pyod
from diabolo.parameters.foreign_arguments import (
    FOREIGN_ARGUMENTS,
    FOREIGN_ATTRIBUTES,
    argument_hint,
    attribute_hint,
)
from diabolo.parameters.foreign_names import FOREIGN_NAMES, FOREIGN_PARAMETERS

CLASSES = [
    *(thing for name in diabolo.__all__ if inspect.isclass(thing := getattr(diabolo, name))),
    diabolo.pyod.AutoEncoder,
]


def arguments():
    """Every argument of every public method."""
    found = set()
    for cls in CLASSES:
        for name, function in inspect.getmembers(cls, inspect.isfunction):
            if name == "__init__" or not name.startswith("_"):
                found |= set(inspect.signature(function).parameters)
    return found


def test_whatever_is_meant_is_an_argument_somewhere():
    meant = {name for names in FOREIGN_ARGUMENTS.values() for name in names}
    meant |= {name for word, name in FOREIGN_PARAMETERS.items() if word not in FOREIGN_NAMES}
    assert meant - arguments() == {"k", "kind"} - arguments()  # these are words of the command line


@pytest.mark.parametrize("row", FOREIGN_ATTRIBUTES, ids=lambda row: row[1])
def test_what_is_meant_is_there_in_each_class_that_says_so(row):
    has, written, words = row
    for cls in CLASSES:
        if not hasattr(cls, has):
            continue
        for word in words.split():
            if not hasattr(cls, word):
                assert attribute_hint(word, lambda cls=cls: dir(cls)).startswith(" Did you mean "), word
        name = written.partition("(")[0]
        assert written.startswith("diabolo.") or name.endswith("_") or hasattr(cls, name), (cls, written)


@pytest.mark.parametrize(
    ("given", "value", "hint"),
    [
        ("latent_dim", 8, " Did you mean n_components=8?"),
        ("Latent_Dim", 8, " Did you mean n_components=8?"),
        ("hidden_layers", [64, 32], " Did you mean hidden_layer_sizes=[64, 32]?"),
        ("hidden_layers", 64, " Did you mean hidden_layer_sizes=(64,)?"),
        ("lr", 0.1, " Did you mean learning_rate=0.1?"),
        ("n_component", 3, " Did you mean n_components=3?"),
        ("optim", object(), " Did you mean optimizer=...?"),
        ("hidden_layers", list(range(100)), " Did you mean hidden_layer_sizes=...?"),
        ("qwertz", 1, ""),
    ],
)
def test_a_constructor(given, value, hint):
    assert argument_hint("Autoencoder", "", given, value, diabolo.Autoencoder.PARAMETERS) == hint
