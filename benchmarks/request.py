"""The request: what a user asks for, resolved into a plan or refused with the remedy."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from benchmarks.datasets import Samples, open_samples, stratified_subset
from benchmarks.embedded import EmbeddedTraining, embedded_default
from benchmarks.labels import LabelMatch, match_labels, read_class_map
from benchmarks.networks import check_network
from benchmarks.plan import Plan
from benchmarks.presets import ALL, PRESETS, choose_conditions, choose_profile, missing_corruptions
from benchmarks.zoo import ZooModel, load_model
from robustness.corruptions import PROFILES

__all__ = ["ModelRequest", "Request", "Resolved", "model_requests", "plan_audit", "resolve"]


@dataclass(frozen=True, kw_only=True)
class ModelRequest:
    """One model that a user asks for: a timm name, and weights on disk in place of the published ones."""

    name: str
    checkpoint: Path | None = None


def model_requests(names: Sequence[str], checkpoints: Sequence[Path]) -> tuple[ModelRequest, ...]:
    """Pair names with checkpoints.

    Args:
        names: timm names; one may appear several times with different checkpoints.
        checkpoints: one for each name, in the same order, or none at all.

    Raises:
        ValueError: there are some checkpoints, but not one for each name.

    Example:
        >>> model_requests(["resnet50", "resnet18"], [])[1]
        ModelRequest(name='resnet18', checkpoint=None)
    """
    if checkpoints and len(checkpoints) != len(names):
        raise ValueError(
            f"expected one --checkpoint for each --model, in the same order, or none at all; "
            f"got {len(names)} of --model and {len(checkpoints)} of --checkpoint"
        )
    paths: Sequence[Path | None] = checkpoints or [None] * len(names)
    return tuple(ModelRequest(name=name, checkpoint=path) for name, path in zip(names, paths, strict=True))


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a user asks for.

    Attributes:
        models: which share decoding and corruption; the embedded default if neither models nor data are given.
        data: a folder, or what timm's readers take.
        class_names: a file with one name a line, or ``folders`` for the data's own names in sorted order.
        class_map: a file that maps data class names to the model's, or ``index``.
        preset: a key of :data:`benchmarks.presets.PRESETS`.
        corruptions: names that replace the preset's; the one word ``all`` takes the extra ones too.
        severities: severities that replace the preset's.
        profile: severity constants; chosen by image size if None.
        jpeg_roundtrip: whether corrupted images pass through JPEG as the published files did.
        images: a number of images that replaces the preset's.
        seed: of the subset and of every corruption.
        precision: of the inference.
        trusted: unpickle checkpoints that hold more than tensors.

    Raises:
        ValueError: there is no such preset or profile.
    """

    models: tuple[ModelRequest, ...] = ()
    data: str | None = None
    class_names: str | None = None
    class_map: str | None = None
    preset: str = "standard"
    corruptions: tuple[str, ...] = ()
    severities: tuple[int, ...] = ()
    profile: str | None = None
    jpeg_roundtrip: bool = False
    images: int | None = None
    seed: int = 0
    precision: str = "auto"
    trusted: bool = False

    def __post_init__(self) -> None:
        if self.preset not in PRESETS:
            raise ValueError(f"expected --preset among {', '.join(PRESETS)}, got {self.preset!r}")
        if self.profile is not None and self.profile not in PROFILES:
            raise ValueError(f"expected --profile among {', '.join(PROFILES)}, got {self.profile!r}")

    @property
    def embedded(self) -> bool:
        """Whether the embedded default is asked for."""
        return not self.models and self.data is None


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """A plan with what a user should hear about it before work starts.

    Attributes:
        plan: what will be run.
        label_match: how the data's classes met the models'.
        preset: name of the preset.
        missing: corruptions that the preset wants and that cannot be made here, with what would help.
    """

    plan: Plan
    label_match: str
    preset: str
    missing: Mapping[str, str] = field(default_factory=dict)


def resolve(request: Request, *, on_training_step: Callable[[int], None] = lambda _: None) -> Resolved:
    """Load the models and index the data of a request.

    Args:
        request: what the user asks for.
        on_training_step: called with 1 after each step, if the embedded default's network is trained.

    Raises:
        ValueError: a choice does not exist, or models and data do not fit; the message says what would help.
        FileNotFoundError: a path does not exist.
    """
    models, samples = _ingredients(request, on_training_step)
    return plan_audit(request, models, samples)


