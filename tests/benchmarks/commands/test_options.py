import os

import pytest

from benchmarks.commands.options import numbers, start, words


def test_lists_are_comma_separated_and_may_be_empty() -> None:
    assert words("fog,snow") == ("fog", "snow")
    assert numbers("1,3,") == (1, 3)
    assert words("") == numbers("") == ()


def test_other_than_whole_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="expected comma-separated whole numbers such as 1,3,5, got '1,x'"):
        numbers("1,x")


def test_every_command_speaks_first(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    start(offline=True)
    assert capsys.readouterr().out.startswith("classifier-audit ")
    assert os.environ["HF_HUB_OFFLINE"] == "1"
