"""Two real processes of the launcher behind torchrun against one: who sees which image, and what comes out."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.distributed.launcher.api import LaunchConfig, elastic_launch

from benchmarks.training.ranks import Team, join
from benchmarks.zoo import load_model
from tests.benchmarks.training.recorded import record
from tests.starting import forked


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """The same two trainings in one process and in two."""
    folder = tmp_path_factory.mktemp("ranks")
    with forked(record_in_two, folder / "2") as process:
        record(folder / "1")
        process.join(300)
    assert process.exitcode == 0
    return {world: folder / str(world) for world in (1, 2)}


def record_in_two(folder: Path) -> None:
    """What torchrun does with ``--standalone --nproc-per-node 2``, for a function in place of a command."""
    config = LaunchConfig(
        min_nodes=1, max_nodes=1, nproc_per_node=2, rdzv_backend="c10d", rdzv_endpoint="localhost:0", max_restarts=0,
        start_method="forkserver",
    )  # fmt: skip
    elastic_launch(config, record)(folder)


def log(folder: Path) -> np.ndarray:
    return np.genfromtxt(folder / "log.csv", delimiter=",", names=True)


@pytest.mark.parametrize("name", ["exact", "normed"])
def test_two_processes_see_every_image_once(runs: dict[int, Path], name: str) -> None:
    ranks = [json.loads((runs[2] / f"{name}-{rank}.json").read_text()) for rank in (0, 1)]
    alone = json.loads((runs[1] / f"{name}-0.json").read_text())
    for epoch in range(3):
        steps = slice(4 * epoch, 4 * epoch + 4)
        shares = [[one for batch in rank["seen"][steps] for one in batch] for rank in ranks]
        assert sorted(shares[0] + shares[1]) == list(range(37)), "none twice, none left out, none added"
        for first, second, together in zip(
            ranks[0]["seen"][steps], ranks[1]["seen"][steps], alone["seen"][steps], strict=True
        ):
            assert first + second == together, "the steps are those of one process"
            assert 0 <= len(first) - len(second) <= 1
    assert ranks[0]["counted"] == ranks[1]["counted"] == alone["counted"] == [10, 9, 9, 9] * 3
    assert log(runs[2] / name)["images"].tolist() == [37] * 3


def test_without_batch_norms_two_processes_compute_what_one_does(runs: dict[int, Path]) -> None:
    """Uneven shares, weighted by true counts: the same gradients, up to rounding."""
    one, two = (load_model("test_vit", checkpoint=runs[world] / "exact" / "weights.safetensors") for world in (1, 2))
    for (name, first), second in zip(
        one.classifier.state_dict().items(), two.classifier.state_dict().values(), strict=True
    ):
        torch.testing.assert_close(first, second, rtol=1e-3, atol=1e-5, msg=lambda text, name=name: f"{name}: {text}")
    for column in ("loss", "train_accuracy", "validation_accuracy"):
        np.testing.assert_allclose(log(runs[1] / "exact")[column], log(runs[2] / "exact")[column], rtol=1e-4)


def test_with_batch_norms_the_losses_are_alike(runs: dict[int, Path]) -> None:
    """Each process normalises by its own share of a batch, so they are not equal."""
    one, two = (log(runs[world] / "normed")["loss"] for world in (1, 2))
    np.testing.assert_allclose(one, two, rtol=0.25)
    assert not np.array_equal(one, two)


def test_one_process_is_a_team(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    team = join(torch.device("cpu"))
    assert team == Team(rank=0, world=1, device=torch.device("cpu")) and team.leads
    network = torch.nn.BatchNorm2d(3)
    assert team.wrap(network) is network
    team.average_buffers(network)
    team.wait()
    assert team.total(torch.tensor(3.0)) == 3
