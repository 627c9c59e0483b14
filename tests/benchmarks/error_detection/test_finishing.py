import re
import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import torch

from benchmarks.conditions import CLEAN
from benchmarks.error_detection.attack_table import RADII
from benchmarks.error_detection.attacking import AttackSetting
from benchmarks.error_detection.finishing import run_errors, setting_of
from benchmarks.error_detection.table import ERRORS
from benchmarks.preparation import Preparation
from benchmarks.report import write_report
from benchmarks.request import Resolved
from benchmarks.zoo import wrap_module
from reports.gallery import read_galleries
from reports.records import read_run
from reports.tables import read_tables
from robustness.consistency.storage import load_detector
from tests.benchmarks.error_detection.conftest import FEW_ATTACKS
from tests.conftest import SIDE, ColourNet

CPU = torch.device("cpu")


def test_a_whole_run_leaves_tables_figures_pictures_detector_and_page(finished: Path) -> None:
    tables = read_tables(finished)
    assert set(tables) == {"errors", "errors_curves", "errors_attacks"}
    assert list(tables["errors"].columns) == ERRORS
    assert {"clean", "mild", "severity 2", "severity 4", "corrupted", "adversarial"} == set(
        tables["errors"]["population"]
    )
    figures = {path.name for path in (finished / "figures").glob("*.svg")}
    assert {"errors_auroc_01.svg", "errors_risk_01_mild.svg", "errors_attacks_01.svg"} <= figures
    assert [gallery.name for gallery in read_galleries(finished)] == ["caught_by_confidence", "caught_by_detector"]
    assert load_detector(finished / "errors" / "detector-00.safetensors").facts["copies"] > 3
    scores = pd.read_parquet(finished / "errors" / "scores.parquet")
    assert {"score_detector", "prediction", "label", "correct", "half"} <= set(scores.columns)
    radii = pd.read_parquet(finished / "errors" / "radii-00.parquet")
    attacked = scores[scores["image_id"].isin(radii["image_id"]) & (scores["condition_severity"] == 0)]
    assert list(radii.columns) == RADII and len(radii) == FEW_ATTACKS.images == len(attacked)
    assert attacked["correct"].all() and (radii["smallest_fooling"] > 0).all()
    assert (radii["smallest_fooling"] <= radii["smallest_evading"] + 0.05).all(), "to evade as well takes no less"
    metadata = read_run(finished)
    assert metadata["status"] == "complete" and metadata["command"] == "here"
    page = (finished / "report.html").read_text()
    for words in (
        "Every score, judged on the same errors",
        "Under attack",
        "Caught by the detector",
        "learned detector",
    ):
        assert words in page


def test_the_same_call_changes_nothing(noisy: Resolved, finished: Path, tmp_path: Path) -> None:
    shutil.copytree(finished, tmp_path / "run")
    run_errors(noisy, tmp_path / "run", device=CPU, attacks=FEW_ATTACKS)
    kept = [path for path in finished.rglob("*") if path.is_file() and path.suffix != ".safetensors"]
    assert len(kept) > 10
    for path in kept:
        assert (tmp_path / "run" / path.relative_to(finished)).read_bytes() == path.read_bytes(), path


def test_the_report_is_made_again_without_any_classifier(finished: Path, tmp_path: Path) -> None:
    shutil.copytree(finished, tmp_path / "run")
    before = (tmp_path / "run" / "report.html").read_text()
    write_report([tmp_path / "run"], tmp_path / "run")
    assert (tmp_path / "run" / "report.html").read_text() == before


def test_classification_is_in_plain_float32(noisy: Resolved) -> None:
    assert setting_of(noisy).plan.precision == "exact"
    assert setting_of(noisy, AttackSetting(images=3)).attacks.images == 3


def test_a_choice_that_leaves_no_condition_is_refused(noisy: Resolved) -> None:
    with pytest.raises(ValueError, match="--severities and --corruptions that .* holds, got none"):
        setting_of(replace(noisy, plan=replace(noisy.plan, conditions=())))


