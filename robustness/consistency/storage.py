"""Detectors on disk: safetensors with the recipe as JSON in the header; reading runs no code."""

import json
import os
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from robustness.consistency.detector import Detector, DetectorRecipe
from robustness.consistency.heads import MLPSettings

__all__ = ["load_detector", "save_detector"]

# One key: safetensors writes several in random order, and the same detector should give the same bytes.
_KEY = "consistency_detector"
_VERSION = 1


def save_detector(detector: Detector, path: Path) -> None:
    """Write a detector; the file appears whole or not at all.

    Args:
        detector: from :func:`~robustness.consistency.detector.fit_detector`.
        path: a ``.safetensors`` file in a folder that exists; replaced if it is there.
    """
    description = {
        "version": _VERSION,
        "recipe": asdict(detector.recipe),
        "columns": len(detector.centre),
        "facts": detector.facts,
    }
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in detector.state_dict().items()}
    content = save(tensors, {_KEY: json.dumps(description)})
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)


def load_detector(path: Path) -> Detector:
    """Read a detector.

    Args:
        path: what :func:`save_detector` wrote.

    Returns:
        The detector on the CPU, equal to the saved one in every output.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is not a detector.
    """
    if not path.is_file():
        raise FileNotFoundError(f"expected a detector file, got {path}, which is not there")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
    except SafetensorError as error:
        raise ValueError(f"expected a safetensors file, got {path}: {error}") from error
    description = json.loads(metadata.get(_KEY, "{}"))
    if description.get("version") != _VERSION:
        raise ValueError(f"expected a detector of version {_VERSION} in {path}, got {description.get('version')}")
    detector = Detector(_recipe(description["recipe"]), description["columns"], description["facts"])
    detector.load_state_dict(state)
    return detector


def _recipe(values: dict[str, Any]) -> DetectorRecipe:
    mlp = values["mlp"]
    settings = MLPSettings(**(mlp | {"widths": tuple(mlp["widths"])}))
    return DetectorRecipe(**(values | {"heads": tuple(values["heads"]), "mlp": settings}))
