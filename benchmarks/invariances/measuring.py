"""What is measured of every layer, on images that training did not see, beside the baseline."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd
import torch
from torch import Tensor

from benchmarks.invariances.running import Sampled
from benchmarks.summary.figures import FIGURE
from xai.iin import Estimate
from xai.invariances import (
    PROPERTIES,
    InvarianceNetwork,
    as_pixels,
    consistency,
    explained_by_v,
    kept_decision,
    mean_of_images,
    unexplained,
    varying_properties,
)

__all__ = ["AUTOENCODER", "FLOW", "LINEAR", "MEASURED", "PROBE", "measure"]

FLOW, LINEAR, PROBE, AUTOENCODER = "flow", "linear", "probe", "autoencoder"
"""What a figure is of: the flow, the linear-Gaussian baseline, what can be read from the layer, the autoencoder."""

MEASURED = ["layer", "map", "metric", "subject", *FIGURE]

_IMAGES = 256  # judged at most
_DRAWN, _CODED = 8, 64  # samples of each image that are drawn and classified, and that stay codes


@dataclass(frozen=True, kw_only=True)
class _Judged:
    """The images that judge, and what is known of them."""

    images: Tensor
    codes: Tensor
    labels: Tensor
    logits: Tensor
    properties: Mapping[str, Tensor]


def measure(sampled: Sampled, *, seed: int) -> pd.DataFrame:
    """Judge autoencoder, flows and baselines of one model.

    Args:
        sampled: of :func:`benchmarks.invariances.running.sample_layers`, its engine still running.
        seed: of draws and intervals.

    Returns:
        Columns :data:`MEASURED`.
    """
    judged = _judge(sampled, seed)
    rows = list(_autoencoder_rows(sampled, judged, seed))
    for layer in sampled.layers.names:
        rows += _layer_rows(sampled, judged, layer, seed)
    return pd.DataFrame(rows, columns=MEASURED)


def _judge(sampled: Sampled, seed: int) -> _Judged:
    pool = sampled.pools["test"]
    images = as_pixels(pool.images[:_IMAGES].to(sampled.device))
    return _Judged(
        images=images,
        codes=sampled.autoencoder.posteriors(images).sample(torch.Generator().manual_seed(seed)),
        labels=sampled.task.labels[sampled.task.parts["test"]][:_IMAGES].to(sampled.device),
        logits=pool.features["logits"][:_IMAGES].to(sampled.device),
        properties={name: PROPERTIES[name](images) for name in varying_properties(images)},
    )


def _row(layer: str, of: str, metric: str, subject: str, estimate: Estimate) -> dict[str, object]:
    return {
        "layer": layer,
        "map": of,
        "metric": metric,
        "subject": subject,
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "n": estimate.n,
        "convention": estimate.convention,
    }


def _autoencoder_rows(sampled: Sampled, judged: _Judged, seed: int) -> Iterator[dict[str, object]]:
    """The ceiling of everything that is drawn: one sampled code of each image itself."""
    drawn = sampled.autoencoder.draw(judged.codes)
    with torch.no_grad():
        logits = sampled.layers.rows(drawn)["logits"]
    error = mean_of_images(
        (drawn - judged.images).abs().flatten(1).mean(1),
        convention="mean absolute difference of pixels in [0, 1] between image and reconstruction",
        seed=seed,
    )
    yield _row(AUTOENCODER, AUTOENCODER, "reconstruction_error", "", error)
    yield _row(AUTOENCODER, AUTOENCODER, "kept_decision", "", kept_decision(logits[None], judged.logits, seed=seed))


def _layer_rows(sampled: Sampled, judged: _Judged, layer: str, seed: int) -> list[dict[str, object]]:
    features = sampled.pools["test"].features[layer][:_IMAGES].to(sampled.device)
    maps = {FLOW: sampled.flows[layer], LINEAR: sampled.baselines[layer]}
    losses = {of: network.loss(judged.codes, features) / judged.codes.shape[1] for of, network in maps.items()}
    rows = []
    for of, network in maps.items():
        loss = mean_of_images(losses[of], convention="nats for each dimension of a code", seed=seed)
        rows.append(_row(layer, of, "code_loss", "", loss))
        for metric, subject, estimate in _sample_figures(sampled, judged, layer, network, seed):
            rows.append(_row(layer, of, metric, subject, estimate))
    gain = mean_of_images(
        losses[LINEAR] - losses[FLOW],
        convention="nats for each dimension of a code, linear-Gaussian minus flow, same images",
        seed=seed,
    )
    rows.append(_row(layer, FLOW, "code_loss_gain", "", gain))
    rows += [_row(layer, PROBE, "open", name, found) for name, found in _open(sampled, judged, layer)]
    return rows


def _sample_figures(
    sampled: Sampled, judged: _Judged, layer: str, network: InvarianceNetwork, seed: int
) -> Iterator[tuple[str, str, Estimate]]:
    features = sampled.pools["test"].features[layer][: len(judged.codes)].to(sampled.device)
    generator = torch.Generator().manual_seed(seed)
    codes = network.sample(features, draws=_CODED, generator=generator)
    yield "explained_by_v", "code", explained_by_v(codes, judged.codes, of="codes", seed=seed)
    drawn = [sampled.autoencoder.draw(one) for one in codes[:_DRAWN]]
    seen = [sampled.layers.rows(images) for images in drawn]
    logits = torch.stack([one["logits"] for one in seen])
    yield "kept_decision", "", kept_decision(logits, judged.logits, seed=seed)
    if len(judged.labels.unique()) > 1:  # else there is nothing to compare with
        encoded, pairs = torch.stack([one[layer] for one in seen]), torch.Generator().manual_seed(seed)
        found = consistency(encoded, features, judged.labels, generator=pairs, seed=seed)
        yield "cosine", "samples", found.cosine
        yield "cosine", "other_class", found.between
        yield "consistent", "", found.above
    for name, values in judged.properties.items():
        samples = torch.stack([PROPERTIES[name](images) for images in drawn])
        yield "spread", name, explained_by_v(samples, values, of=name, seed=seed)
    yield from _swap_kept(sampled, judged, features, network, seed)


def _swap_kept(
    sampled: Sampled, judged: _Judged, features: Tensor, network: InvarianceNetwork, seed: int
) -> Iterator[tuple[str, str, Estimate]]:
    """How often an image with another's kept content is decided as the other: partners of other decisions."""
    decided = judged.logits.argmax(1)
    order = torch.randperm(len(decided), generator=torch.Generator().manual_seed(seed)).to(decided.device)
    differ = decided != decided[order]
    if not differ.any():  # a classifier with one answer for all
        return
    swapped = sampled.autoencoder.draw(network.swap(judged.codes, features, features[order]))
    after = sampled.layers.rows(swapped)["logits"].argmax(1)
    kept = mean_of_images(
        (after == decided[order])[differ].double(),
        convention="share of swaps decided as the image that gives what the layer keeps, decisions differing",
        seed=seed,
    )
    yield "swap_kept", "", kept


def _open(sampled: Sampled, judged: _Judged, layer: str) -> Iterator[tuple[str, Estimate]]:
    """What the layer does not tell of each property: how wide samples should be."""
    parts = {}
    for part in ("train", "held_out"):
        pool = sampled.pools[part]
        parts[part] = (pool.features[layer].to(sampled.device), as_pixels(pool.images.to(sampled.device)))
    features = sampled.pools["test"].features[layer][: len(judged.codes)].to(sampled.device)
    learn, stop = (
        (rows, {name: PROPERTIES[name](images) for name in judged.properties}) for rows, images in parts.values()
    )
    recipe = sampled.task.options.probe
    yield from unexplained(*learn, held_out=stop, test=(features, judged.properties), recipe=recipe).items()
