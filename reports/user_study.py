"""The form of a user study: one HTML file that needs nothing else, whose answers a browser saves as a CSV.

Which answers are right is not in it. Pictures are numbered in the order they are given in, so their order must not tell
either.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2
import numpy as np
import numpy.typing as npt

from reports.gallery import encode_thumbnail

__all__ = ["ANSWERS", "LETTERS", "MOST_WORDS", "Choice", "Description", "UserStudy", "render_user_study"]

ANSWERS = ("study", "participant", "question", "answer")
"""Columns of the CSV that the form makes."""

LETTERS = ("A", "B")
"""Answers to a choice."""

MOST_WORDS = 4
"""Of a description; the paper asks for one to four."""

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which of two moving pictures shows the same change as a third?

    Attributes:
        name: of the question.
        sample: number of the picture to compare with.
        options: numbers of the pictures A and B.
    """

    name: str
    sample: int
    options: tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Description:
    """What changes in these moving pictures, in one to four words?

    Attributes:
        name: of the question.
        pictures: numbers of moving pictures of one change.
    """

    name: str
    pictures: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class UserStudy:
    """What a form asks.

    Attributes:
        name: tells this form's answers from those of others.
        pictures: frames (H, W, 3) of every moving picture, from one end to the other.
        choices: asked first.
        descriptions: asked when all choices are made, since they show which pictures belong together.
    """

    name: str
    pictures: tuple[tuple[Pixels, ...], ...]
    choices: tuple[Choice, ...]
    descriptions: tuple[Description, ...]


def render_user_study(study: UserStudy) -> str:
    """Render the form: a complete HTML document.

    Args:
        study: questions and pictures.

    Raises:
        ValueError: a picture has fewer than two frames.
    """
    for number, frames in enumerate(study.pictures):
        if len(frames) < 2:
            raise ValueError(f"expected two or more frames of each picture, got {len(frames)} of number {number}")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("user_study.html").render(
        study=study,
        letters=LETTERS,
        most_words=MOST_WORDS,
        columns=ANSWERS,
        frames=[_uris(frames) for frames in study.pictures],
        pixelated=_small(study.pictures),
    )


def _uris(frames: Sequence[Pixels]) -> list[str]:
    encoded = [encode_thumbnail(frame) for frame in frames]
    kinds = {"png": "png", "jpg": "jpeg"}
    return [f"data:image/{kinds[suffix]};base64,{base64.b64encode(content).decode()}" for content, suffix in encoded]


def _small(pictures: Sequence[Sequence[Pixels]]) -> bool:
    """Whether single pixels should stay visible."""
    return all(max(frame.shape[:2]) <= 64 for frames in pictures for frame in frames[:1])
