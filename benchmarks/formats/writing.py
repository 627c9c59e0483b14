"""A run's results written for other tools, each model in a folder of its own."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from benchmarks.formats.hugging_face import HubBenchmark, eval_results, model_index
from benchmarks.formats.timm_results import timm_results
from reports.records import read_run, write_atomically
from reports.tables import read_tables

__all__ = ["export_results"]


def export_results(run: Path, out: Path, *, benchmark: HubBenchmark | None = None) -> list[Path]:
    """Write ``results.csv``, and for each model ``model-index.yml`` and, for a benchmark, ``.eval_results/``.

    Args:
        run: a run folder with its tables.
        out: where to; files of the same names are replaced.
        benchmark: of the Hub, that the clean images are of; None writes no ``.eval_results``.

    Returns:
        The files.

    Raises:
        FileNotFoundError: the folder is no run, or has no table of headline figures.
        ValueError: the run is unfinished.
    """
    metadata, headline = read_run(run), read_tables(run).get("headline")
    if headline is None:
        raise FileNotFoundError(f"expected {run / 'tables' / 'headline.csv'}, got none; audit first, or `report {run}`")
    if metadata.get("status") != "complete":
        raise ValueError(f"expected a complete run in {run}, got one that is {metadata.get('status')}; continue it")
    files = {out / "results.csv": timm_results(metadata, headline).to_csv(index=False, lineterminator="\n")}
    names = list(headline["model"].drop_duplicates())
    for folder, name in zip(_folders(out, names), names, strict=True):
        files[folder / "model-index.yml"] = _yaml(model_index(name, metadata, headline))
        entries = eval_results(name, metadata, headline, benchmark) if benchmark else []
        if benchmark and entries:
            file = f"{_slug(benchmark.dataset.rpartition('/')[2])}.yaml"
            files[folder / ".eval_results" / file] = _yaml(entries)
    for path, text in files.items():
        write_atomically(path, text.encode())
    return list(files)


def _folders(out: Path, names: list[str]) -> list[Path]:
    """A folder each; a number keeps apart names that a file system cannot."""
    slugs = [_slug(name) for name in names]
    return [
        out / (slug if slugs.count(slug) == 1 else f"{slug}-{number}") for number, slug in enumerate(slugs, start=1)
    ]


def _slug(text: str) -> str:
    kept = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "._-") else "_" for letter in text)
    return kept.strip(".")[:80] or "model"


def _yaml(content: Mapping[str, Any] | list[dict[str, Any]]) -> str:

    text: str = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=1000)
    return text
