"""From a location to samples: recognise the layout."""

from collections.abc import Callable
from pathlib import Path

from benchmarks.datasets.arrays import IMAGE_FILES, LABEL_FILES, open_arrays
from benchmarks.datasets.digits import coloured_digits, coloured_halves, digits_halves, tied_halves
from benchmarks.datasets.folder import open_folder, visible
from benchmarks.datasets.published import find_cells, open_published
from benchmarks.datasets.samples import Samples
from benchmarks.datasets.tars import open_tars, open_webdataset
from benchmarks.datasets.timm_reader import PREFIXES, open_named

__all__ = ["EMBEDDED", "open_samples"]

EMBEDDED = ("digits/train", "digits/test")
"""The embedded digits: the half to train on and the half to audit, those of seed 0."""

_WITHOUT_FILES: dict[str, Callable[[], Samples]] = {
    "digits/train": lambda: digits_halves(seed=0)[0],
    "digits/test": lambda: digits_halves(seed=0)[1],
    "coloured-digits": coloured_digits,
    "coloured-digits/train": lambda: coloured_halves(seed=0)[0],
    "coloured-digits/test": lambda: coloured_halves(seed=0)[1],
    "tied-digits/train": lambda: tied_halves(seed=0)[0],
    "tied-digits/test": lambda: tied_halves(seed=0)[1],
}
_WEBDATASET = "wds/"
_OTHER_READERS = ("tfds/", "hfids/")


def open_samples(location: str | Path) -> Samples:
    """Open labelled images, whatever their layout.

    ==========================================  ======================================
    folder with one subfolder per class         :mod:`benchmarks.datasets.folder`
    ``<corruption>/<1..5>/<class>/<file>``      :mod:`benchmarks.datasets.published`
    folder of ``.npy`` files                    :mod:`benchmarks.datasets.arrays`
    tar file, folder of tar files, ``wds/``     :mod:`benchmarks.datasets.tars`
    ``hfds/<name>``, ``torch/<name>``           :mod:`benchmarks.datasets.timm_reader`
    ``digits/train``, ``digits/test``           :mod:`benchmarks.datasets.digits`
    ``coloured-digits``, ``tied-digits/train``  :mod:`benchmarks.datasets.digits`
    ==========================================  ======================================

    Args:
        location: a path, or a name with a prefix; a path that exists comes first.

    Returns:
        The samples.

    Raises:
        FileNotFoundError: there is nothing at the path.
        NotADirectoryError: the path is a file, but no tar file.
        ModuleNotFoundError: an optional package is missing.
        ValueError: the layout is unknown or damaged; the message says what was expected.
    """
    text, path = str(location), Path(location).expanduser()
    if not path.exists():
        if text in _WITHOUT_FILES:
            return _WITHOUT_FILES[text]()
        if text.startswith(_WEBDATASET):
            return open_webdataset(Path(text.removeprefix(_WEBDATASET)).expanduser())
        if text.startswith(PREFIXES):
            return open_named(text)
        if text.startswith(_OTHER_READERS):
            raise ValueError(f"expected data with random access, got {text}; use hfds/, torch/, wds/ or a folder")
        raise FileNotFoundError(f"expected a data folder, got nothing at {text}; check the path")
    if path.is_file():
        if path.suffix.lower() == ".tar":
            return open_tars(path)
        raise NotADirectoryError(f"expected a folder with one subfolder per class or a .tar file, got the file {text}")
    return _open_directory(path)


def _open_directory(path: Path) -> Samples:
    entries = visible(path)
    files = [entry.name for entry in entries if not entry.is_dir()]
    plain = len(files) == len(entries)
    if {*IMAGE_FILES, *LABEL_FILES} & set(files) or (plain and any(name.endswith(".npy") for name in files)):
        return open_arrays(path)
    if any(name.startswith(("data_batch_", "test_batch")) or name == "batches.meta" for name in files):
        raise ValueError(
            f"expected images or .npy files in {path}, got CIFAR's pickled batches, which run code when opened; "
            "pass the folder above as torch/cifar10?root=FOLDER, or save images.npy and labels.npy"
        )
    if plain and any(name.endswith(".tar") for name in files):
        return open_tars(path)
    return open_published(path) if find_cells(path) else open_folder(path)
