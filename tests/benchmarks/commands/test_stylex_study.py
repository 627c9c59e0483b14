from pathlib import Path

import pandas as pd

from tests.benchmarks.conftest import Cli
from tests.benchmarks.stylex.studied import write_run


def answered(key: pd.DataFrame, participant: str) -> pd.DataFrame:
    """All choices right, and the attribute's number for a name."""
    names = "attribute " + key["attribute"].map({1: "one", 2: "two", 3: "three"})
    answers = key["right"].where(key["test"] == "classification", names)
    return pd.DataFrame(
        {"study": key["study"], "participant": participant, "question": key["question"], "answer": answers}
    )


def test_a_study_is_made_answered_and_scored(cli: Cli, tmp_path: Path) -> None:
    write_run(tmp_path)
    made = cli("stylex", "study", tmp_path, "--choices", 6)
    assert made.status == 0, made.err
    form, folder = Path(made.last_line), tmp_path / "study"
    assert form == folder / "form.html" and "6 choices, 3 descriptions" in made.out
    key = pd.read_csv(folder / "key.csv", keep_default_na=False)
    files = []
    for person in ("ann", "bob", "cyd"):
        answered(key, person).to_csv(folder / f"{person}.csv", index=False)
        files += ["--answers", folder / f"{person}.csv"]
    scored = cli("stylex", "study", tmp_path, *files)
    assert scored.status == 0, scored.err
    scores = pd.read_csv(scored.last_line).set_index(["attribute", "metric"])
    assert scores.loc[(0, "share_right"), "value"] == 1 and scores.loc[(0, "share_right"), "n"] == 18
    assert 0.8 < scores.loc[(0, "share_right"), "low"] < 1
    assert scores.loc[(0, "agreement"), "value"] == 1
    assert "answers     27 of 3 participants" in scored.out and "attribute 3 share_right 1.000" in scored.out


def test_a_study_that_may_have_answers_is_not_replaced(cli: Cli, tmp_path: Path) -> None:
    write_run(tmp_path)
    assert cli("stylex", "study", tmp_path).status == 0
    assert cli("stylex", "study", tmp_path).status == 0, "the same study again"
    other = cli("stylex", "study", tmp_path, "--seed", 1)
    assert other.status == 2 and "choose another folder with --out" in other.err
    assert cli("stylex", "study", tmp_path, "--seed", 1, "--out", tmp_path / "other").status == 0


def test_mistakes_are_messages(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("what,ever\n")
    early = cli("stylex", "study", tmp_path, "--answers", tmp_path / "a.csv")
    assert early.status == 2 and "make the form first" in early.err
    assert cli("stylex", "study", tmp_path).status == 2
    write_run(tmp_path)
    cli("stylex", "study", tmp_path)
    bad = cli("stylex", "study", tmp_path, "--answers", tmp_path / "a.csv")
    assert bad.status == 2 and "expected the columns study, participant, question, answer" in bad.err
    assert not (tmp_path / "study" / "scores.csv").exists()
