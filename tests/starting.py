"""Real processes that start at once: forked from a server that has loaded the libraries and runs nothing else.

What a test kills so is a process like a person's, with its own memory and its own lock, by SIGKILL without warning.
What is saved is loading the libraries for every one of them.
"""

import contextlib
import os
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["FORKS", "called", "finished", "forked", "free_port", "results", "seven_units", "shards", "torchrun"]

FORKS = get_context("forkserver")
FORKS.set_forkserver_preload(["tests.loaded"])


def _call(
    arguments: list[str], environment: Mapping[str, str], output: Path | None, prepare: Callable[[], None] | None
) -> None:
    os.environ.clear()
    os.environ.update(environment)
    if "OMP_NUM_THREADS" in environment:  # the libraries are loaded and read it no more; some processors round by it
        import torch

        torch.set_num_threads(int(environment["OMP_NUM_THREADS"]))
    sys.argv = ["classifier-audit", *arguments]
    from benchmarks.cli import main

    with (
        Path(output or os.devnull).open("w") as file,
        contextlib.redirect_stdout(file),
        contextlib.redirect_stderr(file),
    ):
        if prepare is not None:
            prepare()
        main()


@contextlib.contextmanager
def forked(work: Callable[..., None], *arguments: object) -> Iterator[BaseProcess]:
    """A function of some module in a process of its own, killed at the end if it is still there."""
    process = FORKS.Process(target=work, args=arguments)
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()


@contextlib.contextmanager
def called(
    *arguments: object, output: Path | None = None, prepare: Callable[[], None] | None = None, **environment: object
) -> Iterator[BaseProcess]:
    """The command line in a process of its own, killed at the end if it is still there.

    Args:
        *arguments: of the command.
        output: file for what it says.
        prepare: called in the process before the command.
        **environment: variables on top of this process's.
    """
    words = [str(one) for one in arguments]
    wanted = dict(os.environ) | {"OMP_NUM_THREADS": "1"} | {key: str(value) for key, value in environment.items()}
    with forked(_call, words, wanted, output, prepare) as process:
        yield process


def finished(*arguments: object, **options: Any) -> int | None:
    """Run the command line to its end and return its exit status; options as for :func:`called`."""
    with called(*arguments, **options) as process:
        process.join(300)
        return process.exitcode


def torchrun(words: list[str], said: Path) -> None:
    """What the command of that name calls, with its output and that of its ranks in a file."""
    import torch.distributed.run

    with said.open("wb") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    os.environ.update(PYTHONPATH=str(Path(__file__).parents[1]), OMP_NUM_THREADS="1")
    torch.distributed.run.main(words)


def free_port() -> int:
    """A port of this machine that nobody uses."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def seven_units(folder: Path) -> list[str]:
    """Write 448 images of three classes and a small network; return the arguments of their audit in seven units."""
    import json

    import timm
    import torch

    from benchmarks.checkpoints import write_checkpoint
    from tests.conftest import COLOURS, write_images

    for name, count in zip(COLOURS, (150, 149, 149), strict=True):
        write_images(folder / "data", name, count)
    (folder / "data" / "red" / "007.png").write_bytes(b"")  # one that cannot be read
    torch.manual_seed(0)
    module = timm.create_model("test_resnet", num_classes=3)
    with torch.no_grad():
        generator = np.random.default_rng(0)
        for parameter in module.parameters():
            parameter.add_(torch.from_numpy(generator.normal(0, 0.05, tuple(parameter.shape))).float())
    config = json.dumps({"input_size": [3, 32, 32], "crop_pct": 1.0})
    write_checkpoint(module, folder / "w.safetensors", class_names=tuple(COLOURS), data_config=config)
    model = ["--model", "test_resnet", "--checkpoint", str(folder / "w.safetensors")]
    data = ["--data", str(folder / "data"), "--sections", "corruptions"]
    conditions = ["--corruptions", "gaussian_noise,contrast", "--severities", "2,4", "--profile", "cifar"]
    return ["audit", *model, *data, *conditions]


def results(run: Path) -> dict[str, bytes]:
    """Everything that a run leaves behind, but for the page and run.json, which hold times, and hidden files."""
    return {
        str(path.relative_to(run)): path.read_bytes()
        for path in run.rglob("*")
        if path.is_file() and path.name not in {"run.json", "report.html"} and not path.name.startswith(".")
    }


def shards(run: Path) -> int:
    """How many units are on the disk."""
    return len(list((run / "records").glob("*.parquet")))