@pytest.mark.parametrize("kind", ["zero errors", "all errors", "nonfinite", "unreadable"])
def test_nothing_to_tell_apart_ends_in_a_page_that_says_so(resolved: Resolved, tmp_path: Path, kind: str) -> None:
    plan = replace(resolved.plan, conditions=(CLEAN,))
    head = plan.models[0].classifier.module.head
    (model,), indices = plan.models, plan.label_indices[0]
    with torch.no_grad():
        head.weight.zero_()
        head.bias.copy_(torch.tensor([torch.nan if kind == "nonfinite" else 3.0, 0.0, 0.0]))
    wanted = {"zero errors": 0, "all errors": 1}.get(kind, 0)
    plan = replace(plan, models=(model,), label_indices=(dict.fromkeys(indices, wanted),))
    if kind == "unreadable":
        for path in (tmp_path / "data").rglob("*.png"):
            path.write_bytes(b"")
    settings = AttackSetting(images=2, multiples=(1.0,), steps=2, rounds=1, aware=FEW_ATTACKS.aware)
    table = run_errors(replace(resolved, plan=plan), tmp_path / "run", device=CPU, attacks=settings)
    expected = {
        "zero errors": "all 30 answers are right",
        "all errors": "all 30 answers are wrong",
    }.get(kind, "there is no row with an answer")
    own = table[(table["population"] == "clean") & (table["metric"] == "auroc")]
    assert own["value"].isna().all()
    assert own["convention"].str.contains(expected).any()
    assert all(re.match("undefined: .+", text) for text in own["convention"])
    assert (tmp_path / "run" / "report.html").exists()


class TwoColours(ColourNet):
    """Blue against red alone."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return super().forward(images)[:, ::2]


def test_two_classes_are_judged_and_attacked(noisy: Resolved, tmp_path: Path) -> None:
    names = ["blue", "red"]
    model = wrap_module(
        TwoColours(),
        name="two",
        class_names=names,
        preparation=Preparation(size=(SIDE, SIDE), crop_fraction=1.0),
        mean=(0.5, 0.5, 0.5),
        std=(0.25, 0.25, 0.25),
    )
    samples = noisy.plan.samples
    kept = samples.select(place for place, one in enumerate(samples.entries) if one.class_name in names)
    plan = replace(noisy.plan, models=(model,), samples=kept, label_indices=({"blue": 0, "red": 1},))
    table = run_errors(replace(noisy, plan=plan), tmp_path / "run", device=CPU, attacks=FEW_ATTACKS)
    corrupted = table[table["population"].eq("corrupted") & table["metric"].eq("auroc")].set_index("score")
    assert corrupted.loc["max_softmax", "value"] > 0.5
    attacks = read_tables(tmp_path / "run")["errors_attacks"]
    assert attacks.loc[attacks["metric"] == "fooled", "value"].max() > 0


def test_a_folder_of_one_class_has_figures_or_reasons(noisy: Resolved, tmp_path: Path) -> None:
    samples = noisy.plan.samples
    red = samples.select(place for place, one in enumerate(samples.entries) if one.class_name == "red")
    plan = replace(noisy.plan, samples=red)
    table = run_errors(replace(noisy, plan=plan), tmp_path / "run", device=CPU, attacks=AttackSetting(images=0))
    undefined = table[table["value"].isna()]
    assert len(table) and undefined["convention"].str.match("undefined: .+").all()
    distances = table[table["score"].eq("mahalanobis") & table["metric"].eq("auroc")]
    assert distances["convention"].str.contains("class").any() or distances["value"].notna().any()


def test_a_classifier_that_says_the_same_of_everything_ranks_nothing(resolved: Resolved, tmp_path: Path) -> None:
    head = resolved.plan.models[0].classifier.module.head
    with torch.no_grad():
        head.weight.zero_()
        head.bias.copy_(torch.tensor([3.0, 0.0, 0.0]))
    table = run_errors(resolved, tmp_path / "run", device=CPU, attacks=AttackSetting(images=0))
    rows = table[(table["score"] == "max_softmax") & (table["metric"] == "auroc")]
    assert rows["convention"].str.startswith("undefined: the score is the same for all").all()
