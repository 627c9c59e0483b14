"""The request: what a user asks for, resolved into a plan or refused with the remedy."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from benchmarks.datasets import Samples, open_samples, stratified_subset
from benchmarks.embedded import EmbeddedTraining, embedded_default
from benchmarks.labels import LabelMatch, match_labels, read_class_map
from benchmarks.plan import Plan
from benchmarks.presets import PRESETS, choose_conditions, choose_profile, missing_corruptions
from benchmarks.zoo import ZooModel, check_name, load_model

__all__ = ["Request", "Resolved", "plan_audit", "resolve"]


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a user asks for.

    Attributes:
        model: a timm name; the embedded default if neither a model nor data are given.
        data: a folder, or what timm's readers take.
        checkpoint: weights on disk.
        class_names: a file with one name a line, or ``folders`` for the data's own names in sorted order.
        class_map: a file that maps data class names to the model's, or ``index``.
        preset: a key of :data:`benchmarks.presets.PRESETS`.
        corruptions: names that replace the preset's.
        severities: severities that replace the preset's.
        profile: severity constants; chosen by image size if None.
        images: a number of images that replaces the preset's.
        seed: of the subset and of every corruption.
        precision: of the inference.
        trusted: unpickle checkpoints that hold more than tensors.
    """

    model: str | None = None
    data: str | None = None
    checkpoint: Path | None = None
    class_names: str | None = None
    class_map: str | None = None
    preset: str = "standard"
    corruptions: tuple[str, ...] = ()
    severities: tuple[int, ...] = ()
    profile: str | None = None
    images: int | None = None
    seed: int = 0
    precision: str = "auto"
    trusted: bool = False

    @property
    def embedded(self) -> bool:
        """Whether the embedded default is asked for."""
        return self.model is None and self.data is None


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """A plan with what a user should hear about it before work starts.

    Attributes:
        plan: what will be run.
        label_match: how the data's classes met the model's.
        preset: name of the preset.
        missing: corruptions that the preset wants and that cannot be made here, with what would help.
    """

    plan: Plan
    label_match: str
    preset: str
    missing: Mapping[str, str] = field(default_factory=dict)


def resolve(request: Request, *, on_training_step: Callable[[int], None] = lambda _: None) -> Resolved:
    """Load the model and index the data of a request.

    Args:
        request: what the user asks for.
        on_training_step: called with 1 after each step, if the embedded default's network is trained.

    Raises:
        ValueError: a choice does not exist, or model and data do not fit; the message says what would help.
        FileNotFoundError: a path does not exist.
    """
    model, samples = _ingredients(request, on_training_step)
    return plan_audit(request, model, samples)


def plan_audit(request: Request, model: ZooModel, samples: Samples) -> Resolved:
    """Plan the audit of a model that is loaded on data that is indexed; the request's own names are not looked at.

    Raises:
        ValueError: a choice does not exist, or model and data do not fit.
    """
    if request.preset not in PRESETS:
        raise ValueError(f"expected --preset among {', '.join(PRESETS)}, got {request.preset!r}")
    preset = PRESETS[request.preset]
    match = _match(request, model, samples)
    limit = request.images or preset.images
    chosen = samples if limit is None else stratified_subset(samples, limit, seed=request.seed)
    plan = Plan(
        models=(model,),
        samples=chosen,
        label_indices=(match.indices,),
        conditions=choose_conditions(
            preset,
            published=samples.conditions,
            corruptions=request.corruptions,
            severities=request.severities,
        ),
        profile=request.profile or choose_profile(model.preparation.size),
        seed=request.seed,
        precision=request.precision,
    )
    everything = not (samples.conditions or request.corruptions or preset.corruptions)
    missing = missing_corruptions() if everything else {}
    return Resolved(plan=plan, label_match=match.description, preset=request.preset, missing=missing)


def _ingredients(request: Request, on_step: Callable[[int], None]) -> tuple[ZooModel, Samples]:
    if request.embedded:
        return embedded_default(EmbeddedTraining(), on_step=on_step)
    if request.model is None or request.data is None:
        missing = "--model" if request.model is None else "--data"
        raise ValueError(f"expected both --model and --data, or neither for the embedded default; got no {missing}")
    check_name(request.model)  # before a large folder is indexed
    samples = open_samples(request.data)
    model = load_model(
        request.model,
        checkpoint=request.checkpoint,
        class_names=_read_class_names(request.class_names, samples),
        trusted=request.trusted,
    )
    return model, samples


def _read_class_names(choice: str | None, samples: Samples) -> Sequence[str] | None:
    if choice is None:
        return None
    if choice == "folders":
        return samples.class_names
    path = Path(choice)
    if not path.is_file():
        raise FileNotFoundError(f"expected --class-names as a file or the word `folders`, got {choice!r}")
    return [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _match(request: Request, model: ZooModel, samples: Samples) -> LabelMatch:
    class_map: dict[str, str] | Literal["index"] | None = None
    if request.class_map == "index":
        class_map = "index"
    elif request.class_map is not None:
        class_map = read_class_map(Path(request.class_map))
    names = model.classifier.class_names
    return match_labels(samples.entries.present, names, aliases=model.aliases, class_map=class_map)
