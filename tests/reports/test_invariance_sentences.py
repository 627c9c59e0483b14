from reports.invariance_sentences import invariance_summary
from tests.reports.invariance_samples import invariance_tables
from tests.reports.samples import EVIL


def test_the_first_and_last_layer_are_said():
    (said,) = invariance_summary(invariance_tables())
    assert said.startswith("Of what images differ by, <bdi>layer2</bdi> discards <strong>10.0\xa0% [5.0, 15.0]")
    assert " and <bdi>logits</bdi> <strong>50.0\xa0%" in said
    assert said.endswith("keep the predicted class (reconstructions: 97.0\xa0%).")


def test_models_are_named_and_escaped_and_four_are_enough():
    said = invariance_summary(invariance_tables((EVIL, *"abcdef")))
    assert len(said) == 4 and said[0].startswith("<strong><bdi>&lt;img")


def test_one_layer_and_nothing():
    table = invariance_tables()["invariances"]
    (said,) = invariance_summary({"invariances": table[table["layer"] == "logits"]})
    assert said.count("discards") == 1 and "reconstructions" not in said
    assert invariance_summary({}) == invariance_summary({"invariances": table.iloc[:0]}) == []
    assert invariance_summary({"invariances": table[table["map"] == "linear"]}) == []
