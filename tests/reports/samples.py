"""Invented audits: frames, metadata and pictures of the shapes the page expects, without any computation."""

from typing import Any

import numpy as np
import pandas as pd

from reports.gallery import Gallery, Picture, Strip

EVIL = "<img src=x onerror=alert(1)>"
NAMES = ("con", "../x", "=1+1", "NA", 'a,"b"\nc', "$x_1$ and $", "汉字 ع", EVIL)
QUICK = ("gaussian_noise", "brightness", "contrast", "pixelate", "jpeg_compression")
_HEADLINE = {
    "accuracy": (0.971, "fraction"),
    "worst_class_accuracy": (0.888, "fraction"),
    "mean_corruption_error": (0.312, "fraction"),
    "ece": (0.0213, "fraction"),
    "brier": (0.048, "fraction"),
    "nll": (0.112, "nats"),
    "auroc": (0.953, "fraction"),
    "augrc": (2.31, "x1000"),
    "fpr95": (0.231, "fraction"),
}


def figures(values: list[float], spread: float) -> dict[str, list[float]]:
    return {
        "value": values,
        "low": [max(0.0, value - spread) for value in values],
        "high": [min(1.0, value + spread) for value in values],
    }


def headline(models: tuple[str, ...]) -> pd.DataFrame:
    rows = []
    for rank, model in enumerate(models):
        for metric, (value, unit) in _HEADLINE.items():
            moved = value * (1 - 0.05 * rank)
            rows.append([model, metric, moved, moved * 0.97, min(moved * 1.02, 1.0 if unit == "fraction" else 99)])
            rows[-1] += [898, unit, "bootstrap over images, 1000 draws"]
    return pd.DataFrame(rows, columns=["model", "metric", "value", "low", "high", "n", "unit", "convention"])


def cells(models: tuple[str, ...], corruptions: tuple[str, ...], severities: tuple[int, ...]) -> pd.DataFrame:
    rows = []
    for rank, model in enumerate(models):
        conditions = [("clean", "clean", 0)]
        conditions += [("corruption", name, severity) for name in corruptions for severity in severities]
        for kind, name, severity in conditions:
            harm = severity * (0.03 + 0.025 * (corruptions.index(name) if severity else 0) % 0.16) * (1 + 0.2 * rank)
            accuracy = max(0.971 - harm, 0.08)
            for metric, value in (
                ("accuracy", accuracy),
                ("error", 1 - accuracy),
                ("flip_rate", min(1.0, harm * 0.9)),
                ("ece", 0.02 + harm / 3),
            ):
                rows.append([model, kind, name, severity, metric, value, max(0, value - 0.02), min(1, value + 0.02)])
    columns = ["model", "condition_kind", "condition_name", "condition_severity", "metric", "value", "low", "high"]
    return pd.DataFrame(rows, columns=columns).assign(n=898, convention="bootstrap over images, 1000 draws")


def corruptions_table(models: tuple[str, ...], corruptions: tuple[str, ...]) -> pd.DataFrame:
    rows = []
    for rank, model in enumerate(models):
        for place, name in enumerate(corruptions):
            value = min(0.12 + 0.05 * place + 0.03 * rank, 0.97)
            rows.append([model, name, "mean_error", value, value - 0.02, value + 0.02, 898, "mean over severities"])
    columns = ["model", "condition_name", "metric", "value", "low", "high", "n", "convention"]
    return pd.DataFrame(rows, columns=columns)


def classes(models: tuple[str, ...], names: tuple[str, ...]) -> pd.DataFrame:
    frames = []
    for model in models:
        values = list(np.linspace(0.86, 1.0, len(names)))
        frame = pd.DataFrame({"model": model, "class_name": names, "metric": "accuracy", **figures(values, 0.05)})
        frames.append(frame.assign(n=90, convention="Wilson"))
    return pd.concat(frames, ignore_index=True)


def reliability(models: tuple[str, ...]) -> pd.DataFrame:
    frames = []
    counts = [0, 0, 2, 3, 5, 6, 8, 9, 12, 14, 18, 25, 41, 92, 663]
    low = np.arange(15) / 15
    for model in models:
        for group, drop in (("clean", 0.02), ("corrupted", 0.18)):
            values = [float(value) for value in np.clip(low + 1 / 30 - drop, 0, 1)]
            frame = pd.DataFrame({"model": model, "group": group, "bin": range(15), "confidence_low": low})
            frame = frame.assign(confidence_high=low + 1 / 15, mean_confidence=low + 1 / 30, **figures(values, 0.07))
            frames.append(frame.assign(n=counts, convention="15 equal-width bins, Wilson"))
    return pd.concat(frames, ignore_index=True)


