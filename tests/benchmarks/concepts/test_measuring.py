import torch

from benchmarks.concepts.fitting import fit_factors
from benchmarks.concepts.measuring import CAUSE, CONCEPTS, FACTORS, concept_rows, factor_rows
from reports.concept_sentences import CAUSE as SAID
from tests.benchmarks.concepts.coded import coded_question


def test_the_mark_decides_the_size_does_not_and_the_coin_is_absent() -> None:
    question = coded_question()
    found = fit_factors(question.features, question.attributes, question.split)
    table = concept_rows(question, found)
    assert list(table.columns) == CONCEPTS and set(table["map"]) == {"rotation"}
    figures = table.set_index(["factor", "metric", "other"])
    mark, size = figures.loc["mark", "swap_changes", ""], figures.loc["size", "swap_changes", ""]
    assert 0.4 < mark["low"] < mark["value"] < mark["high"] < 0.6 and mark["n"] == 240
    assert size["high"] < CAUSE == SAID < mark["low"]
    assert figures.loc["mark", "swap_to_donor", ""]["value"] > 0.98
    spreads = table[table["metric"].eq("logit_spread") & table["other"].eq("marked")].set_index("factor")["value"]
    assert spreads["mark"] > 4 * spreads["size"]
    assert abs(figures.loc["mark", "decided_as", "marked"]["value"] - 0.5) < 0.2
    assert figures.loc["mark", "leakage", "mark"]["low"] > 0.9 and figures.loc["size", "leakage", "mark"]["value"] < 0.1
    assert figures.loc["all features", "leakage", "coin"]["value"] < 0.05
    assert (table["low"] <= table["value"]).all() and (table["value"] <= table["high"]).all()

    said = factor_rows(question, found).set_index("factor")
    assert list(said.reset_index().columns) == FACTORS
    assert said["represented"].to_dict() == {"mark": True, "size": True, "coin": False}
    assert said.loc["coin", "low"] < 0 < said.loc["coin", "high"] and said.loc["mark", "low"] > 0
    assert said.loc["coin", "statement"].startswith("coin: not represented")


def test_every_image_gives_to_another_once() -> None:
    question = coded_question(50)
    donors = question.donors(question.judged)
    assert sorted(donors.tolist()) == question.judged.tolist() and not torch.equal(donors, question.judged)
    assert (donors != question.judged).all()
