"""The concepts run: for every model and layer the features, the factors, and every figure; each kept when finished."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import torch
from torch import Tensor

from benchmarks.concepts.association import (
    ASSOCIATED,
    association_table,
    effective_number,
    independence_weights,
)
from benchmarks.concepts.attributes import Attribute, class_attribute, image_attribute, read_attributes
from benchmarks.concepts.concept_pictures import concept_galleries
from benchmarks.concepts.edits import choose_edit
from benchmarks.concepts.features import Pictures, cached_features, edited_pictures, file_words, read_pictures
from benchmarks.concepts.fitting import ROTATION, fit_factors, split_images
from benchmarks.concepts.layers import Layer, default_layer, open_layer
from benchmarks.concepts.measuring import FACTORS, Question, concept_rows, factor_rows
from benchmarks.concepts.sketches import (
    MOST_STYLISED,
    Sketches,
    check_names,
    sketch_attribute,
    stylised_pictures,
)
from benchmarks.concepts.wrong_images import reading_table, wrong_rows
from benchmarks.engines import running_engines
from benchmarks.explanations.choosing import clean_answers, sees
from benchmarks.inference import Engine, score_logits
from benchmarks.parts import read_part, write_part
from benchmarks.plan import Plan
from reports.gallery import Gallery
from xai.iin import FlowRecipe, save_network

__all__ = ["Settings", "Work", "find_concepts", "left_to_see", "open_work"]

TABLES = ("concepts", "concepts_factors", "concepts_association", "concepts_wrong")
"""What is found, by name of the table."""

READINGS = "readings"
"""What the layer sees of every attribute in every image, kept beside the tables."""

_VERSION = "1"  # of what is found; another one makes it be found again
_FEWEST = 50  # effective images; below, reweighting would learn from too few
_CHECKED = 4  # images that a layer is checked with

OnImages = Callable[[int], None]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What is asked of every model.

    Attributes:
        layers: names; the features that the head reads if there are none.
        table: a CSV of attributes, or None.
        edits: names of :func:`benchmarks.concepts.edits.choose_edit`.
        sketches: pairs of images, each for a concept.
        components: whitened coordinates at most.
        recipe: of the flow; None trains none.
    """

    layers: tuple[str, ...] = ()
    table: Path | None = None
    edits: tuple[str, ...] = ()
    sketches: tuple[Sketches, ...] = ()
    components: int = 32
    recipe: FlowRecipe | None = None


@dataclass(frozen=True, kw_only=True)
class Work:
    """One layer of one model, with its images.

    Attributes:
        plan: where the model and the images are.
        position: of the model in the plan.
        layer: name.
        settings: what is asked.
        pictures: the images.
        attributes: what is known of them.
    """

    plan: Plan
    position: int
    layer: str
    settings: Settings
    pictures: Pictures
    attributes: tuple[Attribute, ...]

    @property
    def name(self) -> str:
        """The model's."""
        return self.plan.models[self.position].name

    @property
    def named(self) -> tuple[str, ...]:
        """What factors are asked for, attributes first."""
        sketches = (one.name for one in self.settings.sketches)
        return (*(one.name for one in self.attributes), *self.settings.edits, *sketches)

    @property
    def labels(self) -> tuple[int, ...]:
        """Of the images, as places among the model's classes."""
        classes = {sample.image_id: sample.class_name for sample in self.plan.samples.entries}
        return tuple(self.plan.label_indices[self.position][classes[one]] for one in self.pictures.ids)

    def folder(self, run: Path) -> Path:
        """Where everything about the model is kept."""
        return run / "concepts" / f"model-{self.position + 1:02d}"

    def place(self, run: Path, name: str) -> tuple[Path, str]:
        """Where a table is kept, and the fingerprint of all that decides it."""
        model = self.plan.models[self.position]
        decided = [_VERSION, self.plan.samples.fingerprint, model.weights_sha256, str(model.preparation), self.layer]
        decided += [repr(replace(self.settings, layers=(), table=None)), str(self.plan.seed), self.plan.profile]
        decided += [*self.pictures.ids, *map(str, self.labels)]
        decided += [f"{one.name} {one.values.tolist()} {one.known.tolist()}" for one in self.attributes]
        digest = hashlib.sha256(json.dumps(decided).encode()).hexdigest()
        return self.folder(run) / f"{file_words([self.layer, name])}.parquet", digest


