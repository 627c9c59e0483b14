import torch

from benchmarks.engines import running_engines
from benchmarks.invariances.pictures import invariance_galleries
from benchmarks.invariances.running import sample_layers
from benchmarks.invariances.tasks import open_tasks
from tests.benchmarks.invariances.conftest import SMALL

HOW = {"device": torch.device("cpu"), "batch_size": 16}


def test_every_layer_has_its_strips_and_every_sample_its_check(plan, tmp_path):
    (task,) = open_tasks(plan, SMALL, **HOW)
    with running_engines(plan, **HOW) as (engine,):
        samples, swaps, attack = invariance_galleries(sample_layers(task, tmp_path, engine), seed=0, several=True)
    assert [gallery.name for gallery in (samples, swaps, attack)] == [
        "invariances_1",
        "invariances_swaps_1",
        "invariances_attack_1",
    ]
    assert len(samples.strips) == 3 * 2 and samples.strips[0].title.startswith("layer4: ")
    first = samples.strips[0].pictures
    assert [picture.title for picture in first[:4]] == [
        "image",
        "reconstruction",
        "mean of samples",
        "where they differ",
    ]
    assert len(first) == 10 and [word for word, _ in first[-1].facts] == ["predicted", "cosine"]
    assert len({len(strip.pictures) for strip in swaps.strips}) == 1 and len(swaps.strips) == 2 + 2
    assert [picture.title for picture in attack.strips[0].pictures][1:4] == [
        "attacked",
        "attacked, reconstructed",
        "layer4, attacked",
    ]
    shown = {samples.strips[0].title.split(": ")[1], samples.strips[2].title.split(": ")[1]}
    judged = {task.ids[place] for place in task.parts["test"].tolist()}
    assert len(shown) == 2 and shown < judged
