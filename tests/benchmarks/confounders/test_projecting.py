from types import SimpleNamespace

import torch

from benchmarks.confounders.projecting import FLOW, LINEAR, has_networks, networks
from tests.benchmarks.confounders.known import drawing
from tests.benchmarks.invariances.conftest import SMALL
from xai.invariances import as_condition, project


def test_networks_are_kept_and_move_what_the_group_moves(tmp_path):
    found, confounder = drawing(0)
    task = SimpleNamespace(options=SMALL, folder="m", fingerprint=lambda *more: "k" + str(len(str(more))))
    (tmp_path / "m").mkdir()
    assert not has_networks(task, tmp_path, "site")
    steps = []
    maps = networks(task, tmp_path, found, confounder, steps.append)
    assert len(steps) == 3 and set(maps) == {FLOW, LINEAR} and has_networks(task, tmp_path, "site")
    again = networks(task, tmp_path, found, confounder, steps.append)
    assert len(steps) == 3, "finished ones are not trained again"
    codes = found.autoencoder.posteriors(found.pools["test"].images).mean
    groups = confounder.groups["test"]
    here, there = (as_condition(one, 2, like=codes) for one in (groups, 1 - groups))
    moved = project(maps[LINEAR], codes, here, there)
    assert torch.equal(moved, project(again[LINEAR], codes, here, there))
    expected = codes.clone()
    expected[:, 0] += 120 / 255 * (1 - 2 * groups)
    assert (moved - expected).abs().max() < 0.03
