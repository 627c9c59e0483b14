"""A folder of everything that goes wrong, audited from the command line to the page: no outcome is silent."""

import json
import unicodedata
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import timm
from PIL import Image

from benchmarks.checkpoints import write_checkpoint
from benchmarks.cli import main
from reports.records import read_records
from tests.benchmarks.datasets.pictures import bomb, encoded, picture

EVIL = "<img src=x onerror=alert(1)>"
CLASSES = ("con", "naïve 日本", EVIL, "7", "12", "=1+1", "None")
EXIF_ROTATED = 6

BAD = {
    "empty.png": (b"", "empty"),
    "truncated.jpg": (encoded(picture(size=(300, 200)), "JPEG")[:900], "truncated"),
    "garbage.png": (bytes(range(256)), "unreadable"),
    "page.jpg": (b"<!DOCTYPE html><html>404 not found</html>", "unreadable"),
    "bomb.png": (bomb(60_000, 60_000), "too_large"),
}


def odd_but_readable() -> dict[str, tuple[bytes, str]]:
    """File name to content and the note it must leave."""
    image = picture()
    exif = Image.Exif()
    exif[0x0112] = EXIF_ROTATED
    deep = Image.fromarray((np.arange(600, dtype=np.uint32).reshape(20, 30) * 109).astype(np.uint16))
    return {
        "grey.png": (encoded(image.convert("L"), "PNG"), "grey"),
        "palette.png": (encoded(image.convert("P"), "PNG"), "palette"),
        "cmyk.jpg": (encoded(image.convert("CMYK"), "JPEG"), "cmyk"),
        "deep.png": (encoded(deep, "PNG"), "16_bit"),
        "rotated.jpg": (encoded(image, "JPEG", exif=exif), "exif_rotated"),
        "really_a_jpeg.png": (encoded(image, "JPEG"), "wrong_extension"),
        "plain.png": (encoded(image, "PNG"), ""),
    }


@pytest.fixture
def torture(tmp_path: Path) -> Path:
    """Seven strange class folders, the first one full of strange files, and one folder without images."""
    root = tmp_path / "torture"
    for number, name in enumerate(CLASSES):
        (root / unicodedata.normalize("NFD", name)).mkdir(parents=True)
        for copy in range(3):
            image = picture(seed=10 * number + copy)
            image.save(root / unicodedata.normalize("NFD", name) / f"{copy}.png")
    for name, (content, _) in (BAD | odd_but_readable()).items():
        (root / "con" / name).write_bytes(content)
    (root / "nobody home").mkdir()
    (root / "con" / "notes.txt").write_text("not an image")
    return root


def checkpoint(folder: Path, names: tuple[str, ...]) -> list[str]:
    module = timm.create_model("test_resnet", num_classes=len(names))
    config = json.dumps({"input_size": [3, 32, 32], "crop_pct": 1.0})
    write_checkpoint(module, folder / "w.safetensors", class_names=names, data_config=config)
    return ["--model", "test_resnet", "--checkpoint", str(folder / "w.safetensors")]


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["classifier-audit", "audit", "--sections", "corruptions", *arguments])
    try:
        main()
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


def test_every_image_has_its_outcome(
    torture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    model = checkpoint(tmp_path, CLASSES)
    assert run(monkeypatch, *model, "--data", str(torture), "--out", str(out), "--preset", "quick") == 0
    printed = capsys.readouterr().out
    assert "5 images without a prediction" in printed
    assert "1 classes without images: nobody home" in printed
    assert "1 files that are no images" in printed

    records = read_records(out)
    images = len(CLASSES) * 3 + len(BAD) + len(odd_but_readable())
    assert len(records) == images * 11
    assert (records.groupby(["condition_name", "condition_severity"], observed=True).size() == images).all()

    clean = records[records["condition_name"] == "clean"].set_index("image_id")
    for name, (_, status) in BAD.items():
        assert clean.loc[f"con/{name}", "status"] == status, name
        assert pd.isna(clean.loc[f"con/{name}", "prediction"])
    for name, (_, note) in odd_but_readable().items():
        assert clean.loc[f"con/{name}", "status"] == "ok", name
        assert note in clean.loc[f"con/{name}", "note"].split(",") or not note
        assert clean.loc[f"con/{name}", "prediction"] >= 0

    classes = pd.read_csv(out / "tables" / "classes.csv", keep_default_na=False, dtype={"class_name": str})
    assert set(classes["class_name"]) == set(CLASSES)
    skipped = pd.read_csv(out / "tables" / "skipped.csv")
    assert Counter(skipped["status"]) == Counter(status for _, status in BAD.values())

    page = (out / "report.html").read_text(encoding="utf-8")
    assert EVIL not in page and "&lt;img src=x onerror=alert(1)&gt;" in page


def test_missing_and_extra_classes_are_named(
    torture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    model = checkpoint(tmp_path, (*CLASSES[1:], "zebra"))
    assert run(monkeypatch, *model, "--data", str(torture), "--out", str(tmp_path / "run")) == 2
    error = capsys.readouterr().err
    assert "con" in error and "--class-map" in error
    assert not (tmp_path / "run").exists(), "nothing is started on labels that do not match"


@pytest.mark.parametrize("count", [2, 1000])
def test_small_and_large_heads(
    count: int, torture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    names = (*(f"class {number}" for number in range(count - 2)), "7", "12")
    for folder in torture.iterdir():
        if folder.name not in {"7", "12"}:
            for path in folder.iterdir():
                path.unlink()
    out = tmp_path / "run"
    model = checkpoint(tmp_path, names)
    assert run(monkeypatch, *model, "--data", str(torture), "--out", str(out), "--preset", "quick") == 0
    records = read_records(out)
    assert len(records) == 6 * 11
    assert set(records["label"]) == {count - 2, count - 1}
    assert (records["top5"].map(len) == min(count, 5)).all()
    assert (out / "report.html").stat().st_size < 10e6  # although no answer is right
    capsys.readouterr()
