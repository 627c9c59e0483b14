from reports.confounder_sentences import confounder_summary
from tests.reports.confounder_samples import confounder_table
from tests.reports.samples import EVIL


def test_the_strongest_is_said_beside_the_coin():
    table = confounder_table(confounders=("age", "hue"))
    table.loc[(table["confounder"] == "hue") & (table["metric"] == "flipped"), "value"] += 0.1
    (paragraph,) = confounder_summary({"confounders": table})
    assert "another group of <bdi>hue</bdi>" in paragraph and "70" in paragraph and "mean nothing 2" in paragraph


def test_models_are_named_and_names_are_harmless():
    paragraphs = confounder_summary({"confounders": confounder_table(("a", EVIL))})
    assert len(paragraphs) == 2 and EVIL not in paragraphs[1] and "<strong><bdi>a</bdi>" in paragraphs[0]


def test_without_rows_nothing_is_said():
    assert confounder_summary({}) == []
    table = confounder_table()
    assert confounder_summary({"confounders": table[table["confounder"] == "coin"]}) == []
