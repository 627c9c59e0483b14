"""The planted run: train classifiers whose reasons are known, explain them by every method, judge the maps.

A trained classifier's facts and the maps of each method are kept as soon as they are there; the same call continues
with what is missing. Training is repeated where maps are missing, as a seed gives the same weights again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import torch
from torch import Tensor

from benchmarks.classifier import Classifier
from benchmarks.explanations.maps import maps_column, read_maps
from benchmarks.explanations.methods import reason_against
from benchmarks.explanations.planted_setting import PlantedSetting
from benchmarks.parts import note_of, read_part, write_part
from benchmarks.planted import (
    PlantedClassifier,
    PlantedImages,
    Question,
    ask_questions,
    draw_images,
    draw_table,
    measure_reliance,
    scoreboard,
    train_classifier,
)
from benchmarks.summary.figures import FIGURE
from xai.attribution import Method, attribute

__all__ = ["PlantedFindings", "find_planted", "planted_tables", "unfinished_work"]

_FACTS = ["measure", "name", *FIGURE]
_RELIANCE_IMAGES = 1000
_CLASSIFIER = "classifier"
_BLOCK = 32  # images between two signs of progress

OnWork = Callable[[int], None]


@dataclass(frozen=True, kw_only=True)
class PlantedFindings:
    """What is known of one planted classifier.

    Attributes:
        setting: what it was trained on, and how.
        facts: a row per variant of the test split (measure ``accuracy``) and per attribute (``reliance``).
        targets: (N,) the predicted classes, which the maps explain.
        maps: (N, H, W) for each method that applies.
        reasons: why the others do not.
    """

    setting: PlantedSetting
    facts: pd.DataFrame
    targets: Tensor
    maps: Mapping[str, Tensor]
    reasons: Mapping[str, str]

    @property
    def data(self) -> PlantedImages:
        """The images that the maps explain; their marker is independent of the label."""
        return _judged_images(self.setting)

    @property
    def questions(self) -> list[Question]:
        """What the maps are asked, by what the classifier was measured to rely on."""
        reliance = self.facts[self.facts["measure"] == "reliance"].rename(columns={"name": "attribute"})
        return ask_questions(reliance, self.data.attributes, self.setting.design.scene)


def unfinished_work(setting: PlantedSetting, run: Path, methods: Mapping[str, Method]) -> int:
    """Training steps and maps that :func:`find_planted` has still to make."""
    pending = _pending(setting, run, methods)
    return setting.steps * bool(pending) + setting.images * len([name for name in pending if name != _CLASSIFIER])


def find_planted(
    setting: PlantedSetting,
    run: Path,
    methods: Mapping[str, Method],
    *,
    device: torch.device | str = "cpu",
    batch_size: int = 64,
    on_work: OnWork = lambda _: None,
) -> PlantedFindings:
    """Train, measure and explain one planted classifier, or find what is there already.

    Args:
        setting: the classifier.
        run: finished pieces are kept in ``planted/<hash>/*.parquet`` there.
        methods: by name.
        device: where it all happens.
        batch_size: images a pass.
        on_work: called with numbers of steps and maps that are done.
    """
    pending = _pending(setting, run, methods)
    if pending:
        trained = train_classifier(
            setting.design, setting.fitting, architecture=setting.architecture, device=device, on_step=on_work
        )
        if _CLASSIFIER in pending:
            _keep_facts(setting, run, trained, device)
        judged = _Judged.by(trained.classifier, _judged_images(setting).images.to(device), batch_size)
        for name in [name for name in pending if name != _CLASSIFIER]:
            maps, reason = judged.maps(methods[name], setting.seed, on_work)
            columns = {"target": pa.array(judged.targets[: len(maps)].tolist(), pa.int64()), "map": maps_column(maps)}
            write_part(pa.table(columns), *_place(setting, run, methods, name), note=reason)
    return _read(setting, run, methods)


@dataclass(frozen=True, kw_only=True)
class _Judged:
    """A classifier with the images whose predictions are explained."""

    classifier: Classifier
    images: Tensor
    targets: Tensor
    batch_size: int

    @classmethod
    def by(cls, classifier: Classifier, images: Tensor, batch_size: int) -> "_Judged":
        with torch.inference_mode():
            targets = torch.cat([classifier(part).argmax(1) for part in images.split(batch_size)])
        return cls(classifier=classifier, images=images, targets=targets, batch_size=batch_size)

    def maps(self, method: Method, seed: int, on_work: OnWork) -> tuple[Tensor, str]:
        """Maps (N, H, W), or none and the reason why."""
        reason = reason_against(self.classifier, self.images[:1], method)
        if reason:
            on_work(len(self.images))
            return torch.zeros(0, *self.images.shape[2:]), reason
        made = []
        for images, targets in zip(self.images.split(_BLOCK), self.targets.split(_BLOCK), strict=True):
            explained = attribute(
                self.classifier, images, targets, method=method, batch_size=self.batch_size, seed=seed
            )
            made.append(explained.maps.cpu())
            on_work(len(images))
        return torch.cat(made), ""


def planted_tables(found: Sequence[PlantedFindings]) -> dict[str, pd.DataFrame]:
    """The scoreboard ``planted`` and what it rests on, ``planted_reliance``, of all classifiers."""
    boards = [_named(one.setting, scoreboard(one.maps, one.questions, seed=one.setting.seed)) for one in found]
    facts = [_named(one.setting, one.facts) for one in found]
    return {
        "planted": pd.concat(boards, ignore_index=True),
        "planted_reliance": pd.concat(facts, ignore_index=True),
    }


def _named(setting: PlantedSetting, frame: pd.DataFrame) -> pd.DataFrame:
    named = frame.copy()
    named.insert(0, "classifier", setting.name)
    return named


def _judged_images(setting: PlantedSetting) -> PlantedImages:
    return draw_images(setting.design, setting.images, split="test", variant="removed")


def _place(setting: PlantedSetting, run: Path, methods: Mapping[str, Method], name: str) -> tuple[Path, str]:
    """Where a piece is kept, and its fingerprint."""
    folder = run / "planted" / setting.fingerprint()[:12]
    decided = [repr(methods[name])] if name in methods else []
    return folder / f"{name}.parquet", setting.fingerprint(name, *decided)


def _pending(setting: PlantedSetting, run: Path, methods: Mapping[str, Method]) -> list[str]:
    names = (_CLASSIFIER, *methods)
    return [name for name in names if read_part(*_place(setting, run, methods, name)) is None]


def _keep_facts(setting: PlantedSetting, run: Path, trained: PlantedClassifier, device: torch.device | str) -> None:
    scene = setting.design.scene
    table = draw_table(setting.design, _RELIANCE_IMAGES, split="test", variant="removed")
    reliance = measure_reliance(trained.classifier, table, scene, device=device).rename(columns={"attribute": "name"})
    accuracies = trained.accuracies.rename(columns={"variant": "name"})
    parts = [accuracies.assign(measure="accuracy"), reliance.assign(measure="reliance")]
    facts = pd.concat(parts, ignore_index=True)[_FACTS]
    write_part(pa.Table.from_pandas(facts, preserve_index=False), *_place(setting, run, {}, _CLASSIFIER))


def _read(setting: PlantedSetting, run: Path, methods: Mapping[str, Method]) -> PlantedFindings:
    parts = {name: read_part(*_place(setting, run, methods, name)) for name in (_CLASSIFIER, *methods)}
    there = {name: part for name, part in parts.items() if part is not None}
    facts = there.pop(_CLASSIFIER).to_pandas()
    made = {name: table for name, table in there.items() if not note_of(table)}
    targets: list[int] = next((table["target"].to_pylist() for table in made.values()), [])
    return PlantedFindings(
        setting=setting,
        facts=facts,
        targets=torch.tensor(targets, dtype=torch.int64),
        maps={name: read_maps(table) for name, table in made.items()},
        reasons={name: reason for name, table in there.items() if (reason := note_of(table))},
    )
