"""Answers that participants saved, checked against the key of their study before anything is counted."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from reports.tables import each_row
from reports.user_study import ANSWERS, LETTERS, MOST_WORDS

__all__ = ["read_answers"]


def read_answers(paths: Sequence[Path], key: pd.DataFrame) -> pd.DataFrame:
    """Read the CSV files of participants.

    Args:
        paths: a file may hold one participant or many; a row that is there twice counts once.
        key: of :func:`benchmarks.stylex.user_study_drawing.draw_study`.

    Returns:
        Columns ``participant``, ``question``, ``answer``.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a file is no such CSV, is of another study, or a row cannot be an answer.
    """
    parts = [_read(path, key) for path in paths]
    answers = pd.concat(parts, ignore_index=True).drop_duplicates()
    twice = answers[answers.duplicated(["participant", "question"], keep=False)]
    if len(twice):
        first = next(each_row(twice))
        raise ValueError(
            f"expected one answer of each participant to a question, got several of {first.participant!r} to "
            f"{first.question}; give participants different names"
        )
    return answers


def _read(path: Path, key: pd.DataFrame) -> pd.DataFrame:
    if not path.is_file():
        raise FileNotFoundError(f"expected a CSV of answers in {path}, got no such file")
    try:
        # utf-8-sig: spreadsheets put a mark in front
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise ValueError(f"expected a CSV of answers in {path}, got {str(error).strip()}") from error
    missing = [name for name in ANSWERS if name not in frame.columns]
    if missing:
        raise ValueError(
            f"expected the columns {', '.join(ANSWERS)} in {path}, got {', '.join(map(str, frame.columns))}; "
            "save it again as the form did, separated by commas"
        )
    if frame.empty:
        raise ValueError(f"expected answers in {path}, got none")
    frame = pd.DataFrame({name: frame[name].str.strip() for name in ANSWERS})
    for problem in _problems(frame, key):
        raise ValueError(f"{problem} of {path}")
    return frame.drop(columns="study")


def _problems(frame: pd.DataFrame, key: pd.DataFrame) -> Iterator[str]:
    """What is wrong with rows, in their order."""
    study, tests = str(key["study"].iloc[0]), dict(zip(key["question"], key["test"], strict=True))
    for line, row in enumerate(each_row(frame), start=2):
        if row.study != study:
            yield f"expected answers to study {study}, got {row.study!r} in line {line}; use the key of that study"
        elif row.question not in tests:
            yield f"expected a question of this study, got {row.question!r} in line {line}"
        elif not row.participant:
            yield f"expected a participant, got none in line {line}"
        elif tests[row.question] == "classification" and row.answer not in LETTERS:
            yield f"expected {' or '.join(LETTERS)} for {row.question}, got {row.answer!r} in line {line}"
        elif tests[row.question] == "description" and not 1 <= len(row.answer.split()) <= MOST_WORDS:
            yield f"expected one to {MOST_WORDS} words for {row.question}, got {row.answer!r} in line {line}"
