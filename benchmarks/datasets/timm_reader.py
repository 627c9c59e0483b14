"""Data sets by timm's names: ``hfds/...`` (Hugging Face) and ``torch/...`` (torchvision).

The libraries index, the decoding is ours. Options follow the name as in a web address:
``hfds/uoft-cs/cifar10?split=test&image=img`` and ``torch/cifar10?root=data&split=test``. Nothing is downloaded for
``torch/``.
"""

import importlib.util
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import parse_qsl

import numpy as np
from PIL import Image

from benchmarks.conditions import Condition
from benchmarks.datasets.decoding import Decoded, decode_image
from benchmarks.datasets.samples import Entries, Sample, Samples, normalised, readable

__all__ = ["PREFIXES", "index_reader", "open_named"]

_OPTIONS = {"hfds": ("split", "root", "image", "label"), "torch": ("split", "root")}
PREFIXES = tuple(f"{kind}/" for kind in _OPTIONS)


@dataclass(frozen=True, slots=True, kw_only=True)
class _ReaderReading:
    fetch: Callable[[int], tuple[BinaryIO, Any]]

    def __call__(self, sample: Sample, condition: Condition) -> Decoded:  # noqa: ARG002 - clean is all there is
        try:
            file, _ = self.fetch(sample.index)
        except (FileNotFoundError, AssertionError, TypeError):  # how timm's readers meet a row without image
            return Decoded(image=None, status="missing")
        with file:
            return decode_image(file.read())


@dataclass(frozen=True, slots=True, kw_only=True)
class _PathReading:
    paths: Sequence[str]

    def __call__(self, sample: Sample, condition: Condition) -> Decoded:  # noqa: ARG002 - clean is all there is
        return decode_image(Path(self.paths[sample.index]))


@dataclass(frozen=True, slots=True, kw_only=True)
class _PixelReading:
    pixels: Any  # (N, H, W) or (N, H, W, 3) uint8, array or tensor

    def __call__(self, sample: Sample, condition: Condition) -> Decoded:  # noqa: ARG002 - clean is all there is
        pixels = np.asarray(self.pixels[sample.index])
        note = "grey" if pixels.ndim == 2 else ""
        return Decoded(image=Image.fromarray(pixels).convert("RGB"), status="ok", note=note)


def open_named(location: str) -> Samples:
    """Index a data set by name.

    Args:
        location: ``hfds/<name>`` or ``torch/<name>``, with options behind ``?``: ``split`` (default
            ``validation``), ``root`` (the folder that holds or caches the data), for ``hfds`` also the columns
            ``image`` and ``label``.

    Returns:
        The samples; their ids are zero-padded row numbers.

    Raises:
        ModuleNotFoundError: an optional package is missing; the message names the extra.
        ValueError: an unknown option, or the data set cannot be opened as asked.
    """
    kind, _, rest = location.partition("/")
    name, _, query = rest.partition("?")
    options = dict(parse_qsl(query, keep_blank_values=True))
    if kind not in _OPTIONS:
        raise ValueError(f"expected a name that begins with one of {', '.join(PREFIXES)}, got {location!r}")
    if unknown := sorted(set(options) - set(_OPTIONS[kind])):
        raise ValueError(f"expected the options {', '.join(_OPTIONS[kind])} in {location!r}, got {', '.join(unknown)}")
    opener = _open_hugging_face if kind == "hfds" else _open_torchvision
    return opener(name, options)


def _open_hugging_face(name: str, options: Mapping[str, str]) -> Samples:
    if importlib.util.find_spec("datasets") is None:  # asked first: timm prints when its import fails
        raise ModuleNotFoundError(
            f"reading hfds/{name} expected the optional package `datasets`, got none; "
            "install it with: pip install 'classifier-audit[hf]'"
        )
    from timm.data.readers.reader_factory import create_reader

    split = options.get("split", "validation")
    try:
        reader = create_reader(
            f"hfds/{name}",
            root=options.get("root"),
            split=split,
            input_key=options.get("image", "image"),
            target_key=options.get("label", "label"),
        )
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise ValueError(
            f"expected to open hfds/{name}, split {split!r}, got: {error}. Other splits and columns are given as "
            f"hfds/{name}?split=test&image=img&label=label; without network, the data must be in the cache"
        ) from error
    return index_reader(reader, name=name, location=f"hfds/{name}?split={split}")


