from pathlib import Path

from PIL import Image

from tests.benchmarks.conftest import Cli


def test_a_contact_sheet_of_any_photo(cli: Cli, colour_folder: Path, tmp_path: Path) -> None:
    photo, sheet = colour_folder / "red" / "000.png", tmp_path / "new" / "sheet.png"
    outcome = cli("contact-sheet", "--image", photo, "--out", sheet, "--size", 16)
    assert outcome.status == 0, outcome.err
    assert outcome.last_line == str(sheet)
    with Image.open(sheet) as picture:
        assert picture.height > picture.width > 500


def test_no_photo_no_sheet(cli: Cli, tmp_path: Path) -> None:
    outcome = cli("contact-sheet", "--image", tmp_path / "none.png", "--out", tmp_path / "sheet.png")
    assert outcome.status == 2
    assert "none.png" in outcome.err
    assert not (tmp_path / "sheet.png").exists()
