import pytest
import torch

from robustness.consistency.adaptive import AttackSettings
from robustness.consistency.copies import transformed_logits
from robustness.consistency.distortion import smallest_evading_distortion
from tests.robustness.consistency.toys import stripes, stripes_defence

SETTINGS = AttackSettings(steps=15, copies_weights=(0.0,))


def judge(defence, images, labels):
    with torch.no_grad():
        logits = transformed_logits(defence.classifier, images, defence.transforms)
        return logits[:, 0].argmax(1) != labels, defence.score(logits)


def reference(defence, image, label, threshold):
    """Fine search along the best direction, known for this classifier: darken the one half, brighten the other."""
    direction = torch.ones_like(image)
    direction[..., 4 * label : 4 * label + 4] = -1
    for eps in torch.linspace(0, 0.4, 401):
        fooled, score = judge(defence, (image + eps * direction).clamp(0, 1)[None], torch.tensor([label]))
        if bool(fooled) and float(score) >= threshold:
            return float(eps)
    return float("inf")


def test_it_finds_the_known_smallest_distortion():
    images, labels = stripes(6)
    defence = stripes_defence()
    result = smallest_evading_distortion(defence, images, labels, threshold=0.8, largest_eps=0.5, settings=SETTINGS)
    for image, label, eps in zip(images, labels.tolist(), result.eps.tolist(), strict=True):
        assert eps == pytest.approx(reference(defence, image, label, 0.8), rel=0.1)


def test_what_it_returns_fools_evades_and_is_as_near_as_it_says():
    images, labels = stripes(6)
    defence = stripes_defence()
    result = smallest_evading_distortion(defence, images, labels, threshold=0.8, largest_eps=0.5, settings=SETTINGS)
    fooled, scores = judge(defence, result.images, labels)
    assert bool(fooled.all())
    assert bool((scores >= 0.8 - 1e-9).all())
    assert torch.allclose((result.images - images).abs().amax((1, 2, 3)), result.eps)


def test_more_trust_costs_more_distortion():
    images, labels = stripes(4)
    eps = [
        smallest_evading_distortion(
            stripes_defence(), images, labels, threshold=threshold, largest_eps=0.5, settings=SETTINGS
        ).eps
        for threshold in (0.6, 0.8, 0.95)
    ]
    assert bool((eps[0] < eps[1]).all())
    assert bool((eps[1] < eps[2]).all())


def test_what_cannot_be_reached_is_infinite_and_left_alone():
    images, labels = stripes(4)
    result = smallest_evading_distortion(
        stripes_defence(), images, labels, threshold=0.8, largest_eps=0.05, settings=SETTINGS
    )
    assert bool(result.eps.isinf().all())
    assert torch.equal(result.images, images)


def test_trusted_errors_need_no_distortion():
    images, labels = stripes(4)
    labels[:2] = 1 - labels[:2]
    result = smallest_evading_distortion(
        stripes_defence(), images, labels, threshold=0.8, largest_eps=0.5, rounds=3, settings=SETTINGS
    )
    assert result.eps[:2].tolist() == [0, 0]
    assert torch.equal(result.images[:2], images[:2])
    assert bool((result.eps[2:] > 0.05).all())


@pytest.mark.parametrize("setting", [{"largest_eps": 0.0}, {"rounds": 0}])
def test_arguments_are_checked(setting):
    images, labels = stripes(2)
    with pytest.raises(ValueError, match="expected `largest_eps` above 0 and `rounds` of at least 1, got"):
        smallest_evading_distortion(
            stripes_defence(), images, labels, **({"threshold": 0.8, "largest_eps": 0.1} | setting)
        )
