"""Memory: the peak of a whole audit, for few images and for many."""

import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from PIL import Image

from benchmarks.embedded import EmbeddedTraining, embedded_default, weights_path

__all__ = ["measure_memory"]

_COUNTS = (1_000, 50_000)


def measure_memory(device: torch.device) -> Iterator[pd.DataFrame]:
    """Audit folders of 1,000 and 50,000 PNG files with the embedded default's network, under eleven conditions.

    Yields:
        A table of peak resident set sizes, and how much the peak grew.
    """
    training = EmbeddedTraining()
    embedded_default(training)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        rows = []
        for count in _COUNTS:
            _write_images(root / f"images-{count}", count)
            peak = _peak_of_audit(root / f"images-{count}", root / f"run-{count}", weights_path(training), device)
            rows.append({"images": count, "records": count * 11, "peak_MB": peak / 1e6})
    frame = pd.DataFrame(rows)
    yield frame.assign(growth_MB=frame["peak_MB"] - frame["peak_MB"].iloc[0])


def _write_images(folder: Path, count: int) -> None:
    """Write ``count`` different 32 px images in ten class folders."""
    generator = np.random.default_rng(0)
    for digit in range(10):
        (folder / str(digit)).mkdir(parents=True)
    for number in range(count):
        coarse = generator.integers(0, 256, (4, 4, 3), dtype=np.uint8)
        image = Image.fromarray(coarse).resize((32, 32), Image.Resampling.BILINEAR)
        image.save(folder / str(number % 10) / f"{number:06d}.png")


def _peak_of_audit(data: Path, out: Path, weights: Path, device: torch.device) -> int:
    """Peak resident set size, in bytes, of one audit in a process of its own."""
    command = [
        sys.executable, "-c", _CHILD, "audit", "--sections", "corruptions",
        "--model", EmbeddedTraining().architecture, "--checkpoint", str(weights),
        "--data", str(data), "--out", str(out), "--preset", "quick", "--images", "1000000", "--device", str(device),
        "--profile", "cifar",
    ]  # fmt: skip
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603  (our own command line)
    return int(done.stderr.strip().splitlines()[-1]) * (1 if sys.platform == "darwin" else 1024)


_CHILD = f"""
import resource, sys
from benchmarks.cli import app
app(standalone_mode=False)
print(resource.getrusage({resource.RUSAGE_SELF}).ru_maxrss, file=sys.stderr)
"""
