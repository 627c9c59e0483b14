from pathlib import Path

import pandas as pd
import pytest

from benchmarks.stylex.user_study_answers import read_answers

KEY = pd.DataFrame(
    {
        "study": "abc",
        "question": ["choice-01", "description-01"],
        "test": ["classification", "description"],
        "right": ["A", ""],
        "attribute": [1, 1],
    }
)
HEAD = "study,participant,question,answer\n"


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_text(text, encoding=encoding)
    return path


def test_files_of_several_participants_are_joined(tmp_path: Path) -> None:
    one = write(tmp_path / "1.csv", f'{HEAD}abc,ann,choice-01,A\nabc,ann,description-01," dark, ""thin"" lines "\n')
    two = write(tmp_path / "2.csv", f"{HEAD}abc,bob,choice-01,B\n", "utf-8-sig")
    found = read_answers([one, two, one], KEY)
    assert found.to_numpy().tolist() == [
        ["ann", "choice-01", "A"],
        ["ann", "description-01", 'dark, "thin" lines'],
        ["bob", "choice-01", "B"],
    ]


def test_columns_may_be_in_any_order_and_names_are_never_numbers(tmp_path: Path) -> None:
    path = write(tmp_path / "1.csv", "answer,extra,question,participant,study\nA,1,choice-01,007,abc\n")
    assert read_answers([path], KEY).to_numpy().tolist() == [["007", "choice-01", "A"]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected a CSV of answers"),
        (HEAD, "expected answers in .*, got none"),
        ("study;participant;question;answer\nabc;a;choice-01;A\n", "expected the columns study, participant, question"),
        (f"{HEAD}abc,a,choice-01,A,B,C\n" * 2, "expected"),
        (f"{HEAD}xyz,a,choice-01,A\n", "expected answers to study abc, got 'xyz' in line 2"),
        (f"{HEAD}abc,a,choice-01,A\nabc,a,choice-77,A\n", "a question of this study, got 'choice-77' in line 3"),
        (f"{HEAD}abc,,choice-01,A\n", "expected a participant, got none in line 2"),
        (f"{HEAD}abc,a,choice-01,C\n", "expected A or B for choice-01, got 'C'"),
        (f"{HEAD}abc,a,description-01,\n", "expected one to 4 words for description-01, got ''"),
        (f"{HEAD}abc,a,description-01,a b c d e\n", "expected one to 4 words"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_answers([write(tmp_path / "a.csv", text)], KEY)


def test_files_that_are_no_text_or_not_there_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"\xff\xfe\x00 no text")
    with pytest.raises(ValueError, match=r"expected a CSV of answers in .*a\.csv"):
        read_answers([tmp_path / "a.csv"], KEY)
    with pytest.raises(FileNotFoundError, match=r"expected a CSV of answers in .*b\.csv, got no such file"):
        read_answers([tmp_path / "b.csv"], KEY)


def test_one_name_for_two_people_is_refused(tmp_path: Path) -> None:
    one = write(tmp_path / "1.csv", f"{HEAD}abc,a,choice-01,A\n")
    two = write(tmp_path / "2.csv", f"{HEAD}abc,a,choice-01,B\n")
    with pytest.raises(ValueError, match="got several of 'a' to choice-01; give participants different names"):
        read_answers([one, two], KEY)
