"""Images in numpy files: CIFAR-10/100 as one array, CIFAR-10-C/100-C as one array per corruption.

Files are read row by row and never mapped as a whole, so that memory stays flat. Pickled files are refused: opening
one runs whatever code it holds.

Reference:
    Hendrycks and Dietterich, "Benchmarking Neural Network Robustness to Common Corruptions and Perturbations", 2019,
    https://arxiv.org/abs/1903.12261; layout of https://zenodo.org/records/2535967: rows 0-9999 are severity 1,
    ..., 40000-49999 severity 5, in test-set order.
"""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.conditions import CLEAN, Condition
from benchmarks.datasets.decoding import Decoded
from benchmarks.datasets.folder import visible
from benchmarks.datasets.samples import Entries, Sample, Samples, normalised, readable

__all__ = ["IMAGE_FILES", "LABEL_FILES", "open_arrays"]

IMAGE_FILES = ("images.npy", "x.npy", "data.npy", "test_images.npy")
LABEL_FILES = ("labels.npy", "y.npy", "test_labels.npy")
_SEVERITIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """One array of images on the disk: uint8 (rows, H, W, 3) from byte ``offset`` on."""

    path: Path
    offset: int
    shape: tuple[int, ...]

    def read(self, row: int) -> Image.Image:
        """Row ``row`` as an RGB image."""
        count = int(np.prod(self.shape[1:]))
        pixels = np.fromfile(self.path, dtype=np.uint8, count=count, offset=self.offset + row * count)
        return Image.fromarray(pixels.reshape(self.shape[1:]))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    places: Mapping[Condition, tuple[_Block, int]]  # the array and the row of the first image

    def __call__(self, sample: Sample, condition: Condition) -> Decoded:
        block, first = self.places[condition]
        return Decoded(image=block.read(first + sample.index), status="ok")


def open_arrays(root: str | Path) -> Samples:
    """Index a folder of numpy files.

    Clean images are uint8 (N, H, W, 3) in one of :data:`IMAGE_FILES`, their N labels in one of
    :data:`LABEL_FILES`. Every other file of images is a corruption with 5 N rows, severity by severity; labels may
    then be given N or 5 N times. Class names come from ``class_names.txt``, a name per line, or are the labels.

    Args:
        root: the folder.

    Returns:
        The samples; their ids are zero-padded row numbers.

    Raises:
        ValueError: a file is missing, pickled or of another shape, or labels and names do not fit.
    """
    root = Path(root).absolute()
    label_file = _only(root, LABEL_FILES, "labels")
    clean_file = _only(root, IMAGE_FILES, "images", required=not _others(root, label_file))
    clean = _block(clean_file) if clean_file else None
    corrupted = {path.stem: _block(path) for path in _others(root, label_file)}
    labels = _labels(label_file, clean, corrupted)
    names, positions = _named(root, labels)
    places = _places(len(labels), clean, corrupted)
    width = len(str(len(labels) - 1))
    first = next(iter(places.values()))[0]
    return Samples(
        name=readable(root.resolve().name),
        location=readable(str(root)),
        entries=Entries(
            ids=[f"{row:0{width}d}" for row in range(len(labels))],
            labels=positions,
            sizes=array("q", [int(np.prod(first.shape[1:]))]) * len(labels),
            rows=range(len(labels)),
            class_names=names,
            prefix=f"{readable(str(clean_file or root / '*.npy'))}#",
        ),
        read=_Reader(places=places),
        ignored=tuple(sorted(readable(one.name) for one in visible(root) if not one.name.endswith((".npy", ".txt")))),
        conditions=tuple(places) if corrupted else (),
    )


def _only(root: Path, candidates: Sequence[str], what: str, *, required: bool = True) -> Path | None:
    found = [root / name for name in candidates if (root / name).is_file()]
    if len(found) > 1:
        raise ValueError(f"expected one file of {what} in {root}, got {', '.join(one.name for one in found)}")
    if required and not found:
        raise ValueError(f"expected the {what} of {root} in one of {', '.join(candidates)}; rename the file")
    return found[0] if found else None


def _others(root: Path, label_file: Path | None) -> list[Path]:
    return sorted(one for one in root.glob("[!.]*.npy") if one != label_file and one.name not in IMAGE_FILES)


def _load(path: Path) -> Any:
    try:
        values = np.load(path, mmap_mode="r", allow_pickle=False)
        if not isinstance(values, np.ndarray):
            raise ValueError("an archive of several arrays")
        return values
    except (ValueError, EOFError) as error:
        raise ValueError(
            f"expected a plain numpy array in {path}, got: {error}. Pickled or object arrays are refused because "
            "opening them runs code; write the array again with numpy.save(path, array, allow_pickle=False)"
        ) from error


def _block(path: Path) -> _Block:
    values = _load(path)
    if values.ndim != 4 or values.shape[-1] != 3 or values.dtype != np.uint8 or not len(values):
        raise ValueError(f"expected uint8 images (N, H, W, 3) in {path}, got {values.dtype} {values.shape}")
    if not values.flags.c_contiguous:
        raise ValueError(f"expected {path} in C order, got Fortran order; save numpy.ascontiguousarray(images)")
    return _Block(path=path, offset=int(values.offset), shape=values.shape)


def _labels(path: Path | None, clean: _Block | None, corrupted: Mapping[str, _Block]) -> NDArray[np.int64]:
    """The labels of the N clean images, checked against every array."""
    values = np.asarray(_load(path or Path()))
    values = values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values
    if values.ndim != 1 or not np.issubdtype(values.dtype, np.integer) or (values.size and values.min() < 0):
        raise ValueError(f"expected whole labels (N,) of at least 0 in {path}, got {values.dtype} {values.shape}")
    count = clean.shape[0] if clean else next(iter(corrupted.values())).shape[0] // _SEVERITIES
    for block in corrupted.values():
        if block.shape[0] != _SEVERITIES * count:
            raise ValueError(
                f"expected {_SEVERITIES * count} images in {block.path}, five severities of {count} images, "
                f"got {block.shape[0]}"
            )
    if len(values) == _SEVERITIES * count and corrupted:
        repeats = values.reshape(_SEVERITIES, count)
        if (repeats != repeats[0]).any():
            raise ValueError(f"expected the same labels for every severity in {path}, got different ones")
        values = repeats[0]
    if len(values) != count:
        raise ValueError(f"expected {count} labels in {path}, one per image, got {len(values)}")
    return values.astype(np.int64)


def _named(root: Path, labels: NDArray[np.int64]) -> tuple[tuple[str, ...], Sequence[int]]:
    """The class names and the position of every label among them."""
    path = root / "class_names.txt"
    if not path.is_file():
        numbers, positions = np.unique(labels, return_inverse=True)
        return tuple(str(number) for number in numbers), array("l", positions.tolist())
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    names = tuple(normalised(line.strip()) for line in lines if line.strip())
    if len(set(names)) != len(names):
        raise ValueError(f"expected every name once in {path}, got a repetition")
    if labels.max() >= len(names):
        raise ValueError(f"expected labels below {len(names)}, the number of names in {path}, got {labels.max()}")
    return names, array("l", labels.tolist())


def _places(count: int, clean: _Block | None, corrupted: Mapping[str, _Block]) -> dict[Condition, tuple[_Block, int]]:
    places = {CLEAN: (clean, 0)} if clean else {}
    for name, block in corrupted.items():
        for severity in range(1, _SEVERITIES + 1):
            condition = Condition(kind="published", name=readable(name), severity=severity)
            places[condition] = (block, (severity - 1) * count)
    return places
