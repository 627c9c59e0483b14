"""Where models run: the device, one running engine for each model of a plan, and the first images they see."""

import contextlib
from collections.abc import Iterator

import torch
from torch import Tensor

from benchmarks.inference import Engine
from benchmarks.loading import load_sample
from benchmarks.plan import Plan

__all__ = ["choose_device", "first_images", "running_engines"]

_CALIBRATION_IMAGES = 64


def choose_device(name: str | None) -> torch.device:
    """The named device, or the first accelerator, or the CPU.

    Raises:
        ValueError: there is no such device.
    """
    if name is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"expected --device as one that is here, such as cpu, got {name!r}: {reason}") from error
    return device


@contextlib.contextmanager
def running_engines(plan: Plan, *, device: torch.device, batch_size: int) -> Iterator[list[Engine]]:
    """One engine for each model of the plan, running and calibrated on the plan's first images.

    The images are fixed by the plan, so that a resumed run decides the same close calls again.
    """
    with contextlib.ExitStack() as stack:
        engines = []
        for position, model in enumerate(plan.models):
            engine = Engine(classifier=model.classifier, device=device, precision=plan.precision, batch_size=batch_size)
            stack.enter_context(engine.running())
            engine.calibrate(first_images(plan, position, _CALIBRATION_IMAGES))
            engines.append(engine)
        yield engines


def first_images(plan: Plan, position: int, count: int) -> Tensor:
    """Up to ``count`` readable images from the start of the data, as model ``position`` sees them."""
    preparation = next(p for p, models in plan.groups.items() if position in models)
    source = plan.sources[0][0]
    found: list[Tensor] = []
    for sample in plan.samples.entries[: 2 * count]:
        loaded = load_sample(plan.samples, sample, source, [preparation])
        found += loaded.pixels.values()
        if len(found) == count:
            break
    return torch.stack(found) if found else torch.empty(0, 3, *preparation.size, dtype=torch.uint8)
