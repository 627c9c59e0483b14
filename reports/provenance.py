"""What a run says about itself, as groups of words and values; unknown keys are shown as they are."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reports.glossary import condition_label
from reports.views import clipped

__all__ = ["Group", "provenance_groups"]

Group = tuple[str, list[tuple[str, str]]]

_VALUE = 400  # characters of one value
_ENTRIES = 40  # entries of one group
_MODELS = 8  # models of one run
_LABELS = {
    "weights_sha256": "weights (SHA-256)",
    "fingerprint": "data fingerprint",
    "seconds": "seconds taken",
    "input_size": "input size (height, width)",
    "parameters": "parameters",
    "format": "run format",
}
_OWN_GROUPS = ("models", "data", "plan", "versions")
_ELSEWHERE = ("class_names", "title")


def provenance_groups(run: Mapping[str, Any]) -> list[Group]:
    """Lay out the metadata of one run.

    Args:
        run: the content of ``run.json``.

    Returns:
        Groups in reading order (run, each model, data, plan, versions): a heading and (word, value) pairs.

    >>> provenance_groups({"device": "cpu", "versions": {"torch": "2.6"}})
    [('Run', [('device', 'cpu')]), ('Versions', [('torch', '2.6')])]
    """
    plain = {key: value for key, value in run.items() if key not in (*_OWN_GROUPS, *_ELSEWHERE)}
    groups = [("Run", _pairs(plain))]
    models = run.get("models") or []
    for model in models[:_MODELS] if isinstance(models, list) else [models]:
        name = model.get("name", "") if isinstance(model, Mapping) else model
        groups.append((f"Model {clipped(name, 60)}", _pairs(model)))
    plan = run.get("plan") or {}
    if isinstance(plan, Mapping) and "conditions" in plan:
        plan = {**plan, "conditions": "; ".join(_conditions(plan["conditions"]))}
    groups += [
        ("Data", _pairs(run.get("data"))),
        ("Plan", _pairs(plan)),
        ("Versions", _pairs(run.get("versions"))),
    ]
    return [group for group in groups if group[1]]


def _pairs(value: Any) -> list[tuple[str, str]]:
    pairs = list(_flat(value, ""))
    left = len(pairs) - _ENTRIES
    return pairs[:_ENTRIES] + ([("and", f"{left:,} more in run.json")] if left > 0 else [])


def _flat(value: Any, prefix: str) -> Iterator[tuple[str, str]]:
    """Walk nested mappings; lists stay on one line."""
    if not isinstance(value, Mapping):
        if value is not None or prefix:
            yield prefix or "value", _said(value)
        return
    for key, inner in value.items():
        word = _LABELS.get(str(key), str(key).replace("_", " "))
        yield from _flat(inner, clipped(f"{prefix} › {word}" if prefix else word))


def _said(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and abs(value) >= 100_000:
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, str):
        return clipped(value, _VALUE)
    return clipped(json.dumps(value, ensure_ascii=False, default=str), _VALUE)


def _conditions(conditions: Any) -> list[str]:
    """Join the severities of each corruption.

    >>> _conditions([["clean", "clean", 0], ["corruption", "fog", 1], ["corruption", "fog", 3]])
    ['clean', 'fog 1, 3']
    """
    severities: dict[str, list[str]] = {}
    for condition in conditions:
        if not isinstance(condition, Sequence) or isinstance(condition, str) or len(condition) != 3:
            return [clipped(json.dumps(conditions, ensure_ascii=False, default=str), _VALUE)]
        kind, name, severity = condition
        label = condition_label(str(name)) if kind in {"clean", "corruption"} else f"{name} ({kind})"
        severities.setdefault(label, []).extend([] if kind == "clean" else [str(severity)])
    return [f"{label} {', '.join(numbers)}".strip() for label, numbers in severities.items()]
