"""One classifier of the study: trained, asked about every copy, its scores fitted and compared; kept when finished.

A comparison keeps its value on every resample. All classifiers resample the same digits, so that means over
classifiers have intervals too.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import torch

from benchmarks.datasets import Samples, digits
from benchmarks.engines import running_engines
from benchmarks.error_detection.attacking import AttackSetting
from benchmarks.error_detection.cells import METRICS, RISKS, score_samples
from benchmarks.error_detection.collecting import SCORE
from benchmarks.error_detection.direct_scores import BASELINE, RANDOM
from benchmarks.error_detection.fitted_scores import CONTROL, DETECTOR, fit_scores
from benchmarks.error_detection.halves import EVALUATION
from benchmarks.error_detection.rows import model_rows
from benchmarks.error_detection.running import Setting, collect, finished_tables, unfinished_blocks
from benchmarks.error_detection.table import Judged
from benchmarks.error_study.protocol import Protocol, SmallClassifier
from benchmarks.error_study.training import split_digits, train_small
from benchmarks.metrics import resample_counts
from benchmarks.parts import read_part, write_part
from benchmarks.plan import Plan
from benchmarks.zoo import ZooModel

__all__ = ["PAIRS", "SHUFFLED", "find_study", "unfinished_work"]

Array = npt.NDArray[np.float64]
OnWork = Callable[[int], None]

SHUFFLED = "shuffled labels"  # what the detector is held against where right and wrong were dealt out anew
# A score, and what it is held against.
PAIRS = (
    (DETECTOR, BASELINE),
    (DETECTOR, CONTROL),
    (DETECTOR, "tta_confidence"),
    (CONTROL, BASELINE),
    ("tta_confidence", BASELINE),
    ("negative_kl", BASELINE),
)
_SCORES = (BASELINE, "tta_confidence", "negative_kl", CONTROL, DETECTOR, RANDOM)
_RESAMPLES = 1000
_BATCH = 512  # images and copies a forward pass
_SHUFFLES = 50
_POPULATIONS = ("mild", "clean")
_COLUMNS = ["population", "score", "against", "metric", "rows", "errors", "images", "samples", "reason"]


def unfinished_work(protocol: Protocol, run: Path) -> int:
    """Training steps and test images that :func:`find_study` has still to go through, at most."""
    pending = [one for one in protocol.classifiers if _read(protocol, one, run) is None]
    return sum(one.steps + protocol.images for one in pending)


def find_study(
    protocol: Protocol,
    classifier: SmallClassifier,
    run: Path,
    *,
    device: torch.device,
    on_work: OnWork = lambda _: None,
) -> pd.DataFrame:
    """Study one classifier, or find what is there already.

    Args:
        protocol: what is measured.
        classifier: one of the protocol's.
        run: finished classifiers are kept in ``study/<hash>/`` there, finished blocks of images too.
        device: where copies are classified.
        on_work: called with numbers of steps and images that are done.

    Returns:
        A row for each population, metric and score or pair of scores; ``samples`` holds the value, then that on every
        resample of the digits, and is empty where ``reason`` says why there is none.
    """
    found = _read(protocol, classifier, run)
    if found is None:
        train, test = split_digits(classifier, protocol.images)
        model = train_small(classifier, train, on_step=on_work)
        judged = _judged(_plan(protocol, classifier, model, test), _folder(protocol, classifier, run), device, on_work)
        found = pd.DataFrame(list(_measured(judged, classifier.seed)), columns=_COLUMNS)
        write_part(pa.Table.from_pandas(found, preserve_index=False), *_place(protocol, classifier, run))
    return found


def _read(protocol: Protocol, classifier: SmallClassifier, run: Path) -> pd.DataFrame | None:
    part = read_part(*_place(protocol, classifier, run))
    return None if part is None else part.to_pandas()


def _folder(protocol: Protocol, classifier: SmallClassifier, run: Path) -> Path:
    return run / "study" / protocol.fingerprint(classifier)[:12]


def _place(protocol: Protocol, classifier: SmallClassifier, run: Path) -> tuple[Path, str]:
    return _folder(protocol, classifier, run) / "comparisons.parquet", protocol.fingerprint(classifier, PAIRS)


def _plan(protocol: Protocol, classifier: SmallClassifier, model: ZooModel, test: Samples) -> Plan:
    return Plan(
        models=(model,),
        samples=test,
        label_indices=({name: place for place, name in enumerate(test.class_names)},),
        conditions=protocol.conditions,
        profile=protocol.profile,
        seed=classifier.seed,
        precision="exact",
    )


def _judged(plan: Plan, folder: Path, device: torch.device, on_work: OnWork) -> Judged:
    setting = Setting(plan=plan, attacks=AttackSetting(images=0))
    done = len(plan.samples.entries) - sum(len(plan.block(one)) for one in unfinished_blocks(setting, folder))
    on_work(done)
    with running_engines(plan, device=device, batch_size=_BATCH) as engines:
        collect(setting, folder, engines, on_images=on_work)
    rows = model_rows(finished_tables(setting, folder), plan.models[0].name)
    before = Judged(model=plan.models[0].name, frame=rows.frame, conditions=plan.conditions, passes=len, reasons={})
    fitted = fit_scores(rows, before.calibration, seed=plan.seed, names=(DETECTOR, CONTROL))
    scores = {SCORE + name: values for name, values in fitted(rows).items()}
    return replace(before, frame=rows.frame.assign(**scores), reasons=fitted.reasons)


def _measured(judged: Judged, seed: int) -> Iterator[dict[str, Any]]:
    everything = digits().entries.ids
    counts = resample_counts(len(everything), _RESAMPLES, 0)
    own = set(judged.frame.loc[judged.frame["half"] == EVALUATION, "image_id"])
    drawn = counts[:, [place for place, one in enumerate(everything) if one in own]]
    for population in _POPULATIONS:
        chosen = judged.populations[population] & judged.ok
        errors = int((~judged.frame.loc[chosen, "correct"].eq(True)).sum())
        head = {"population": population, "rows": int(chosen.sum()), "errors": errors, "images": len(own)}
        samples = _samples(judged, chosen, drawn)
        error = samples[BASELINE]
        accuracy = [] if error is None else (1 - error[:, METRICS.index("error")]).tolist()
        yield head | {"score": "", "against": "", "metric": "accuracy", "samples": accuracy, "reason": ""}
        for row in _rows(samples, judged.reasons):
            yield head | row
        if population == "mild":
            yield head | _shuffled(judged, chosen, seed)


def _samples(judged: Judged, chosen: npt.NDArray[np.bool_], counts: npt.NDArray[np.uint8]) -> dict[str, Array | None]:
    """{score: (1 + B, M)} in the order of METRICS; None where there is no such score."""
    none = np.full(len(RISKS), np.nan)
    return {name: score_samples(judged.rows(name, chosen), counts, thresholds=none) for name in _SCORES}


def _rows(samples: Mapping[str, Array | None], reasons: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    auroc, augrc = METRICS.index("auroc"), METRICS.index("augrc")
    for name, own in samples.items():
        for metric, column in (("auroc", auroc), ("augrc", augrc)):
            values = [] if own is None else own[:, column].tolist()
            yield {"score": name, "against": "", "metric": metric, "samples": values, "reason": reasons.get(name, "")}
    for name, other in PAIRS:
        mine, theirs = samples[name], samples[other]
        head = {"score": name, "against": other, "reason": reasons.get(name, "") or reasons.get(other, "")}
        gain = change = np.empty(0)
        if mine is not None and theirs is not None:
            gain = mine[:, auroc] - theirs[:, auroc]
            with np.errstate(invalid="ignore"):  # a resample without errors has an AUGRC of 0
                change = mine[:, augrc] / theirs[:, augrc] - 1
        yield head | {"metric": "auroc_gain", "samples": gain.tolist()}
        yield head | {"metric": "augrc_change", "samples": change.tolist()}


def _shuffled(judged: Judged, chosen: npt.NDArray[np.bool_], seed: int) -> dict[str, Any]:
    """AUROC of the detector where right and wrong are dealt out anew, a value for each shuffle."""
    from sklearn.metrics import roc_auc_score

    head: dict[str, Any] = {"score": DETECTOR, "against": SHUFFLED, "metric": "auroc"}
    rows = judged.rows(DETECTOR, chosen)
    if np.isnan(rows.confidence).any() or rows.correct.all() or not rows.correct.any():
        return head | {"samples": [], "reason": judged.reasons.get(DETECTOR, "all answers are right, or all wrong")}
    generator = np.random.default_rng(seed)
    values = [float(roc_auc_score(generator.permutation(rows.correct), rows.confidence)) for _ in range(_SHUFFLES)]
    return head | {"samples": values, "reason": ""}
