"""What concerns the machine: ``doctor`` and ``speed``."""

from typing import Annotated

import typer

from benchmarks.commands.options import Device, start

__all__ = ["doctor", "speed"]


def doctor() -> None:
    """Print versions, devices, the cache folder, and which extras are there."""
    console = start(offline=False)
    from benchmarks.doctor import findings

    for name, finding in findings():
        console.say(f"{name:<20}{finding}")


def speed(
    what: Annotated[
        str,
        typer.Argument(help="attribution, corruptions, errors, inference, memory, ranks, records, stylex or training."),
    ] = "inference",
    device: Device = None,
) -> None:
    """Measure performance side by side with the plain way of doing the same."""
    console = start(offline=True)
    from benchmarks.engines import choose_device
    from benchmarks.provenance import describe_device, installed_versions
    from benchmarks.speed import MEASUREMENTS

    if what not in MEASUREMENTS:
        raise ValueError(f"expected one of {', '.join(MEASUREMENTS)}, got {what!r}")
    where = choose_device(device)
    console.say(f"{describe_device(where)}; " + ", ".join(f"{k} {v}" for k, v in installed_versions().items()))
    for table in MEASUREMENTS[what](where):
        console.say(table.to_string(index=False, float_format="%.4g"))
