"""Tables of invariances as the benchmark writes them, small."""

import pandas as pd

__all__ = ["invariance_tables"]

_LAYERS = ("layer2", "layer4", "logits")
_METRICS = {
    ("explained_by_v", "code"): 0.1,
    ("kept_decision", ""): 0.9,
    ("cosine", "samples"): 0.8,
    ("consistent", ""): 0.95,
    ("swap_kept", ""): 0.85,
    ("code_loss", ""): -0.2,
}


def invariance_tables(models: tuple[str, ...] = ("resnet",)) -> dict[str, pd.DataFrame]:
    """``invariances`` and ``invariances_properties`` of some models."""
    layers, widths = [], []
    for model in models:
        layers.append((model, "autoencoder", "autoencoder", "kept_decision", "", 0.97))
        for place, layer in enumerate(_LAYERS):
            for of, less in (("flow", 0.0), ("linear", 0.1)):
                for (metric, subject), value in _METRICS.items():
                    more = 0.2 * place if metric == "explained_by_v" else 0.0
                    layers.append((model, layer, of, metric, subject, value + more - less))
                widths.append((model, layer, of, "spread", "hue", 0.3 + 0.2 * place + less))
            layers.append((model, layer, "flow", "code_loss_gain", "", 0.3))
            widths.append((model, layer, "probe", "open", "hue", 0.32 + 0.2 * place))
    return {"invariances": _frame(layers), "invariances_properties": _frame(widths)}


def _frame(rows: list[tuple[str, str, str, str, str, float]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["model", "layer", "map", "metric", "subject", "value"])
    return frame.assign(
        low=frame["value"] - 0.05, high=frame["value"] + 0.05, n=180, convention="over resampled images"
    )
