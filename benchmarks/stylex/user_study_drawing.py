"""The two tests of the StylEx paper drawn from a run: which picture shows the same attribute, and what changes?

Reference:
    Lang et al., Explaining in Style, 2021, section 4.2, https://arxiv.org/abs/2104.13369. Participants there choose
    between two attributes, and describe attributes in one to four words.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.stylex.user_study_courses import StudyCourse
from reports.user_study import LETTERS, Choice, Description, UserStudy

__all__ = ["KEY", "DrawnStudy", "draw_study"]

KEY = ["study", "question", "test", "right", "attribute", "other", "sample_image", "right_image", "wrong_image"]
"""Columns of the key; those that a test does not have are empty."""


@dataclass(frozen=True, kw_only=True)
class DrawnStudy:
    """A form and what its right answers are.

    Attributes:
        form: for participants.
        key: a row a question, columns :data:`KEY`.
    """

    form: UserStudy
    key: pd.DataFrame


def draw_study(courses: Sequence[StudyCourse], *, choices: int, seed: int) -> DrawnStudy:
    """Draw questions: attributes in turns, letters evenly, all in random order.

    Sample, right and wrong option show different images where there are enough, so that no image gives itself away.

    Args:
        courses: of two or more attributes.
        choices: number of choices; descriptions are one for each attribute.
        seed: another seed draws other questions.

    Raises:
        ValueError: no attribute has two images, or there is only one attribute.
    """
    generator = _generator(seed)
    order = generator.permutation(len(courses))  # numbers in the form must not tell attributes
    shuffled = [courses[place] for place in order]
    drawn = _draw_choices(shuffled, choices, generator)
    described = generator.permutation(sorted({one.attribute for one in courses})).tolist()
    named = [(f"description-{number:02d}", attribute) for number, attribute in enumerate(described, start=1)]
    name = _name(shuffled, drawn, named)
    form = UserStudy(
        name=name,
        pictures=tuple(one.frames for one in shuffled),
        choices=tuple(
            Choice(name=f"choice-{number:02d}", sample=one.sample, options=one.options)
            for number, one in enumerate(drawn, start=1)
        ),
        descriptions=tuple(
            Description(
                name=question, pictures=tuple(p for p, one in enumerate(shuffled) if one.attribute == attribute)
            )
            for question, attribute in named
        ),
    )
    return DrawnStudy(form=form, key=_key(name, shuffled, drawn, named))


@dataclass(frozen=True, kw_only=True)
class _Drawn:
    """A choice by places of courses."""

    sample: int
    right: int
    wrong: int
    letter: str

    @property
    def options(self) -> tuple[int, int]:
        return (self.right, self.wrong) if self.letter == LETTERS[0] else (self.wrong, self.right)


def _draw_choices(courses: Sequence[StudyCourse], count: int, generator: np.random.Generator) -> list[_Drawn]:
    places: dict[int, list[int]] = {}
    for place, one in enumerate(courses):
        places.setdefault(one.attribute, []).append(place)
    asked = [attribute for attribute, own in places.items() if len(own) > 1]
    if not asked or len(places) < 2:
        raise ValueError(
            f"expected two or more attributes, one of them with two images, got {len(places)} attributes with "
            f"{', '.join(str(len(own)) for own in places.values()) or 'no'} images"
        )
    letters = generator.permutation([LETTERS[number % 2] for number in range(count)]).tolist()
    targets = [asked[place] for turn in range(count) for place in generator.permutation(len(asked))][:count]
    used: Counter[int] = Counter()
    drawn = []
    for attribute, letter in zip(targets, letters, strict=True):
        sample, right = (int(place) for place in generator.choice(places[attribute], 2, replace=False))
        others = [other for other in generator.permutation(sorted(places)).tolist() if other != attribute]
        other = min(others, key=used.__getitem__)  # the first of those used least
        used[other] += 1
        wrong = _other_image(courses, places[other], courses[sample].image, courses[right].image, generator)
        drawn.append(_Drawn(sample=sample, right=right, wrong=wrong, letter=letter))
    return [drawn[place] for place in generator.permutation(count)]


def _other_image(
    courses: Sequence[StudyCourse], places: Sequence[int], sample: int, right: int, generator: np.random.Generator
) -> int:
    """A place of another image than the sample's, and than the right one's too if there is one."""
    mixed: list[int] = generator.permutation(places).tolist()
    return min(mixed, key=lambda place: 2 * (courses[place].image == sample) + (courses[place].image == right))


def _key(
    name: str, courses: Sequence[StudyCourse], drawn: Sequence[_Drawn], named: Sequence[tuple[str, int]]
) -> pd.DataFrame:
    rows: list[Mapping[str, object]] = [
        {
            "study": name,
            "question": f"choice-{number:02d}",
            "test": "classification",
            "right": one.letter,
            "attribute": courses[one.right].attribute,
            "other": courses[one.wrong].attribute,
            "sample_image": courses[one.sample].image,
            "right_image": courses[one.right].image,
            "wrong_image": courses[one.wrong].image,
        }
        for number, one in enumerate(drawn, start=1)
    ]
    rows += [
        {"study": name, "question": question, "test": "description", "attribute": attribute}
        for question, attribute in named
    ]
    key = pd.DataFrame(rows, columns=KEY)
    whole = ["other", "sample_image", "right_image", "wrong_image"]
    return key.astype(dict.fromkeys(whole, "Int64"))


def _name(courses: Sequence[StudyCourse], drawn: Sequence[_Drawn], named: Sequence[tuple[str, int]]) -> str:
    digest = hashlib.sha256(repr((drawn, named)).encode())
    for one in courses:
        digest.update(repr((one.attribute, one.image)).encode())
        for frame in one.frames:
            digest.update(frame.tobytes())
    return digest.hexdigest()[:12]


def _generator(seed: int) -> np.random.Generator:
    digest = hashlib.blake2b(f"{seed}\0user study".encode(), digest_size=8).digest()
    return np.random.default_rng(int.from_bytes(digest))