def plan_audit(request: Request, models: Sequence[ZooModel], samples: Samples) -> Resolved:
    """Plan the audit of models that are loaded on data that is indexed; the request's own names are not looked at.

    Raises:
        ValueError: a choice does not exist, or models and data do not fit.
    """
    if request.jpeg_roundtrip and samples.conditions:
        raise ValueError(
            f"expected --jpeg-roundtrip with images that are corrupted here, got {samples.name}, whose images were "
            "corrupted before they were stored; leave the option out"
        )
    preset = PRESETS[request.preset]
    matches = {model.name: _match(request, model, samples) for model in models}
    limit = request.images or preset.images
    chosen = samples if limit is None else stratified_subset(samples, limit, seed=request.seed)
    plan = Plan(
        models=tuple(models),
        samples=chosen,
        label_indices=tuple(matches[model.name].indices for model in models),
        conditions=choose_conditions(
            preset,
            published=samples.conditions,
            corruptions=request.corruptions,
            severities=request.severities,
        ),
        profile=_profile(request, models),
        jpeg_roundtrip=request.jpeg_roundtrip,
        seed=request.seed,
        precision=request.precision,
    )
    everything = request.corruptions == (ALL,) or not (request.corruptions or preset.corruptions)
    missing = missing_corruptions() if everything and not samples.conditions else {}
    return Resolved(plan=plan, label_match=_describe(matches), preset=request.preset, missing=missing)


def _profile(request: Request, models: Sequence[ZooModel]) -> str:
    """The user's choice, or the one that the size of every model's images calls for."""
    if request.profile is not None:
        return request.profile
    profiles = {model.name: choose_profile(model.preparation.size) for model in models}
    if len(set(profiles.values())) > 1:
        got = ", ".join(f"{profile} for {name}" for name, profile in profiles.items())
        raise ValueError(
            f"expected models whose image sizes call for the same severity constants, got {got}; "
            "choose one with --profile, or run the models apart"
        )
    return next(iter(profiles.values()))


def _describe(matches: Mapping[str, LabelMatch]) -> str:
    """How the labels match, said once if it is the same for every model."""
    descriptions = {name: match.description for name, match in matches.items()}
    if len(set(descriptions.values())) == 1:
        return next(iter(descriptions.values()))
    return "; ".join(f"{name}: {description}" for name, description in descriptions.items())


def _ingredients(request: Request, on_step: Callable[[int], None]) -> tuple[list[ZooModel], Samples]:
    if request.embedded:
        model, half = embedded_default(EmbeddedTraining(), on_step=on_step)
        return [model], half
    if not request.models or request.data is None:
        missing = "--data" if request.models else "--model"
        raise ValueError(f"expected both --model and --data, or neither for the embedded default; got no {missing}")
    names = _distinct_names(request.models)
    for wanted in request.models:
        check_network(wanted.name)  # before a large folder is indexed
    samples = open_samples(request.data)
    models = [
        load_model(
            wanted.name,
            checkpoint=wanted.checkpoint,
            class_names=_read_class_names(request.class_names, samples),
            trusted=request.trusted,
        )
        for wanted in request.models
    ]
    return [replace(model, name=name) for model, name in zip(models, names, strict=True)], samples


def _distinct_names(wanted: Sequence[ModelRequest]) -> list[str]:
    """The models' names; those that share one get as much of their checkpoints' paths as tells them apart."""
    shared = Counter(one.name for one in wanted)
    files = [one.checkpoint.absolute() if one.checkpoint and shared[one.name] > 1 else Path() for one in wanted]
    bare = [file.with_suffix("") if file.name else file for file in files]
    paths = [path.parts for path in (bare if len(set(bare)) == len(set(files)) else files)]
    names = [one.name for one in wanted]
    for depth in range(1, max(map(len, paths)) + 1):
        if len(set(names)) == len(names):
            break
        tails = ["/".join(parts[-depth:]) for parts in paths]
        names = [f"{one.name} ({tail})" if tail else one.name for one, tail in zip(wanted, tails, strict=True)]
    if repeated := [name for name, count in Counter(names).items() if count > 1]:
        raise ValueError(
            f"expected different models, got {wanted[names.index(repeated[0])].name} more than once with "
            "the same weights; leave one out, or give each its own --checkpoint"
        )
    return names


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
