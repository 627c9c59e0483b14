import pytest

from benchmarks.console import Console


def test_plain_lines_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with Console().progress("images", total=3000) as bar:
        bar.advance(1000)
        bar.advance(2000)
    assert capsys.readouterr().out == "images: 3,000 of 3,000\n"


def test_lines_come_at_most_every_five_seconds(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 1.0, 6.0, 7.0])
    monkeypatch.setattr("benchmarks.console.time.monotonic", lambda: next(clock))
    with Console().progress("images", total=100) as bar:
        for _ in range(3):
            bar.advance(10)
    assert capsys.readouterr().out == "images: 20 of 100, about 24 s left\n"


def test_a_bar_on_a_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    with Console().progress("images", total=2) as bar:
        bar.advance(2)
    assert "2/2" in capsys.readouterr().out