def risk_coverage(models: tuple[str, ...]) -> pd.DataFrame:
    frames = []
    coverage = np.linspace(0.01, 1, 100)
    for rank, model in enumerate(models):
        for group, end in (("clean", 0.029), ("corrupted", 0.312)):
            values = [float(value) for value in end * coverage ** (2 - 0.3 * rank)]
            frame = pd.DataFrame({"model": model, "group": group, "coverage": coverage, **figures(values, 0.012)})
            frames.append(frame.assign(n=898, convention="max softmax"))
    return pd.concat(frames, ignore_index=True)


def status(models: tuple[str, ...]) -> pd.DataFrame:
    rows = [[model, "clean", "clean", 0, word, n] for model in models for word, n in (("ok", 898), ("truncated", 2))]
    columns = ["model", "condition_kind", "condition_name", "condition_severity", "status", "n"]
    return pd.DataFrame(rows, columns=columns)


def sample_tables(
    *,
    models: tuple[str, ...] = ("digits_cnn",),
    names: tuple[str, ...] = tuple("8192350647"),
    corruptions: tuple[str, ...] = QUICK,
    severities: tuple[int, ...] = (1, 2, 3, 4, 5),
) -> dict[str, pd.DataFrame]:
    """Every table of an audit."""
    return {
        "headline": headline(models),
        "cells": cells(models, corruptions, severities),
        "corruptions": corruptions_table(models, corruptions),
        "classes": classes(models, names),
        "reliability": reliability(models),
        "risk_coverage": risk_coverage(models),
        "status": status(models),
        "skipped": pd.DataFrame(
            {
                "image_id": ["a1", "b2"],
                "path": [f"{names[0]}/007.png", f"{names[-1]}/notes.jpg"],
                "status": ["truncated", "unreadable"],
                "note": ["", "HTML page"],
            }
        ),
    }


def sample_run(*, model: str = "digits_cnn", status: str = "complete") -> dict[str, Any]:
    """The content of a ``run.json``."""
    return {
        "format": 1,
        "title": f"{model} on handwritten digits",
        "command": f"classifier-audit audit --model {model} --out runs/digits",
        "created": "2030-01-02T03:04:05+00:00",
        "seconds": 61.25,
        "models": [
            {
                "name": model,
                "weights_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                "parameters": 175_258,
                "classes": 10,
                "transform": "resize 32 (bicubic), centre crop 32",
                "mean": [0.5, 0.5, 0.5],
                "std": [0.5, 0.5, 0.5],
                "input_size": [32, 32],
                "source": "trained on the other half",
            }
        ],
        "class_names": list("0123456789"),
        "data": {"name": "digits", "images": 900, "classes": 10, "fingerprint": "2c26b46b68ffc68f", "ignored_files": 3},
        "plan": {
            "preset": "quick",
            "conditions": [["clean", "clean", 0], *(["corruption", name, s] for name in QUICK for s in (1, 3))],
            "profile": "cifar",
            "seed": 0,
            "block_size": 64,
            "precision": "exact",
        },
        "versions": {"python": "3.11", "torch": "2.6.0", "timm": "1.0.15"},
        "device": "cpu",
        "status": status,
        "a_later_key": {"nested": [1, 2]},
    }


def sample_galleries(*, side: int = 32, count: int = 12, title: str = "8") -> list[Gallery]:
    """One flat gallery and one of strips, with smooth coloured pictures of ``side`` pixels."""
    rng = np.random.default_rng(0)

    def picture(index: int, title: str) -> Picture:
        y, x = np.mgrid[0:side, 0:side] / side
        waves = [np.sin(6 * (x * rng.uniform(0.5, 2) + y * rng.uniform(0.5, 2)) + index) for _ in range(3)]
        image = ((np.stack(waves, -1) + 1) * 127).astype(np.uint8)
        return Picture(image=image, title=title, facts=(("predicted", "3"), ("confidence", "0.98")))

    conditions = ("clean", *(f"{name.replace('_', ' ')} 3" for name in QUICK))
    return [
        Gallery(
            name="confident_errors",
            title="Most confidently wrong",
            explanation="Clean images with the highest confidence among the errors.",
            pictures=tuple(picture(index, title) for index in range(count)),
        ),
        Gallery(
            name="strips",
            title="From clean to corrupted",
            explanation="Images drawn at random, each with its corrupted versions.",
            strips=tuple(
                Strip(title=f"label {title}", pictures=tuple(picture(index, word) for word in conditions))
                for index in range(max(1, count // 4))
            ),
        ),
    ]
