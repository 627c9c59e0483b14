import numpy as np
import pyarrow as pa
import torch

from benchmarks.error_detection.rows import model_rows


def part(model: str, status: list[str], features: object, **scores: list[float | None]) -> pa.Table:
    some = pa.array([[1.0, 2.0] if one == "ok" else None for one in status], type=pa.list_(pa.float64()))
    columns = {
        "model": [model] * len(status),
        "status": status,
        "log_odds": some,
        "logits": some.cast(pa.list_(pa.float32())),
    }
    extra = {} if features is None else {"features": features}
    return pa.table(columns | extra | {f"score_{name}": values for name, values in scores.items()})


def test_the_rows_of_one_model_without_the_columns_of_another() -> None:
    features = pa.array([[1.0], None, [3.0]], type=pa.list_(pa.float32()))
    first = part("a", ["ok", "unreadable", "ok"], features, margin=[0.1, None, 0.3])
    second = part("b", ["ok"], None, margin=[0.4], mc_max_softmax=[0.5])
    parts = [pa.concat_tables([first, second], promote_options="default")] * 2
    rows = model_rows(parts, "a")
    assert rows.scores == ["margin"] and len(rows.frame) == 6
    assert rows.features is not None and rows.features.flatten().tolist() == [1, 3, 1, 3]
    assert rows.log_odds.shape == (4, 2) and rows.log_odds.dtype == torch.float64
    assert rows.logits.dtype == torch.float32
    assert np.flatnonzero(rows.ok).tolist() == [0, 2, 3, 5]
    other = model_rows(parts, "b")
    assert other.features is None and other.scores == ["margin", "mc_max_softmax"]


def test_no_answer_at_all() -> None:
    rows = model_rows([part("a", ["unreadable"] * 2, None, margin=[None, None])], "a")
    assert not rows.ok.any() and not rows.scores and len(rows.logits) == 0
