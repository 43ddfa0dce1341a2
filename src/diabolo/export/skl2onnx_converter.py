"""Diabolo's estimators taught to skl2onnx, which exports a scikit-learn Pipeline as one graph."""

from __future__ import annotations

from typing import Any

import numpy as np

from diabolo.errors import InputError
from diabolo.estimators.autoencoder import Autoencoder, SparseAutoencoder, VariationalAutoencoder
from diabolo.estimators.convolutional import ConvolutionalAutoencoder
from diabolo.estimators.denoising import DenoisingAutoencoder
from diabolo.estimators.detector import AutoencoderDetector
from diabolo.estimators.inside import table_of
from diabolo.export.graph import type_number
from diabolo.export.onnx_model import graph_of, tensor_of
from diabolo.messages import setting

__all__ = ["register_skl2onnx"]

_TRANSFORMERS = (
    Autoencoder,
    ConvolutionalAutoencoder,
    DenoisingAutoencoder,
    SparseAutoencoder,
    VariationalAutoencoder,
)


def register_skl2onnx() -> None:
    """Have skl2onnx convert Diabolo's estimators, alone and in a Pipeline.

    An autoencoder gives its codes, as ``transform`` does. A detector gives the label and, as skl2onnx has it
    of scikit-learn's outlier detectors, ``decision_function``.

    Raises
    ------
    InputError
        The package ``skl2onnx`` is not installed.

    See Also
    --------
    to_onnx : Writes any part of one estimator, without skl2onnx.

    Notes
    -----
    What skl2onnx's graphs take and give is its own; see :func:`to_onnx` for every part of one estimator.

    Examples
    --------
    >>> import diabolo
    >>> from diabolo.datasets import load_digits
    >>> from skl2onnx import to_onnx
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> X, _ = load_digits()
    >>> register_skl2onnx()
    >>> steps = make_pipeline(StandardScaler(), diabolo.Autoencoder(max_epochs=1)).fit(X)
    >>> [output.name for output in to_onnx(steps, X[:1].astype("float32")).graph.output]
    ['variable']
    """
    try:
        from skl2onnx import update_registered_converter
    except ImportError as problem:
        raise InputError(
            'A converter for skl2onnx needs the package skl2onnx, which is not installed: pip install "'
            'diabolo[onnx]".'
        ) from problem
    for kind in _TRANSFORMERS:
        update_registered_converter(kind, f"Diabolo{kind.__name__}", _code_shape, _convert_transformer)
    update_registered_converter(
        AutoencoderDetector, "DiaboloAutoencoderDetector", _score_shapes, _convert_detector
    )


def _dtype_of(operator: Any) -> str:
    """Return the type of the numbers that go in, which what comes out has, too."""
    return "float64" if type(operator.inputs[0].type).__name__ == "DoubleTensorType" else "float32"


def _numbers(operator: Any, width: int) -> Any:
    from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType

    kind = DoubleTensorType if _dtype_of(operator) == "float64" else FloatTensorType
    return kind([operator.inputs[0].get_first_dimension(), width])


def _code_shape(operator: Any) -> None:
    operator.outputs[0].type = _numbers(operator, int(operator.raw_operator.n_components_))


def _score_shapes(operator: Any) -> None:
    from skl2onnx.common.data_types import Int64TensorType

    operator.outputs[0].type = Int64TensorType([operator.inputs[0].get_first_dimension()])
    operator.outputs[1].type = _numbers(operator, 1)


def _convert_transformer(scope: Any, operator: Any, container: Any) -> None:
    result, code = operator.outputs[0].full_name, scope.get_unique_variable_name("code")
    _add(scope, operator, container, "encode", code)
    container.add_node("Cast", code, result, name=result, to=type_number(_dtype_of(operator)))


def _convert_detector(scope: Any, operator: Any, container: Any) -> None:
    label, decision = (output.full_name for output in operator.outputs)
    _add(scope, operator, container, "predict", label)
    score, apart, line, shape = map(scope.get_unique_variable_name, ("score", "apart", "line", "shape"))
    _add(scope, operator, container, "score", score)
    threshold = float(operator.raw_operator.threshold_)
    container.add_initializer(line, type_number(_dtype_of(operator)), [1], [threshold])
    container.add_initializer(shape, type_number(np.int64), [2], [-1, 1])
    container.add_node("Sub", [line, score], apart, name=apart)
    container.add_node("Reshape", [apart, shape], decision, name=decision)


def _add(scope: Any, operator: Any, container: Any, part: str, result: str) -> None:
    """Add the nodes of a part to the graph that skl2onnx makes."""
    import onnx

    estimator = operator.raw_operator
    if table_of(estimator) is not None:
        raise InputError(
            f"{type(estimator).__name__} has {setting('categories')}, and skl2onnx hands it one table of "
            "numbers; diabolo.export.to_onnx takes text beside them."
        )
    given, kind = operator.inputs[0].full_name, type(operator.inputs[0].type).__name__
    if kind not in ("FloatTensorType", "DoubleTensorType"):
        cast = scope.get_unique_variable_name("numbers")
        container.add_node("Cast", given, cast, name=cast, to=type_number(np.float32))
        given = cast
    prefix = f"{scope.get_unique_operator_name('diabolo')}_{part}_"
    made = graph_of(estimator, part, _dtype_of(operator), prefix=prefix)
    names = {"X": given, made.outputs[0][0]: result}
    for name, array in made.graph.constants.items():
        container.add_initializer(name, type_number(array.dtype), array.shape, tensor_of(onnx, name, array))
    for operation, inputs, outputs, attributes in made.graph.nodes:
        given_names, made_names = ([names.get(each, each) for each in some] for some in (inputs, outputs))
        container.add_node(operation, given_names, made_names, name=made_names[0], **attributes)
