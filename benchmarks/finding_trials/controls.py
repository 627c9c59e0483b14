"""Controls: records of a real audit in which what findings speak of was dealt at random.

With shuffled labels nothing that is said of labels can be so. That is the coarser of two controls: claims about labels
also need the claim that labels and answers agree at all, which alone nearly rules them out there. So the outcomes of
whole images are dealt anew too, among images that keep labels and folders: the classifier is as good as it was, and no
class and no folder is different from another. What findings then say of corruptions can still be so, and does not
count.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.findings import find_findings
from benchmarks.findings.candidate import CHECKS
from benchmarks.summary import Panel

__all__ = ["CONTROLS", "control_table", "deal_folders", "shuffle_labels", "shuffle_outcomes"]

_CAMERAS = 3
_TRUE_ANYWAY = ("corruption_apart", "blind_confidence")  # what shuffled outcomes leave as it was


def shuffle_labels(panel: Panel, seed: int) -> Panel:
    """Deal the labels to other images; answers stay, and are right where they happen to meet."""
    order = np.random.default_rng([seed, 1]).permutation(len(panel.label))
    label = panel.label[order]
    right = panel.ok & (panel.prediction == label)
    return replace(panel, label=label, label_name=panel.label_name[order], correct=right)


def shuffle_outcomes(panel: Panel, seed: int) -> Panel:
    """Deal what happened to an image, under all conditions at once, to other images of whatever class.

    Wrong answers keep their distance from the label, counted around the circle of classes.
    """
    order = np.random.default_rng([seed, 2]).permutation(len(panel.label))
    classes = int(max(panel.label.max(), panel.prediction.max())) + 1
    away = (panel.prediction - panel.label)[:, order]
    return replace(
        panel,
        ok=panel.ok[:, order],
        correct=panel.correct[:, order],
        confidence=panel.confidence[:, order],
        rank=panel.rank[:, order],
        prediction=((panel.label + away) % classes).astype(np.int32),
        loss=panel.loss[order],
        brier=panel.brier[order],
    )


def deal_folders(panel: Panel, seed: int) -> Panel:
    """Put every image into the folder of one of three cameras below its class, at random."""
    cameras = np.random.default_rng([seed, 3]).integers(_CAMERAS, size=len(panel.image_id))
    names = zip(panel.label_name, cameras, panel.image_id, strict=True)
    ids = [f"{label}/camera-{camera}/{one}" for label, camera, one in names]
    return replace(panel, image_id=np.array(ids, dtype=object))


CONTROLS: dict[str, tuple[Callable[[Panel, int], Panel], tuple[str, ...]]] = {
    "shuffled labels": (shuffle_labels, ()),
    "shuffled outcomes": (shuffle_outcomes, _TRUE_ANYWAY),
}
"""Controls by name: what is shuffled, and the checks that do not count."""


def control_table(
    panel: Panel, seeds: Sequence[int], *, on_control: Callable[[int], None] = lambda _: None
) -> pd.DataFrame:
    """Look for findings in every control of one model's records.

    Args:
        panel: of a real audit.
        seeds: of the shuffles.
        on_control: called with 1 after each.

    Returns:
        A row for each control and seed: candidates, smallest p and adjusted p of those that count, findings.
    """
    return pd.DataFrame(_rows(panel, seeds, on_control))


def _rows(panel: Panel, seeds: Sequence[int], on_control: Callable[[int], None]) -> Iterator[dict[str, Any]]:
    for name, (shuffle, left_out) in CONTROLS.items():
        for seed in seeds:
            # Labels come first: images lie in the folder of the class that they are labelled as.
            tables = find_findings([deal_folders(shuffle(panel, seed), seed)], {})
            tested, found = tables["findings_tested"], tables["findings"]
            counted = tested[~tested["check"].isin(left_out) & tested["check"].isin(list(CHECKS))]
            counted_findings = found[~found["check"].isin(left_out)]
            on_control(1)
            yield {
                "control": name,
                "seed": seed,
                "candidates": int(counted["candidates"].sum()),
                "smallest_p": float(counted["smallest_p"].min()),
                "smallest_adjusted_p": float(counted["smallest_adjusted_p"].min()),
                "findings": len(counted_findings),
                "statement": "; ".join(counted_findings["statement"]),
            }
