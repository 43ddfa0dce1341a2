"""Parameters of networks: their layers, and what makes the code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from diabolo.messages import either
from diabolo.parameters.kinds import (
    BOOLEAN,
    SETTINGS,
    Kind,
    are_sizes,
    is_whole,
    one_of,
    read_sizes,
    sizes,
    whole,
)
from diabolo.parameters.named_settings import BOTTLENECKS, described
from diabolo.parameters.parameter import CODE, IMAGES, NETWORK, ParameterSet, parameter, parameter_set

__all__ = [
    "ACTIVATIONS",
    "AUTO_OR_ACTIVATION",
    "INITIALIZERS",
    "Activations",
    "ChosenBottleneck",
    "Code",
    "CodeActivation",
    "Convolutions",
    "DenseLayers",
    "OwnModules",
]

ACTIVATIONS = one_of("linear", "relu", "leaky_relu", "elu", "gelu", "tanh", "sigmoid", "softplus")
AUTO_OR_ACTIVATION = one_of("auto", *ACTIVATIONS.names)
INITIALIZERS = one_of("glorot_uniform", "glorot_normal", "he_uniform", "he_normal")
_AUTO_OR_INITIALIZER = one_of("auto", "linear", *INITIALIZERS.names)

_MODULE = Kind(
    "None, a callable that maps one row (such as an Equinox module), a pair of one and its state, or a "
    "function (key, shape) that makes either",
    lambda value: (
        value is None
        or callable(value)
        or (isinstance(value, tuple) and len(value) == 2 and callable(value[0]))
    ),
    written="callable pytree, (callable pytree, state), function or None",
)


def _read_size(text: str) -> Any:
    found = read_sizes(text)
    return found[0] if isinstance(found, tuple) and len(found) == 1 else found


_IMAGE_SHAPE = Kind(
    either(
        "None, (height, width) or (height, width, channels)",
        "whole numbers with commas between, such as 28,28 or 28,28,3",
    ),
    lambda value: value is None or (are_sizes(value) and len(value) in (2, 3)),
    lambda text: None if text.strip().lower() == "none" else read_sizes(text),
    "tuple of (height, width) or (height, width, channels), or None",
    "H,W",
)
_KERNEL_SIZE = Kind(
    f"a whole number, 1 or more, or {either('(height, width)', 'two with a comma between')}",
    lambda value: (is_whole(value) and value >= 1) or (are_sizes(value) and len(value) == 2),
    _read_size,
    "int or tuple of (height, width)",
    "N",
)


@parameter_set(group=NETWORK)
class Code(ParameterSet):
    """The width of the code: every autoencoder has one."""

    n_components: int = parameter(
        default=2,
        kw_only=False,
        kind=whole(),
        help="Width of the code.",
        doc="One wider than the rows can copy them: see OvercompleteWarning.",
        flag="--components",
        short="-k",
    )


@parameter_set(group=IMAGES)
class Convolutions(ParameterSet):
    """Layers of convolutions."""

    filters: tuple[int, ...] = parameter(
        default=(32, 32), kind=sizes("32, 32"), help="Channels after each halving; the decoder mirrors them."
    )
    kernel_size: int | tuple[int, int] = parameter(
        default=3,
        kind=_KERNEL_SIZE,
        help="Size of every convolution: one number, or height and width.",
        doc="Even sizes reach one pixel further right and down.",
    )
    downsample: str = parameter(
        default="maxpool",
        kind=one_of("maxpool", "stride"),
        help="How height and width are halved.",
        doc='"maxpool" takes the largest of 2 x 2 pixels after the convolution, "stride" convolves with '
        "stride 2.",
    )
    upsample: str = parameter(
        default="nearest",
        kind=one_of("nearest", "transposed"),
        help="How they are doubled.",
        doc='"nearest" repeats pixels after the convolution, "transposed" convolves so with stride 2.',
    )
    image_shape: tuple[int, ...] | None = parameter(
        default=None,
        kind=_IMAGE_SHAPE,
        help="The image that a row of a table holds: height, width and the number of channels, if more than "
        "one; without, a row is a signal, one pixel high and a column a pixel.",
        doc="Images (n, height, width) or (n, height, width, channels), channels last, say it themselves.",
    )


@parameter_set(group=NETWORK)
class DenseLayers(ParameterSet):
    """Dense layers, mirrored around the code."""

    hidden_layer_sizes: tuple[int, ...] | str = parameter(
        default="auto",
        kind=sizes("128, 32", least=0).or_auto(),
        help="Widths of the encoder's hidden layers, mirrored in the decoder; auto is one sized by the code.",
        doc='"auto" is one layer, eight times as wide as the code but at least 32; of codes wider than 10 '
        "numbers, twice as wide and 64 more.",
        flag="--hidden",
    )
    tied_weights: bool = parameter(
        default=False,
        kind=BOOLEAN,
        help="Whether each of the decoder's matrices is its partner's in the encoder, transposed.",
        doc="Each layer has a bias of its own.",
        flag="--tied",
    )


@parameter_set(group=NETWORK)
class Activations(ParameterSet):
    """What every network has."""

    activation: str = parameter(default="relu", kind=ACTIVATIONS, help="Activation of the hidden layers.")
    output_activation: str = parameter(
        default="auto",
        kind=AUTO_OR_ACTIVATION,
        help="Activation of the output.",
        doc='"auto" is the sigmoid for the cross-entropy; linear where ``activation`` or the start is; else '
        "the sigmoid if the scaled training rows lie within [0, 1], linear if not. ``output_activation_``"
        " says what it came to.",
    )
    initializer: str = parameter(
        default="auto",
        kind=_AUTO_OR_INITIALIZER,
        help="How the weights start; linear is at principal components, auto is that where it can be.",
        doc='"linear" is at the linear answer: before its first step the network gives what principal '
        "components of the training rows give (to the first order where the output is not linear), by "
        "units that carry the code through every hidden layer; the others are drawn by "
        '"glorot_uniform" and reach the output as they learn. It needs dense layers of an activation '
        "that can carry a number (relu, leaky_relu, gelu, softplus, linear), each at least twice as wide "
        'as the code, and a linear, plain code. "auto" is "linear" where that can be, else '
        '"glorot_uniform". Biases of a random start are 0.',
    )


@parameter_set(group=NETWORK)
class CodeActivation(ParameterSet):
    """The activation of a code that has one."""

    code_activation: str = parameter(default="linear", kind=ACTIVATIONS, help="Activation of the code.")


@parameter_set()
class OwnModules(ParameterSet):
    """A network of the user's own."""

    encoder: Any = parameter(
        default=None,
        kind=_MODULE,
        help="A network of your own in place of the layers, with ``decoder``: both or neither.",
        doc="Two modules, such as Equinox's, or two functions ``(key, (inputs, outputs))`` that make "
        "them. The encoder maps one row, an array of n_features numbers (of a convolutional autoencoder an "
        "image of ``image_shape_``), to one of ``n_components`` (twice as many for a Gaussian code: means, "
        "then log-variances). Float arrays in them are trained; a module that is passed is where training "
        "starts, and is not changed. Parameters of the layers (``hidden_layer_sizes``, ``filters``, "
        "``activation``, ``code_activation``, ``initializer`` and so on) do not reach it. A module with a "
        "parameter ``key``, ``inference`` or ``state`` is given it, as the page on your own network says.",
        flag=None,
    )
    decoder: Any = parameter(
        default=None,
        kind=_MODULE,
        help="The other half: maps a code to a row, or an image, before the output's activation.",
        flag=None,
    )


@parameter_set(group=CODE)
class ChosenBottleneck(ParameterSet):
    """A bottleneck that is chosen by name."""

    bottleneck: str = parameter(
        default="plain",
        kind=one_of(*BOTTLENECKS),
        help="What makes the code of the encoder's numbers.",
        doc='"plain" nothing; "topk" sets all but each row\'s k largest to 0; "gaussian" draws, in training, '
        "from a normal distribution whose divergence from a standard normal one is charged.",
    )
    bottleneck_params: Mapping[str, float] | None = parameter(
        default=None,
        kind=SETTINGS,
        help="Settings of the bottleneck.",
        doc=f"{described(BOTTLENECKS)} k must be given; auxiliary_weight is of the loss that revives units "
        "that no row uses, dead_epochs without use make a unit dead; beta is the weight of the divergence, "
        "which comes to be charged over warmup_epochs.",
        flag="--bottleneck-param",
    )
