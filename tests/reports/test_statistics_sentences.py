from reports.statistics_sentences import statistics_summary
from tests.reports.samples import EVIL
from tests.reports.statistics_samples import statistics_table


def test_pixels_and_the_first_and_last_depth_are_said() -> None:
    (said,) = statistics_summary({"global_statistics": statistics_table()})
    assert said.startswith("With the colour statistics of an image of another class, <strong>40.0\xa0% [35.0, 45.0]")
    assert "</strong> of 500 predictions change (of the same class: " in said
    assert "at <bdi>stem</bdi> (of the same class: 2.0\xa0%) and <strong>" in said
    assert said.endswith("at <bdi>layer2</bdi> (of the same class: 2.0\xa0%).")


def test_models_are_named_and_escaped_and_six_are_enough() -> None:
    said = statistics_summary({"global_statistics": statistics_table((EVIL, *"abcdefgh"))})
    assert len(said) == 6
    assert said[0].startswith("<strong><bdi>&lt;img")


def test_without_maps_pixels_are_said_alone_and_without_pixels_nothing() -> None:
    table = statistics_table()
    (alone,) = statistics_summary({"global_statistics": table[table["depth"] == "pixels"]})
    assert "channel statistics" not in alone and alone.endswith(".")
    assert statistics_summary({"global_statistics": table[table["depth"] == "stem"]}) == []
    assert statistics_summary({}) == statistics_summary({"global_statistics": table.iloc[:0]}) == []
