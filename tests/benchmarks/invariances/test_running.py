from pathlib import Path

import torch

from benchmarks.engines import running_engines
from benchmarks.invariances.running import frozen, left_to_train, sample_layers
from benchmarks.invariances.tasks import open_tasks
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
    assert {part: len(pool) for part, pool in first.pools.items()} == {"train": 54, "held_out": 12, "test": 6}
    assert torch.equal(first.pools["test"].images, again.pools["test"].images)
    features = first.pools["test"].features["logits"]
    v = torch.randn(6, 3)
    assert torch.equal(first.flows["logits"].inverse(v, features), again.flows["logits"].inverse(v, features))
    assert all(parameter.requires_grad for parameter in engine.classifier.parameters())


def test_weights_get_their_gradients_back() -> None:
    module = torch.nn.Linear(2, 2)
    module.bias.requires_grad_(requires_grad=False)
    with frozen(module):
        assert not module.weight.requires_grad
    assert module.weight.requires_grad and not module.bias.requires_grad
