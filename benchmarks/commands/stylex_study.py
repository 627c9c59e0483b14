"""``stylex study``: whether people see what attributes show."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from benchmarks.commands.options import NAME, Seed, start
from benchmarks.console import Console

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["stylex_study"]

_FORM, _KEY, _SCORES = "form.html", "key.csv", "scores.csv"


def stylex_study(
    run: Annotated[Path, typer.Argument(help="Folder of `stylex explain`.")],
    answers: Annotated[
        list[Path] | None, typer.Option(help="CSV that a participant saved; repeatable. Scores instead of asking.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the study; RUN/study by default.")] = None,
    choices: Annotated[int, typer.Option(min=1, help="Choices to ask for; descriptions are one an attribute.")] = 20,
    seed: Seed = 0,
) -> None:
    """Ask people what attributes show: make a form for their browser, and later score what they answered.

    The form is one file that needs no network: which of A and B changes as the sample does, and what changes, in one to
    four words. Right answers are in key.csv, which participants should not see.
    """
    console, folder = start(offline=True), out or run / "study"
    if answers:
        _score(answers, folder, seed, console)
    else:
        _ask(run, folder, choices, seed, console)


def _ask(run: Path, folder: Path, choices: int, seed: int, console: Console) -> None:
    from benchmarks.stylex.user_study_courses import read_courses
    from benchmarks.stylex.user_study_drawing import draw_study
    from reports.records import write_atomically
    from reports.user_study import render_user_study

    drawn = draw_study(read_courses(run), choices=choices, seed=seed)
    key = drawn.key.to_csv(index=False).encode()
    if (folder / _KEY).exists() and (folder / _KEY).read_bytes() != key:
        raise ValueError(
            f"expected {folder} to hold this very study, got another one, which answers may belong to; "
            "choose another folder with --out"
        )
    write_atomically(folder / _KEY, key)
    write_atomically(folder / _FORM, render_user_study(drawn.form).encode())
    console.say(f"study       {drawn.form.name}: {choices} choices, {len(drawn.form.descriptions)} descriptions")
    console.say(f"key         {folder / _KEY}: keep it from participants")
    console.say("score it, when answers are back:")
    console.say(f"  {NAME} stylex study {run} --answers answers-1.csv --answers answers-2.csv")
    console.say(str((folder / _FORM).resolve()))


def _score(paths: Sequence[Path], folder: Path, seed: int, console: Console) -> None:
    import pandas as pd

    from benchmarks.stylex.user_study_answers import read_answers
    from benchmarks.stylex.user_study_scoring import score_answers
    from reports.records import write_atomically

    if not (folder / _KEY).is_file():
        raise FileNotFoundError(
            f"expected the key of a study in {folder / _KEY}, got no such file; make the form first"
        )
    key = pd.read_csv(folder / _KEY, dtype={"study": str, "right": str}, keep_default_na=False)
    found = read_answers(paths, key)
    scores = score_answers(found, key, seed=seed)
    write_atomically(folder / _SCORES, scores.to_csv(index=False).encode())
    console.say(f"answers     {len(found)} of {found['participant'].nunique()} participants")
    _say(scores, console)
    console.say(str((folder / _SCORES).resolve()))


def _say(scores: "pd.DataFrame", console: Console) -> None:
    from reports.tables import each_row, format_interval

    for row in each_row(scores):
        where = f"attribute {row.attribute}" if row.attribute else "all"
        word = f" {row.word!r}" if row.word else ""
        figure = format_interval(row.value, row.low, row.high)
        console.say(f"{where:<12}{row.metric}{word} {figure}, n = {row.n}: {row.convention}")
