"""What lies in the folder of a finished comparison."""

import pandas as pd

from reports.records import read_run
from reports.tables import read_tables
from tests.benchmarks.augmentation.conftest import TINY, Finished
from tests.benchmarks.augmentation.test_trainings import chosen


def test_tables_are_written_as_they_are_returned(finished: Finished) -> None:
    written = read_tables(finished.run)
    assert set(written) == set(finished.tables)
    for name, table in finished.tables.items():
        assert len(written[name]) == len(table) and list(written[name].columns) == list(table.columns)


def test_the_run_says_what_was_compared_and_chosen(finished: Finished) -> None:
    run = read_run(finished.run)
    assert run["chosen"] == {"padain_p": chosen(finished)}
    assert run["plan"]["recipes"] == list(TINY.recipes)
    assert "statistics" not in run["plan"]["bed"] and run["plan"]["bed"]["kind"] == "PlantedBed"
    assert "independent of it in 32 validation" in run["data"]["note"]


def test_every_kind_of_figure_is_there(finished: Finished) -> None:
    table = finished.tables["augmentations"]
    keys = set(zip(table["metric"], table["group"], strict=True))
    assert keys >= {
        ("error", "clean"),
        ("mean_corruption_error", "all"),
        ("mean_error", "noise"),
        ("mean_error", "contrast, brightness, fog"),
        ("ece", "corrupted"),
        ("auroc", "clean"),
        ("augrc", "corrupted"),
        ("accuracy_under_attack", "clean"),
        ("statistics_flip_rate", "pixels"),
        ("statistics_takeover_rate", "pixels"),
        ("images_per_second", "training"),
        ("relative_cost", "training"),
        ("gap_closed", "clean"),
    }
    assert not table.duplicated(["recipe", "metric", "group"]).any()


def test_the_baseline_costs_what_the_baseline_costs(finished: Finished) -> None:
    table = finished.tables["augmentations"]
    own = table[(table["metric"] == "relative_cost") & (table["recipe"] == "baseline")].iloc[0]
    assert own["value"] == own["low"] == own["high"] == 1


def test_own_recipes_stand_above_published_ones(finished: Finished) -> None:
    published: pd.DataFrame = finished.tables["published"]
    assert published["training"].iloc[0] == "baseline" and "reference" not in set(published["training"])
    assert {"CIFAR-100", "ImageNet"} <= set(published["dataset"])


def test_the_page_shows_it(finished: Finished) -> None:
    page = (finished.run / "report.html").read_text()
    for word in ("Recipes: which training makes it better?", "put to the test", "How these figures are counted",
                 "Recipes beside published ones"):  # fmt: skip
        assert word in page
    figures = {path.stem for path in (finished.run / "figures").glob("*.svg")}
    assert {"augmentations_ranking", "augmentations_trade_off", "augmentations_corruptions"} <= figures
