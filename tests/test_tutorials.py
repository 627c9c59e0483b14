"""The tutorials as their readers follow them: every block runs, in its order, in an empty folder."""

import re
import shlex
from pathlib import Path

import pytest

from benchmarks.cli import main

TUTORIALS = Path(__file__).parents[1] / "docs" / "tutorials"
PAGES = sorted(set(TUTORIALS.glob("*.md")) - {TUTORIALS / "index.md"})
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PRODUCED = re.compile(r"`(runs/[\w./-]+)`")


def commands(block: str) -> list[list[str]]:
    return [shlex.split(line) for line in block.replace("\\\n", " ").splitlines()]


def run_command(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", words)
    try:
        main()
    except SystemExit as stop:
        assert not stop.code, shlex.join(words)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_block_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text, namespace = page.read_text(encoding="utf-8"), dict[str, object]()
    for language, block in BLOCK.findall(text):
        if language == "python":
            exec(compile(block, str(page), "exec"), namespace)
        else:
            assert language == "bash"
            for words in commands(block):
                assert words[0] == "classifier-audit"
                run_command(words, monkeypatch)
    for named in PRODUCED.findall(text):
        assert Path(named).exists(), named


def test_there_are_tutorials_and_their_blocks_are_found() -> None:
    assert {page.stem for page in PAGES} == {"digits", "own-model"}
    assert commands("a b \\\n    'c d'\ne\n") == [["a", "b", "c d"], ["e"]]
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        assert len(BLOCK.findall(text)) * 2 == text.count("```")
