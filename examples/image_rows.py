"""Rows of gray images under each other, on one scale."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure


def draw_image_rows(rows: Mapping[str, np.ndarray], title: str) -> Figure:
    """Draw each stack of images of values from 0 to 1 as a row, with its name beside it."""
    stacks = list(rows.values())
    n_images, height, _ = stacks[0].shape
    # One pixel in ten between images; not a number is drawn transparent.
    gap = max(height // 10, 1)
    padded = [np.pad(stack, ((0, 0), (0, gap), (0, gap)), constant_values=np.nan) for stack in stacks]
    picture = np.vstack([np.hstack(list(stack)) for stack in padded])[:-gap, :-gap]

    figure = plt.figure(figsize=(0.85 * n_images + 1.2, 0.9 * len(rows) + 0.5), layout="compressed")
    ax = figure.add_subplot()
    ax.imshow(picture, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    ax.set_xticks([])
    ax.set_yticks([(height + gap) * row + (height - 1) / 2 for row in range(len(rows))], list(rows))
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set_title(title)
    return figure
