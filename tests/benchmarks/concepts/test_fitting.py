import dataclasses

import pytest
import torch

from benchmarks.concepts.attributes import image_attribute
from benchmarks.concepts.fitting import FLOW, ROTATION, fit_factors, split_images
from tests.benchmarks.concepts.coded import coded_question
from xai.iin import FlowRecipe

QUICK = FlowRecipe(steps=4, blocks=1, hidden=8)


def test_no_image_is_in_two_parts() -> None:
    owners = torch.arange(100).repeat(3)
    split = split_images(owners, seed=0)
    parts = [set(owners[rows].tolist()) for rows in (split.fit, split.stop, split.judge)]
    assert [len(part) for part in parts] == [50, 10, 40] and set.union(*parts) == set(range(100))
    assert sorted(torch.cat([split.fit, split.stop, split.judge]).tolist()) == list(range(300))
    assert not torch.equal(split.fit, split_images(owners, seed=1).fit)


def test_attributes_that_show_become_factors_and_others_are_said() -> None:
    question = coded_question()
    same = image_attribute("same", torch.zeros(600, dtype=torch.int64).numpy(), source="here")
    found = fit_factors(question.features, [*question.attributes, same], question.split, recipe=QUICK)
    assert {one.factor: one.size for one in found.spectra} == {"mark": 1, "size": 1, "coin": 0}
    assert set(found.networks) == {ROTATION, FLOW} and found.networks[FLOW].flow is not None
    assert found.reasons == {"same": "same: the same in all images"}
    assert found.training is not None and found.training.held_out[0][0] == 0
    again = fit_factors(question.features, question.attributes, question.split)
    assert set(again.networks) == {ROTATION}
    assert torch.equal(again.networks[ROTATION].rotation, found.networks[ROTATION].rotation)


def test_rows_of_weight_zero_teach_nothing() -> None:
    question = coded_question()
    keep = torch.arange(600) % 2 == 0
    spoilt = torch.where(keep[:, None], question.features, 100.0)
    found = fit_factors(spoilt, question.attributes, question.split, weights=keep.double())
    assert found.networks[ROTATION].whitening.mean.abs().max() < 1


def test_too_few_pairs_are_refused() -> None:
    question = coded_question(30)
    with pytest.raises(ValueError, match="with at least 20 pairs, got none: mark: 15 pairs, at least 20 are needed"):
        fit_factors(question.features, question.attributes, question.split)


def test_copies_that_differ_in_one_thing_alone_name_its_factor() -> None:
    """Both copies of an image have all of its latents but one."""
    generator = torch.Generator().manual_seed(0)
    turn = torch.linalg.qr(torch.randn(6, 6, generator=generator)).Q
    latent = torch.randn(200, 6, generator=generator)
    copies = latent.repeat(2, 1) + 0.05 * torch.randn(400, 6, generator=generator)
    copies[:, 2] += torch.tensor([-1.0, 1.0]).repeat_interleave(200) - latent[:, 2].repeat(2)
    like = image_attribute("stripes", torch.arange(2).repeat_interleave(200).numpy(), source="two sketches")
    like = dataclasses.replace(like, twins=torch.arange(200).repeat(2))
    split = split_images(torch.arange(200).repeat(2), seed=0)
    found = fit_factors(copies @ turn.T, [like], split, recipe=QUICK)
    (spectrum,) = found.spectra
    assert (spectrum.size, spectrum.pairs) == (1, 200) and found.training is not None
    (axis,) = found.networks[ROTATION].split(torch.cat([turn.T[2:3], -turn.T[2:3], *turn.T[None, :2]]))["stripes"].T
    ends, others = (axis[0] - axis[1]).abs(), (axis[2] - axis[3]).abs()
    assert ends > 5 * others
