"""Out of Diabolo: models as ONNX files and as StableHLO programs, and a converter for skl2onnx."""

from diabolo.export.onnx_model import to_onnx
from diabolo.export.skl2onnx_converter import register_skl2onnx
from diabolo.export.stablehlo import to_stablehlo

__all__ = ["register_skl2onnx", "to_onnx", "to_stablehlo"]
