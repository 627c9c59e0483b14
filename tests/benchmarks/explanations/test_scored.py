from pathlib import Path

from benchmarks.explanations.scored import CONSISTENCY, scored_rows
from tests.benchmarks.explanations.conftest import write_scores
from tests.conftest import MakePlan


def test_without_error_detection_there_are_no_rows(make_plan: MakePlan, colour_folder: Path, tmp_path: Path) -> None:
    rows = scored_rows(make_plan(colour_folder), 0, tmp_path)
    assert not len(rows) and CONSISTENCY in rows.columns


def test_only_readable_images_of_the_model_and_its_data_count(
    make_plan: MakePlan, colour_folder: Path, tmp_path: Path
) -> None:
    plan = make_plan(colour_folder)
    first, second = (sample.image_id for sample in plan.samples.entries[:2])
    write_scores(
        tmp_path,
        [
            ("colour", first, "clean", 0, "ok", 1, -0.25),
            ("colour", second, "clean", 0, "truncated", None, None),
            ("colour", "elsewhere", "clean", 0, "ok", 1, -0.5),
            ("other", first, "clean", 0, "ok", 1, -0.75),
        ],
    )
    assert scored_rows(plan, 0, tmp_path)[["image_id", CONSISTENCY]].to_numpy().tolist() == [[first, -0.25]]
