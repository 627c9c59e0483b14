from dataclasses import replace
from pathlib import Path

import pytest
import torch

from benchmarks.engines import running_engines
from benchmarks.invariances.running import Options, frozen, left_to_train, open_tasks, sample_layers
from benchmarks.plan import Plan
from tests.benchmarks.invariances.conftest import SMALL

HOW = {"device": torch.device("cpu"), "batch_size": 16}


def test_what_is_finished_is_not_trained_again(plan: Plan, tmp_path: Path) -> None:
    (task,) = open_tasks(plan, SMALL, **HOW)
    with running_engines(plan, **HOW) as (engine,):
        assert left_to_train(task, tmp_path, engine) == 3 + 2 * 3
        steps: list[int] = []
        first = sample_layers(task, tmp_path, engine, on_steps=steps.append)
        assert sum(steps) == 9 and left_to_train(task, tmp_path, engine) == 0
        task.flow_path(tmp_path, "logits", "flow").unlink()
        assert left_to_train(task, tmp_path, engine) == 3
        again = sample_layers(task, tmp_path, engine)
    assert first.layers.names == ("layer4", "logits")
    assert {part: len(pool) for part, pool in first.pools.items()} == {"train": 54, "held_out": 18, "test": 6}
    assert torch.equal(first.pools["test"].images, again.pools["test"].images)
    features = first.pools["test"].features["logits"]
    v = torch.randn(6, 3)
    assert torch.equal(first.flows["logits"].inverse(v, features), again.flows["logits"].inverse(v, features))
    assert all(parameter.requires_grad for parameter in engine.classifier.parameters())


def test_parts_are_of_different_images_and_other_options_train_anew(plan: Plan, tmp_path: Path) -> None:
    (task,), (other,) = (open_tasks(plan, options, **HOW) for options in (SMALL, replace(SMALL, copies=2)))
    places = [set(part.tolist()) for part in task.parts.values()]
    assert sum(map(len, places)) == len(set.union(*places)) == 30
    assert task.autoencoder_path(tmp_path) != other.autoencoder_path(tmp_path)
    (longer,) = open_tasks(plan, replace(SMALL, flow=replace(SMALL.flow, steps=9)), **HOW)
    assert task.autoencoder_path(tmp_path) == longer.autoencoder_path(tmp_path)
    assert task.flow_path(tmp_path, "logits", "flow") != longer.flow_path(tmp_path, "logits", "flow")


def test_weights_get_their_gradients_back() -> None:
    module = torch.nn.Linear(2, 2)
    module.bias.requires_grad_(requires_grad=False)
    with frozen(module):
        assert not module.weight.requires_grad
    assert module.weight.requires_grad and not module.bias.requires_grad


def test_mistakes_are_said_before_work_starts(plan: Plan, colour_folder: Path) -> None:
    with pytest.raises(ValueError, match="expected --layers among modules such as conv1, .*, got 'nothing'"):
        open_tasks(plan, replace(SMALL, layers=("nothing",)), **HOW)
    with pytest.raises(ValueError, match="expected --widen among"):
        Options(widen=("blur",))
    for path in sorted(colour_folder.rglob("*.png"))[15:]:
        path.write_bytes(b"")
    with pytest.raises(ValueError, match="expected at least 20 images that can be read and classified, got 15"):
        open_tasks(plan, SMALL, **HOW)