def index_reader(reader: Any, *, name: str, location: str) -> Samples:
    """Index one of timm's random-access readers without reading its images.

    Args:
        reader: with ``len``, ``iter_targets()``, ``class_to_idx`` and ``[index] -> (file, target)``.
        name: of the data, for people.
        location: where it lies, for people.

    Returns:
        The samples. Byte sizes are not known, so the fingerprint covers rows and labels only.

    Raises:
        ValueError: a row has no single whole label, as the test splits of challenges.
    """
    targets = list(reader.iter_targets())
    if not all(isinstance(target, int | np.integer) and target >= 0 for target in targets):
        raise ValueError(f"expected one label of at least 0 per image in {location}, got others; choose another split")
    names = {int(position): normalised(str(one)) for one, position in dict(reader.class_to_idx).items()}
    if not names:
        names = {int(target): str(int(target)) for target in targets}
    return _rows(name, location, names, targets, _ReaderReading(fetch=reader.__getitem__))


def _open_torchvision(name: str, options: Mapping[str, str]) -> Samples:
    from timm.data.dataset_factory import create_dataset

    root, split = options.get("root"), options.get("split", "validation")
    if root is None:
        raise ValueError(f"expected the folder of torch/{name}, got none; write torch/{name}?root=FOLDER")
    try:
        data = create_dataset(f"torch/{name}", root=root, split=split, download=False)
    except (RuntimeError, OSError, AssertionError, ValueError, TypeError) as error:
        raise ValueError(
            f"expected torch/{name}, split {split!r}, below {root}, got: {error}. Nothing is downloaded here; "
            "fetch it with torchvision, or pass a folder with one subfolder per class"
        ) from error
    names = dict(enumerate(normalised(str(one)) for one in _torchvision_names(data, name)))
    location = f"torch/{name}?root={readable(str(Path(root).absolute()))}&split={split}"
    targets, reading = _torchvision_images(data, name)
    return _rows(name, location, names, targets, reading)


def _torchvision_names(data: Any, name: str) -> Sequence[str]:
    """The class names; torchvision's ImageNet gives synonyms, of which the folder names are the unique ones."""
    from torchvision import datasets

    if isinstance(data, datasets.ImageNet):
        return list(data.wnids)
    if isinstance(data, datasets.CIFAR10 | datasets.MNIST | datasets.ImageFolder):
        return list(data.classes)
    raise ValueError(f"expected an image folder, CIFAR, MNIST or ImageNet, got torch/{name}; pass its folder instead")


def _torchvision_images(data: Any, name: str) -> tuple[Sequence[int], Callable[[Sample, Condition], Decoded]]:
    from torchvision import datasets

    if isinstance(data, datasets.ImageFolder):
        return [label for _, label in data.samples], _PathReading(paths=[path for path, _ in data.samples])
    targets = [int(target) for target in data.targets]
    if len(targets) != len(data.data):
        raise ValueError(f"expected one label per image in torch/{name}, got {len(targets)} for {len(data.data)}")
    return targets, _PixelReading(pixels=data.data)


def _rows(
    name: str,
    location: str,
    names: Mapping[int, str],
    targets: Sequence[int],
    reading: Callable[[Sample, Condition], Decoded],
) -> Samples:
    if not targets:
        raise ValueError(f"expected images in {location}, got none")
    if unnamed := sorted({int(target) for target in targets} - set(names))[:10]:
        raise ValueError(f"expected a class name for every label in {location}, got none for {unnamed}")
    order = sorted(names)
    position = {target: place for place, target in enumerate(order)}
    width = len(str(len(targets) - 1))
    return Samples(
        name=name,
        location=location,
        entries=Entries(
            ids=[f"{row:0{width}d}" for row in range(len(targets))],
            labels=array("l", (position[int(target)] for target in targets)),
            sizes=array("q", [-1]) * len(targets),
            rows=range(len(targets)),
            class_names=tuple(names[target] for target in order),
            prefix=f"{location}#",
        ),
        read=reading,
    )