def open_work(plan: Plan, settings: Settings, *, device: torch.device, batch_size: int) -> list[Work]:
    """Read the images and attributes, and check every layer of every model.

    Args:
        plan: models and images, of precision ``exact``; of its conditions the first counts.
        settings: what is asked.
        device: where models run.
        batch_size: images a forward pass.

    Raises:
        ValueError: a layer, an edit, a table of attributes, or a pair of sketches that cannot be used.
    """
    for name in settings.edits:
        choose_edit(name, profile=plan.profile, seeds=torch.zeros(1, dtype=torch.int64))
    found = []
    with running_engines(plan, device=device, batch_size=batch_size) as engines:
        for position, engine in enumerate(engines):
            pictures = read_pictures(plan, position)
            some = _some(pictures, engine)
            layers = settings.layers or (default_layer(engine.classifier, some[:1]),)
            for layer in layers:
                open_layer(engine.classifier, layer, some)
            work = Work(
                plan=plan, position=position, layer=layers[0], settings=settings, pictures=pictures, attributes=()
            )
            attributes = (class_attribute(work.labels), *_told(settings, pictures))
            check_names(settings.sketches, [*(one.name for one in attributes[1:]), *settings.edits])
            found += [replace(work, layer=layer, attributes=attributes) for layer in layers]
    return found


def left_to_see(works: Sequence[Work], run: Path) -> int:
    """Images, copies too, that :func:`find_concepts` goes through; those that are stylised twice."""
    return sum(_passes(one) for one in works if not _finished(one, run))


def find_concepts(
    works: Sequence[Work],
    run: Path,
    *,
    device: torch.device,
    batch_size: int,
    on_images: OnImages = lambda _: None,
    on_gallery: Callable[[Gallery], None] = lambda _: None,
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, pd.DataFrame]:
    """Find the factors of every layer that ``run`` does not hold yet.

    Args:
        works: of :func:`open_work`.
        run: the run folder; features, networks and tables are kept in ``concepts/model-*/`` there.
        device: where models run.
        batch_size: images a forward pass; halved if memory runs out.
        on_images: called with numbers of images that went through a layer.
        on_gallery: called with pictures to keep.
        say: called with what a person at a terminal should hear.

    Returns:
        Tables by name, each with columns ``model`` and ``layer`` first.
    """
    with running_engines(works[0].plan, device=device, batch_size=batch_size) as engines:
        for number, work in enumerate(works):
            if not _finished(work, run):
                finding = _Finding(work, run, engines[work.position], on_images, say)
                for gallery in finding.galleries(f"{number + 1:02d}", several=len(works) > 1):
                    on_gallery(gallery)
                for name, frame in finding.tables().items():
                    write_part(pa.Table.from_pandas(frame, preserve_index=False), *work.place(run, name))
    return {name: pd.concat([_kept(work, run, name) for work in works], ignore_index=True) for name in TABLES}


