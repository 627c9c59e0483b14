"""The page: one HTML file that needs nothing else, made from run metadata, tables, figures and galleries.

Everything is inline: style, script, figures as SVG and pictures as PNG or JPEG in data URIs; a content
security policy forbids the browser to fetch anything. Text from the data reaches the template as text and is
escaped there. Rows, figures and pictures are admitted up to stated limits, so that the file stays under 10 MB
whatever the data; what is left out is named and lies in the run folder.
"""

import base64
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

from reports import (
    finding_views,
    outcome_views,
    sentences,
    views,
)
from reports.augmentation_sentences import augmentation_summary
from reports.concept_sentences import concept_summary
from reports.confounder_sentences import confounder_summary
from reports.error_sentences import error_summary
from reports.gallery import Gallery, Picture, encode_thumbnail
from reports.glossary import METRICS, metric_label
from reports.invariance_sentences import invariance_summary
from reports.provenance import provenance_groups
from reports.records import write_atomically
from reports.sections import plan_every_figure
from reports.statistics_sentences import statistics_summary
from reports.style import looks
from reports.stylex_sentences import stylex_summary
from reports.table_views import table_views

__all__ = ["render_page", "write_page"]

_FIGURE_BYTES = 3_500_000  # of data URIs
_PICTURE_BYTES = 3_500_000  # of data URIs and the text under them
_MARKUP_BYTES = 2_000  # around one picture: its text stands there twice, escaped
# Beginnings of the names of galleries that other sections show than the one of errors.
_EXPLAINED = ("explained", "dissected", "planted")
_CONCEPTS, _CONFOUNDERS, _IMAGES, _INVARIANCES = "concepts", "confounders", "images", "invariances"
_STYLEX = "stylex"
_ELSEWHERE = (*_EXPLAINED, _CONCEPTS, _CONFOUNDERS, _IMAGES, _INVARIANCES, _STYLEX, "findings")
_SUMMARIES = (
    sentences.summary,
    augmentation_summary,
    error_summary,
    statistics_summary,
    concept_summary,
    invariance_summary,
    confounder_summary,
    stylex_summary,
)
_RUNS_SHOWN = 8
_MODELS_NAMED = 12
_GALLERIES_SHOWN = 24
_TEMPLATES = jinja2.Environment(  # compiled once: every section of an audit writes the page anew
    loader=jinja2.FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render_page(
    runs: Sequence[Mapping[str, Any]],
    tables: Mapping[str, pd.DataFrame],
    figures: Mapping[str, bytes],
    galleries: Sequence[Gallery],
) -> str:
    """Render the report of one run, or the comparison of several.

    Args:
        runs: content of each ``run.json``; unknown keys are shown under provenance.
        tables: tidy frames by name; a section whose table is absent or empty is left out.
        figures: SVG documents by name, as :func:`reports.figures.draw_figures` returns them.
        galleries: pictures to show.

    Returns:
        A complete HTML document.
    """
    kept = {name: frame for name, frame in tables.items() if len(frame)}
    pictures = _gallery_views(galleries)
    return _TEMPLATES.get_template("page.html").render(
        **_heading(runs, kept),
        **table_views(kept),
        **finding_views.laid_out(tables, pictures),
        figures=_figure_views(kept, figures),
        galleries=[view for view in pictures if not view.name.startswith(_ELSEWHERE)],
        joined=[view for view in pictures if view.name.startswith(_IMAGES)],
        projected=[view for view in pictures if view.name.startswith(_CONFOUNDERS)],
        sampled=[view for view in pictures if view.name.startswith(_INVARIANCES)],
        explained=[view for view in pictures if view.name.startswith(_EXPLAINED)],
        concepts=[view for view in pictures if view.name.startswith(_CONCEPTS)],
        attributes=[view for view in pictures if view.name.startswith(_STYLEX)],
        provenance=[(views.clipped(run.get("title", "Run")), provenance_groups(run)) for run in runs[:_RUNS_SHOWN]],
        runs_left=max(0, len(runs) - _RUNS_SHOWN),
        limits=sentences.limits(kept),
        glossary=_glossary(kept),
    )


def write_page(path: Path, html: str) -> None:
    """Write a rendered page, atomically."""
    write_atomically(path, html.encode("utf-8", errors="replace"))


@dataclass
class _Budget:
    """Bytes that may still be spent."""

    left: int

    def admits(self, cost: int) -> bool:
        """Spend ``cost`` if it is there; the first that does not fit closes the door behind it."""
        self.left = self.left - cost if cost <= self.left else -1
        return self.left >= 0


@dataclass(frozen=True, kw_only=True)
class _FigureView:
    name: str
    title: str
    alt: str
    uri: str


@dataclass(frozen=True, kw_only=True)
class _PictureView:
    uri: str
    title: str
    facts: tuple[tuple[str, str], ...]
    pixelated: bool


@dataclass(frozen=True, kw_only=True)
class _StripView:
    title: str
    pictures: list[_PictureView]
    course: tuple[int, int] | None


@dataclass(kw_only=True)
class _GalleryView:
    name: str
    title: str
    explanation: str
    pictures: list[_PictureView] = field(default_factory=list)
    strips: list[_StripView] = field(default_factory=list)
    left: int = 0


def _heading(runs: Sequence[Mapping[str, Any]], tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Gather what stands above the first section."""
    headline = tables.get("headline")
    models = [] if headline is None else [str(name) for name in headline["model"].drop_duplicates()]
    data = list(dict.fromkeys(str((run.get("data") or {}).get("name", "")) for run in runs))
    if len(models) > 1:
        title = f"{len(models)} models compared"
    else:
        title = str(runs[0].get("title", "Audit")) if runs else "Audit"
    return {
        "title": views.clipped(title),
        "data_names": [views.clipped(name, 80) for name in data if name][:6],
        "models": [(views.clipped(name, 80), look.color) for name, look in looks(models).items()][:_MODELS_NAMED],
        "models_left": max(0, len(models) - _MODELS_NAMED),
        "facts": _facts(runs),
        "incomplete": [views.clipped(run.get("title", "?")) for run in runs if run.get("status") != "complete"][:6],
        "missing": outcome_views.missing_sections(tables["sections"]) if "sections" in tables else [],
        "paragraphs": [paragraph for say in _SUMMARIES for paragraph in say(tables)],
    }


def _facts(runs: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return the few facts beside the title that all runs share."""
    found = []
    for word, group, key in (
        ("images", "data", "images"),
        ("classes", "data", "classes"),
        ("preset", "plan", "preset"),
        ("precision", "plan", "precision"),
        ("device", "", "device"),
        ("made", "", "created"),
    ):
        values = {str(((run.get(group) or {}) if group else run).get(key, "")) for run in runs}
        if len(values) == 1 and values != {""}:
            text = values.pop()
            text = text[:16].replace("T", " ") if key == "created" else text
            found.append((word, f"{int(text):,}" if text.isdigit() else views.clipped(text, 60)))
    return found


def _figure_views(tables: Mapping[str, pd.DataFrame], figures: Mapping[str, bytes]) -> dict[str, list[_FigureView]]:
    """Sort figures into sections as data URIs; ``left`` holds those that would make the page too heavy."""
    plans = {plan.name: plan for plan in plan_every_figure(tables)}
    sections: dict[str, list[_FigureView]] = defaultdict(list)  # the template asks for those that are empty too
    budget = _Budget(_FIGURE_BYTES)
    for name, svg in figures.items():
        uri = f"data:image/svg+xml;base64,{base64.b64encode(svg).decode()}"
        plan = plans.get(name)
        section = plan.section if plan else "other"
        title, alt = (plan.title, plan.alt) if plan else (name, name)
        if not budget.admits(len(uri)):
            section, uri = "left", ""
        sections[section].append(_FigureView(name=name, title=title, alt=alt, uri=uri))
    return sections


def _gallery_views(galleries: Sequence[Gallery]) -> list[_GalleryView]:
    """Turn galleries into data URIs, sharing one budget fairly: what small ones leave, larger ones get."""
    shown = galleries[:_GALLERIES_SHOWN]
    views, left = {}, _PICTURE_BYTES
    for done, (place, gallery) in enumerate(sorted(enumerate(shown), key=lambda one: _pixels(one[1]))):
        budget = _Budget(left // (len(shown) - done))
        whole = budget.left
        views[place] = _gallery_view(gallery, budget)
        left -= whole - max(budget.left, 0)
    return [views[place] for place in range(len(shown))]


def _pixels(gallery: Gallery) -> int:
    """How much a gallery shows."""
    pictures = [*gallery.pictures, *(picture for strip in gallery.strips for picture in strip.pictures)]
    return sum(picture.image.shape[0] * picture.image.shape[1] for picture in pictures)


def _gallery_view(gallery: Gallery, budget: _Budget) -> _GalleryView:
    view = _GalleryView(
        name=gallery.name,
        title=views.clipped(gallery.title),
        explanation=views.clipped(gallery.explanation, 600),
    )
    view.pictures = _picture_views(gallery.pictures, budget)
    view.left = len(gallery.pictures) - len(view.pictures)
    for strip in gallery.strips:
        pictures = _picture_views(strip.pictures, budget)
        if len(pictures) == len(strip.pictures):
            title = views.clipped(strip.title)
            view.strips.append(_StripView(title=title, pictures=pictures, course=strip.course))
        else:
            view.left += len(strip.pictures)
    return view


def _picture_views(pictures: Iterable[Picture], budget: _Budget) -> list[_PictureView]:
    shown = []
    for picture in pictures:
        if budget.left < 0:
            break
        content, suffix = encode_thumbnail(picture.image)
        kind = {"png": "png", "jpg": "jpeg"}[suffix]
        uri = f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
        if budget.admits(len(uri) + _MARKUP_BYTES):
            facts = tuple((views.clipped(word, 40), views.clipped(value, 80)) for word, value in picture.facts[:6])
            tiny = max(picture.image.shape[:2]) <= 96
            shown.append(_PictureView(uri=uri, title=views.clipped(picture.title, 80), facts=facts, pixelated=tiny))
    return shown


def _glossary(tables: Mapping[str, pd.DataFrame]) -> list[tuple[str, str, str, list[str]]]:
    """Explain the metrics that the tables hold: (label, meaning, better, conventions)."""
    used = {str(name) for frame in tables.values() if "metric" in frame for name in frame["metric"].unique()}
    said = dict(sentences.conventions(tables))
    entries: list[tuple[str, str, str, list[str]]] = [
        (term.label, term.meaning, term.better, said.pop(name, [])) for name, term in METRICS.items() if name in used
    ]
    return entries + [(views.clipped(metric_label(name)), "", "", convention) for name, convention in said.items()]
