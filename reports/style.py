"""One look for every figure, readable at 400 pixels, without touching matplotlib's global state.

Figures are made with :func:`new_figure`, drawn inside :func:`house_style` and turned into bytes by
:func:`svg_bytes`; pyplot is never asked to hold, show or close anything. Text stays text in the SVG, so that
a browser can draw scripts that the bundled font lacks.
"""

import io
import unicodedata
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend

__all__ = [
    "INK",
    "PALETTE",
    "Look",
    "house_style",
    "looks",
    "new_figure",
    "plain_legend",
    "short_names",
    "shown",
    "svg_bytes",
]

# Okabe and Ito's colours, the light yellow left out, dark ones first.
# Reference: Wong, "Points of view: Color blindness", Nature Methods 8, 441 (2011).
PALETTE: tuple[str, ...] = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X")
_LINES = ("-", "--", "-.", ":")
INK = "#1f2933"  # text and axes; the lighter greys below hold 4.5:1 against white where they carry text
_QUIET = "#52606d"
_GRID = "#e4e7eb"


@dataclass(frozen=True, kw_only=True)
class Look:
    """How one model is drawn: colour, marker and line style all tell it apart."""

    color: str
    marker: str
    line: str


def looks(names: Iterable[str]) -> dict[str, Look]:
    """Give each name its look, in order of first appearance.

    >>> looks(["resnet18", "vit", "resnet18"])["vit"].color
    '#D55E00'
    """
    unique = list(dict.fromkeys(names))
    return {
        name: Look(
            color=PALETTE[index % len(PALETTE)],
            marker=_MARKERS[index % len(_MARKERS)],
            line=_LINES[index // len(PALETTE) % len(_LINES)],
        )
        for index, name in enumerate(unique)
    }


def shown(text: object, limit: int = 28) -> str:
    """Return ``text`` fit for one line of a figure: no control characters, at most ``limit`` characters.

    >>> shown("resnet50.recipe9", limit=8), shown(chr(7) + "bell")
    ('resne…e9', '�bell')
    """
    line = "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(c)[0] == "C" else c for c in str(text))
    if len(line) > limit:
        end = limit // 3  # names of models differ at their ends as often as at their beginnings
        line = f"{line[: limit - end - 1]}…{line[len(line) - end :]}"
    return f" {line}" if line.startswith("_") else line  # matplotlib drops legend entries that start with _


def short_names(names: Iterable[str], limit: int = 28) -> dict[str, str]:
    """Return each name as :func:`shown`, but no two alike: names that would be keep the words in which they differ.

    >>> short_names(["vit_base_patch16_224.augreg_in1k", "vit_base_patch16_224.augreg2_in1k"], limit=16)
    {'vit_base_patch16_224.augreg_in1k': 'vit_…augreg', 'vit_base_patch16_224.augreg2_in1k': 'vit_…augreg2'}
    """
    unique = list(dict.fromkeys(names))
    groups: dict[str, list[str]] = {}
    for name in unique:
        groups.setdefault(shown(name, limit), []).append(name)
    short = {name: label for label, same in groups.items() for name in same if len(same) == 1}
    for same in (same for same in groups.values() if len(same) > 1):
        for name, words in zip(same, _differing(same), strict=True):
            label = shown(f"{name[: limit // 4]}…{words}", limit)
            short[name] = label if label not in short.values() else f"{shown(name, limit - 4)} #{len(short) + 1}"
    return {name: short[name] for name in unique}


def _differing(names: Sequence[str]) -> list[str]:
    """Cut off what the names begin and end with in common, up to the borders of words."""
    start = _agreement(names)
    end = _agreement([name[start:][::-1] for name in names])
    while start and names[0][start - 1].isalnum():
        start -= 1
    while end and names[0][-end].isalnum():
        end -= 1
    return [name[start : len(name) - end] for name in names]


def _agreement(names: Sequence[str]) -> int:
    """Count the characters with which all names begin."""
    return sum(1 for _ in takewhile(lambda letters: len(set(letters)) == 1, zip(*names, strict=False)))


def plain_legend(legend: "Legend") -> "Legend":
    """Read the legend's texts as they are, dollar signs included."""
    for text in legend.get_texts():
        text.set_parse_math(False)
    return legend


@contextmanager
def house_style() -> Iterator[None]:
    """Apply the house style inside a ``with`` block and restore what was there before."""
    import matplotlib as mpl
    import seaborn as sns

    with mpl.rc_context(_settings(sns.axes_style("whitegrid"))), _quiet_glyphs():
        yield


def _settings(ground: Any) -> dict[Any, Any]:
    """Return the settings of the house on top of ``ground``."""
    from cycler import cycler

    return {
        **ground,
        "font.family": "sans-serif",
        "font.sans-serif": ["DejaVu Sans", "Verdana", "Segoe UI", "Helvetica", "Arial", "sans-serif"],
        "font.size": 9.5,
        "axes.titlesize": 10,
        "axes.titleweight": "bold",
        "axes.labelsize": 9.5,
        "xtick.labelsize": 9,
        "ytick.labelsize": 9,
        "legend.fontsize": 9,
        "legend.frameon": False,
        "text.color": INK,
        "axes.labelcolor": INK,
        "axes.edgecolor": _QUIET,
        "xtick.color": INK,
        "ytick.color": INK,
        "grid.color": _GRID,
        "grid.linewidth": 0.8,
        "axes.linewidth": 0.8,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.prop_cycle": cycler(color=list(PALETTE)),
        "lines.linewidth": 1.8,
        "lines.markersize": 4.5,
        "figure.dpi": 72,
        "svg.fonttype": "none",
        "svg.hashsalt": "classifier-audit",
        "text.parse_math": False,
    }


@contextmanager
def _quiet_glyphs() -> Iterator[None]:
    """Silence the one warning about glyphs the bundled font lacks: the reader's browser has the last word."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from font", category=UserWarning)
        warnings.filterwarnings("ignore", message=r"Matplotlib currently does not support", category=UserWarning)
        yield


def new_figure(size: Sequence[float]) -> "Figure":
    """Return an empty figure of ``size`` (width, height) in inches that belongs to nobody else."""
    from matplotlib.figure import Figure

    return Figure(figsize=(size[0], size[1]), layout="constrained", facecolor="white")


def svg_bytes(figure: "Figure", title: str) -> bytes:
    """Render ``figure`` as SVG; the same figure gives the same bytes.

    Args:
        figure: a figure drawn inside :func:`house_style`.
        title: the document's title, for readers that show or speak it.
    """
    buffer = io.BytesIO()
    with house_style():
        figure.savefig(buffer, format="svg", metadata={"Title": shown(title, 200), "Date": None, "Creator": None})
    return buffer.getvalue()