class _Finding:
    """One layer at work."""

    def __init__(self, work: Work, run: Path, engine: Engine, on_images: OnImages, say: Callable[[str], None]) -> None:
        self.work, self.run, self.engine = work, run, engine
        layer = open_layer(engine.classifier, work.layer, _some(work.pictures, engine))
        self.question = self._ask(layer, on_images)
        self.association, self.weights = self._associations()
        say(f"factors of {work.layer} of {work.name} ...")
        self.factors = fit_factors(
            self.question.features,
            self.question.attributes,
            self.question.split,
            weights=self.weights,
            components=work.settings.components,
            recipe=work.settings.recipe,
            seed=work.plan.seed,
        )
        for name, network in self.factors.networks.items():
            save_network(network, work.folder(run) / f"{file_words([work.layer, name])}.safetensors")

    def tables(self) -> dict[str, pd.DataFrame]:
        """Everything that is found, by the names of :data:`TABLES` and :data:`READINGS`."""
        left_out = [_left_out(name, reason) for name, reason in self.factors.reasons.items()]
        factors = pd.concat([factor_rows(self.question, self.factors), pd.DataFrame(left_out, columns=FACTORS)])
        answers = self._answers()
        rows = answers["image_id"].map({one: row for row, one in enumerate(self.work.pictures.ids)})
        network, places = self.factors.networks[ROTATION], rows.to_numpy().astype(np.int64)
        return {
            "concepts": concept_rows(self.question, self.factors),
            "concepts_factors": factors.reset_index(drop=True),
            "concepts_association": self.association,
            "concepts_wrong": wrong_rows(self.question, network, answers, places),
            READINGS: reading_table(self.question, network, answers, places),
        }

    def galleries(self, number: str, *, several: bool) -> Iterator[Gallery]:
        """Pictures of the rotation's factors."""
        where = f", {self.work.layer} of {self.work.name}" if several else f", {self.work.layer}"
        network = self.factors.networks[ROTATION]
        yield from concept_galleries(self.question, network, self.work.pictures.images, number=number, where=where)

    def _ask(self, layer: Layer, on_images: OnImages) -> Question:
        work, whole = self.work, len(self.work.pictures.ids)
        attributes, features = list(work.attributes), [self._features(layer, work.pictures, on_images)]
        for name in work.settings.edits:
            edited, strengths = edited_pictures(work.pictures, name, profile=work.plan.profile, seed=work.plan.seed)
            strength = image_attribute(name, strengths.numpy(), source="edited copies")
            attributes = [one.extend(whole) for one in attributes]
            before = sum(len(part) for part in features)
            attributes.append(_after(strength, before))
            features.append(self._features(layer, edited, on_images))
        for sketches in work.settings.sketches:
            copies = stylised_pictures(work.pictures, sketches, sees(work.plan, work.position), on_images=on_images)
            count, before = len(copies[0].ids), sum(len(part) for part in features)
            attributes = [one.extend(len(copies) * count) for one in attributes]
            attributes.append(_after(sketch_attribute(sketches, count), before))
            features += [self._features(layer, copy, on_images) for copy in copies]
        owners = torch.cat([torch.arange(len(part)) for part in features])
        return Question(
            features=torch.cat(features),
            attributes=attributes,
            split=split_images(owners, seed=work.plan.seed),
            head=lambda rows: layer.logits(rows).cpu(),
            class_names=work.plan.models[work.position].classifier.class_names,
            whole=whole,
            seed=work.plan.seed,
        )

    def _features(self, layer: Layer, pictures: Pictures, on_images: OnImages) -> Tensor:
        work = self.work
        folder = work.folder(self.run)
        return cached_features(work.plan, work.position, layer, pictures, folder, self.engine, on_images=on_images)

    def _associations(self) -> tuple[pd.DataFrame, Tensor | None]:
        """Which attributes go together, before and after reweighting, and the weights if there are any."""
        known, seed = self.work.attributes, self.work.plan.seed
        table = association_table(known, seed=seed)
        if not table["associated"].any():
            whole = float(len(self.work.pictures.ids))
            return table.assign(after=float("nan"), effective_n=whole, reweighted=False), None
        weights = independence_weights(known, table)
        after, effective = association_table(known, weights=weights, seed=seed)["value"], effective_number(weights)
        # Combinations that do not occur at all cannot be made up for.
        used = bool((after[table["associated"]] < ASSOCIATED).all()) and effective >= _FEWEST
        table = table.assign(after=after, effective_n=effective, reweighted=used)
        if not used:
            return table, None
        edited = torch.ones(len(self.question.features) - self.question.whole, dtype=weights.dtype)
        return table, torch.cat([weights, edited])

    def _answers(self) -> pd.DataFrame:
        """What the classifier answered: from an audit's records where there are some, else from the features."""
        work, run = self.work, self.run
        if any((run / "records").glob("*.parquet")):
            return clean_answers(work.plan, work.position, run, self.engine)
        logits = self.question.head(self.question.features[: self.question.whole])
        labels = np.array(work.labels, dtype=np.int64)
        scores = score_logits(logits, labels)
        answers = pd.DataFrame({name: scores[name] for name in ("prediction", "max_probability", "correct")})
        return answers.assign(image_id=list(work.pictures.ids), label=labels)


def _passes(work: Work) -> int:
    count = len(work.pictures.ids)
    copies = 2 * min(count, MOST_STYLISED) * len(work.settings.sketches)
    return count * (1 + len(work.settings.edits)) + 2 * copies  # copies are made, then seen


def _told(settings: Settings, pictures: Pictures) -> list[Attribute]:
    return read_attributes(settings.table, pictures.ids) if settings.table is not None else []


def _some(pictures: Pictures, engine: Engine) -> Tensor:
    return pictures.images[:_CHECKED].to(engine.device).float() / 255


def _after(attribute: Attribute, rows: int) -> Attribute:
    """An attribute of the last images, behind ``rows`` of which it is not known."""
    longer = attribute.extend(rows)
    return longer.take(torch.arange(len(longer.values)).roll(rows))


def _left_out(name: str, reason: str) -> Mapping[str, object]:
    return {"factor": name, "represented": False, "dimensions": 0, "pairs": 0, "n": 0, "statement": reason}


def _finished(work: Work, run: Path) -> bool:
    return all(read_part(*work.place(run, name)) is not None for name in (*TABLES, READINGS))


def _kept(work: Work, run: Path, name: str) -> pd.DataFrame:
    part = read_part(*work.place(run, name))
    if part is None:
        raise ValueError(f"expected {name} of {work.layer} in {run}, got none; run the same command again")
    frame: pd.DataFrame = part.to_pandas()
    frame.insert(0, "layer", work.layer)
    frame.insert(0, "model", work.name)
    return frame
