"""What Keras's programs reach on the same data, with which the examples are compared.

Keras 3.15.1 on TensorFlow 2.21: Adam at 0.001 with epsilon 1e-7, Glorot's uniform weights, biases of zero;
the sparse networks by 400 steps of L-BFGS, as in the CS294A notes. Figures are rounded: the mean
and, where several seeds were run, their range.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Reference:
    """A measured figure.

    Parameters
    ----------
    mean : str
        As rounded; its digits say how closely to compare.
    least, largest : str
        Range over the seeds; both empty where only the mean is known.
    better : {"lower", "higher", "neither"}
        On which side of the range a figure is better.
    """

    mean: str
    least: str = ""
    largest: str = ""
    better: Literal["lower", "higher", "neither"] = "lower"

    def verdict(self, mean: float) -> str:
        """Say whether a mean is within the range, better, worse or merely differs, at the range's digits."""
        least, largest = self.least or self.mean, self.largest or self.mean
        rounded = round(mean, len(least.partition(".")[2]))
        if float(least) <= rounded <= float(largest):
            return "within"
        if self.better == "neither":
            return "differs"
        side = "lower" if rounded < float(least) else "higher"
        return "better" if side == self.better else "worse"

    def __str__(self) -> str:
        return f"{self.mean} ({self.least} to {self.largest})" if self.least else self.mean


KERAS = {
    "digits_map": {
        "mean squared error": Reference("0.0329", "0.0325", "0.0334"),
        "5-nearest-neighbor label accuracy": Reference("0.828", "0.821", "0.834", "higher"),
        "trustworthiness": Reference("0.943", "0.942", "0.944", "higher"),
    },
    "fashion_dense": {"validation mean squared error": Reference("0.00880", "0.00879", "0.00881")},
    "fashion_denoising": {
        "mean squared error of the noisy images": Reference("0.0255", better="neither"),
        "mean squared error after denoising": Reference("0.00678"),
        "peak signal-to-noise after denoising, dB": Reference("22.07", better="higher"),
        "mean squared error on clean input": Reference("0.00449"),
    },
    "mnist_dense": {
        "test cross-entropy": Reference("0.1129", "0.1108", "0.1143"),
        "test mean squared error": Reference("0.0160"),
    },
    "mnist_deep": {
        "test cross-entropy": Reference("0.1136", "0.1122", "0.1155"),
        "test mean squared error": Reference("0.0170"),
    },
    "mnist_convolutional": {
        "test cross-entropy": Reference("0.0708", "0.0704", "0.0713"),
        "test mean squared error": Reference("0.0034"),
    },
    "mnist_denoising": {
        "mean squared error of the noisy images": Reference("0.252", better="neither"),
        "cross-entropy after denoising": Reference("0.1728", "0.1709", "0.1754"),
        "mean squared error after denoising": Reference("0.0358"),
        "peak signal-to-noise after denoising, dB": Reference("14.7", better="higher"),
    },
    "ecg_anomalies": {
        "tutorial: accuracy": Reference("0.940", "0.937", "0.943", "higher"),
        "tutorial: precision": Reference("0.987", "0.986", "0.988", "higher"),
        "tutorial: recall": Reference("0.905", "0.898", "0.911", "higher"),
        "tutorial: roc_auc": Reference("0.962", "0.960", "0.964", "higher"),
    },
    "sparse_features": {
        "191 units: J": Reference("0.290", "0.267", "0.316"),
        "191 units: mean squared error": Reference("0.0043", "0.0034", "0.0052"),
        "191 units: mean activation": Reference("0.1002", "0.0988", "0.1014", "neither"),
        "191 units: least mean activation of a unit": Reference("0.0988", better="higher"),
        "191 units: largest mean activation of a unit": Reference("0.1014", better="lower"),
        "25 units: J": Reference("1.418", "1.411", "1.424"),
        "25 units: mean squared error": Reference("0.0304"),
    },
}
