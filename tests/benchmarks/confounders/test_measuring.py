from types import SimpleNamespace

import pytest

from benchmarks.confounders.measuring import MEASURED, measure_confounder, projected_images
from benchmarks.confounders.projecting import LINEAR
from tests.benchmarks.confounders.known import drawing, marked
from xai.invariances import ProbeRecipe, as_condition, fit_linear


@pytest.mark.parametrize(("channel", "flips"), [(0, True), (2, False)], ids=["reads the group", "blind"])
def test_a_classifier_that_reads_the_group_changes_its_mind_and_another_does_not(channel, flips):
    found, confounder = drawing(channel)
    codes = found.autoencoder.posteriors(found.pools["train"].images).mean
    network = fit_linear(codes, as_condition(confounder.groups["train"], 2, like=codes))
    task = SimpleNamespace(options=SimpleNamespace(probe=ProbeRecipe(hidden=8, steps=20)))
    table = measure_confounder(task, found, confounder, {LINEAR: network}, seed=0)
    assert list(table) == MEASURED and set(table["map"]) == {LINEAR}
    value = table[table["metric"] != "pair"].set_index("metric")["value"]
    assert (value["flipped"] > 0.95) == flips and (value["flipped"] < 0.02) != flips
    assert value["readable"] > 0.97 and value["arrived"] > 0.97 and value["leak"] < 0.1 and value["round_trip"] < 0.01
    pairs = table[table["metric"] == "pair"]
    assert list(pairs["subject"]) == ["a → b", "b → a"] and pairs["n"].sum() == 80
    drawn = list(projected_images(found, confounder, network, [3, 4]))
    assert [group for group, _, _ in drawn] == confounder.groups["test"][[3, 4]].tolist()
    for _, plain, images in drawn:
        assert plain.shape == (3, 16, 16) and marked(images).tolist() == [0, 1]
