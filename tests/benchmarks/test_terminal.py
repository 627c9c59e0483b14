from dataclasses import replace
from pathlib import Path

import pytest
import timm

from benchmarks.checkpoints import write_checkpoint
from benchmarks.console import Console
from benchmarks.export import Export, OtherExportError
from benchmarks.request import ModelRequest, Request
from benchmarks.terminal import Execution, carry_out
from reports.records import read_run
from tests.conftest import COLOURS


@pytest.fixture
def request_of_one(colour_folder: Path, tmp_path: Path) -> Request:
    """One model, one corruption, twelve images."""
    file = tmp_path / "w.safetensors"
    write_checkpoint(timm.create_model("test_resnet", num_classes=3), file, class_names=tuple(COLOURS))
    models = (ModelRequest(name="test_resnet", checkpoint=file),)
    return Request(models=models, data=str(colour_folder), corruptions=("contrast",), severities=(3,), images=12)


def test_it_says_what_will_be_done_and_what_was_found(
    request_of_one: Request, colour_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (colour_folder / "nobody").mkdir()
    (colour_folder / "red" / "notes.doc").write_text("")
    carry_out(request_of_one, Execution(out=tmp_path / "run", device="cpu"), Console())
    lines = capsys.readouterr().out.splitlines()
    said = {line.split()[0]: line for line in lines[:-1]}
    assert said["images"].endswith("12 of data in 4 classes")
    assert said["empty"].endswith("1 classes without images: nobody")
    assert said["ignored"].endswith("1 files that are no images")
    assert said["conditions"].endswith("2: contrast at severities [3]")
    assert said["work"].endswith("1 units, 24 records")
    assert "stored" not in said and "exported" not in said
    accuracy = next(line for line in lines if line.startswith("test_resnet  accuracy "))
    assert "n = 12" in accuracy and accuracy.endswith("clean images, top-1"), "no figure without its convention"
    assert lines[-1] == str(tmp_path / "run" / "report.html")
    assert read_run(tmp_path / "run")["status"] == "complete"


def test_an_export_that_cannot_be_is_refused_before_the_sweep(
    request_of_one: Request, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("precious")
    execution = Execution(out=tmp_path / "run", export=Export(folder=tmp_path / "mine"))
    with pytest.raises(OtherExportError, match="other files in it"):
        carry_out(request_of_one, execution, Console())
    assert not (tmp_path / "run" / "records").exists()
    carry_out(request_of_one, replace(execution, export=Export(folder=tmp_path / "new")), Console())
    assert "exported    12 images under 1 conditions" in capsys.readouterr().out
    assert len(list((tmp_path / "new" / "contrast" / "3").rglob("*.JPEG"))) == 12
