"""Figures on a classifier and an autoencoder whose answers are known."""

from types import SimpleNamespace

import pytest
import torch

from benchmarks.invariances.measuring import measure
from benchmarks.invariances.pool import Pool
from benchmarks.invariances.running import Sampled
from tests.benchmarks.invariances.conftest import SMALL
from tests.xai.invariances.networks import colour_layers
from xai.invariances import Posterior, fit_linear


class Flat(torch.nn.Module):
    """Codes are colours, exactly; images are flat."""

    def posteriors(self, images):
        mean = images.float().mean((2, 3)) / (255 if images.dtype == torch.uint8 else 1)
        return Posterior(mean=mean, log_variance=torch.full_like(mean, -40.0))

    def draw(self, codes):
        return codes[:, :, None, None].expand(-1, -1, 16, 16)


def pool(count, seed):
    colours = torch.randint(256, (count, 3, 1, 1), generator=torch.Generator().manual_seed(seed))
    images = colours.to(torch.uint8).expand(-1, -1, 16, 16).contiguous()
    return Pool(images=images, features=colour_layers().rows(images.float() / 255))


@pytest.fixture
def sampled():
    pools = {
        part: pool(count, seed) for seed, (part, count) in enumerate((("train", 300), ("held_out", 60), ("test", 40)))
    }
    codes = Flat().posteriors(pools["train"].images).mean
    known = fit_linear(codes, pools["train"].features["logits"])
    blind = pools["train"].features["logits"].roll(1, 0)
    unknown = fit_linear(codes, blind)
    return Sampled(
        task=SimpleNamespace(options=SMALL, labels=torch.arange(400) % 3, parts={"test": torch.arange(40)}),
        layers=colour_layers(),
        autoencoder=Flat(),
        flows=dict.fromkeys(("pool", "mean", "logits"), known) | {"pool": known},
        baselines=dict.fromkeys(("pool", "mean", "logits"), unknown),
        pools=pools,
        device=torch.device("cpu"),
    )


def test_a_map_that_knows_all_keeps_all_and_one_that_knows_nothing_does_not(sampled):
    only = colour_layers()
    only.modules = {}
    table = measure(Sampled(**{**vars(sampled), "layers": only}), seed=0)
    keys = zip(table["layer"], table["map"], table["metric"], table["subject"], strict=True)
    value = dict(zip(keys, table["value"], strict=True))
    assert value["autoencoder", "autoencoder", "kept_decision", ""] == 1
    assert value["autoencoder", "autoencoder", "reconstruction_error", ""] < 1e-6
    flow, linear = (
        {key[2:]: of for key, of in value.items() if key[:2] == ("logits", name)} for name in ("flow", "linear")
    )
    assert flow["explained_by_v", "code"] < 0.02 and linear["explained_by_v", "code"] > 0.8
    assert flow["kept_decision", ""] > 0.95 and linear["kept_decision", ""] < 0.6
    assert flow["swap_kept", ""] > 0.9 and flow["consistent", ""] > 0.9
    assert flow["spread", "brightness"] < 0.02 and linear["spread", "brightness"] > 0.5
    assert value["logits", "probe", "open", "brightness"] < 0.5  # the strongest channel is bent; ridge reads the rest
    gain = linear["code_loss", ""] - flow["code_loss", ""]
    assert flow["code_loss_gain", ""] == pytest.approx(gain, rel=1e-4)
