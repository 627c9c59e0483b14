"""A contact sheet: one photo in many versions, a row for each kind of change and a column for each strength."""

import io
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from reports.style import house_style, new_figure, shown

__all__ = ["contact_sheet"]

_INCH = 1.2  # width of a picture
_LABEL = 1.8  # inches for the names of the rows
_DPI = 130
_GAP = 0.03  # between pictures, in widths of one


def contact_sheet(
    rows: Mapping[str, Sequence[npt.NDArray[np.uint8]]], columns: Sequence[str], *, title: str
) -> Image.Image:
    """Draw pictures in a grid with names on both axes.

    Args:
        rows: name of a row to its pictures, (H, W, 3) uint8 of one size, as many as ``columns``; at least one row.
        columns: names of the columns.
        title: one line above the grid.

    Raises:
        ValueError: a row has another number of pictures.

    Example:
        >>> grey = np.full((8, 8, 3), 128, np.uint8)
        >>> sheet = contact_sheet({"fog": [grey, grey]}, ["1", "2"], title="a photo")
        >>> sheet.width > sheet.height
        True
    """
    for name, pictures in rows.items():
        if len(pictures) != len(columns):
            raise ValueError(f"expected {len(columns)} pictures for row {name!r}, one a column, got {len(pictures)}")
    mosaic = _mosaic(list(rows.values()))
    step = mosaic.shape[0] / len(rows), mosaic.shape[1] / len(columns)
    width = _INCH * len(columns)
    with house_style():
        figure = new_figure((width + _LABEL, 0.6 + width * mosaic.shape[0] / mosaic.shape[1]))
        ax = figure.subplots()
        ax.imshow(mosaic)  # the default interpolation: smooth where it shrinks, sharp pixels where it enlarges
        ax.set_yticks([(place + 0.5) * step[0] for place in range(len(rows))], [shown(name) for name in rows])
        ax.set_xticks([(place + 0.5) * step[1] for place in range(len(columns))], [shown(name) for name in columns])
        ax.tick_params(length=0, labeltop=True, labelbottom=False)
        ax.grid(visible=False)
        ax.spines[:].set_visible(False)
        ax.set_title(shown(title, 80), parse_math=False)
        file = io.BytesIO()
        figure.savefig(file, format="png", dpi=_DPI)
    file.seek(0)
    return Image.open(file).convert("RGB")


def _mosaic(rows: Sequence[Sequence[npt.NDArray[np.uint8]]]) -> npt.NDArray[np.uint8]:
    """All pictures in one, each with a white margin to its right and below."""
    height, width = rows[0][0].shape[:2]
    gap = max(1, round(_GAP * width))
    mosaic = np.full((len(rows), height + gap, len(rows[0]), width + gap, 3), 255, np.uint8)
    for row, pictures in enumerate(rows):
        for column, picture in enumerate(pictures):
            mosaic[row, :height, column, :width] = picture
    return mosaic.reshape(len(rows) * (height + gap), -1, 3)
