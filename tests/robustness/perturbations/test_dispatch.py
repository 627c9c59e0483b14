import pytest
import torch

from robustness.perturbations import COURSES, PERTURBATIONS, perturb
from tests.robustness.corruptions.charts import random_images

every_perturbation = pytest.mark.parametrize("name", list(PERTURBATIONS))


@pytest.fixture
def one_then_two_threads():
    threads = torch.get_num_threads()
    yield 1, 2
    torch.set_num_threads(threads)


def test_every_key_is_the_functions_name():
    assert all(function.__name__ == name for name, function in PERTURBATIONS.items())


@every_perturbation
def test_batch_size_and_order_never_change_a_pixel(name, monkeypatch):
    images, seeds = random_images(7, 3, 20, 24), torch.arange(7) * 1000 - 3
    whole = perturb(images, name, seeds=seeds, frames=6, size=(16, 18))
    monkeypatch.setattr("robustness.perturbations.dispatch._CPU_PIECE", 2 * images[0].numel())
    assert torch.equal(perturb(images, name, seeds=seeds, frames=6, size=(16, 18)), whole), "in pieces of two"
    order = torch.randperm(7, generator=torch.Generator().manual_seed(1))
    assert torch.equal(perturb(images[order], name, seeds=seeds[order], frames=6, size=(16, 18)), whole[order])


@every_perturbation
def test_threads_never_change_a_pixel(name, one_then_two_threads):
    images, results = random_images(2, 3, 96, 96), []
    for threads in one_then_two_threads:
        torch.set_num_threads(threads)
        results.append(perturb(images, name, seeds=torch.arange(2), frames=3))
    assert torch.equal(*results)


@every_perturbation
def test_float_and_uint8_agree_and_inputs_stay(name):
    images, seeds = random_images(2, 3, 14, 12), torch.arange(2)
    strided = images.transpose(2, 3).contiguous().transpose(2, 3)
    floats = (strided / 255).clone()
    levels = perturb(images, name, seeds=seeds)
    shares = perturb(floats, name, seeds=seeds)
    assert shares.dtype == torch.float32 and torch.equal(shares, levels / 255)
    assert torch.equal(perturb(strided, name, seeds=seeds), levels)
    assert torch.equal(floats, images / 255) and torch.equal(strided, images)


@every_perturbation
def test_frames_are_the_first_ones_of_the_course(name):
    images, seeds = random_images(1, 3, 12, 12), torch.tensor([4])
    for profile, course in COURSES[name].items():
        whole = perturb(images, name, seeds=seeds, profile=profile)
        assert whole.shape == (1, len(course.steps), 3, 12, 12)
        assert torch.equal(perturb(images, name, seeds=seeds, profile=profile, frames=5), whole[:, :5])


@every_perturbation
@pytest.mark.parametrize("shape", [(1, 9), (9, 1), (1, 1), (8, 8), (5, 31)], ids=str)
def test_tiny_and_oblong_images_are_no_trouble(name, shape):
    film = perturb(random_images(1, 3, *shape), name, seeds=torch.tensor([0]))
    assert film.shape[2:] == (3, *shape)


@every_perturbation
def test_no_images_give_no_films(name):
    film = perturb(torch.empty(0, 3, 5, 6), name, seeds=torch.empty(0, dtype=torch.int64))
    assert film.shape == (0, len(COURSES[name]["imagenet"].steps), 3, 5, 6)


@every_perturbation
def test_only_what_is_random_depends_on_the_seed(name):
    images = random_images(1, 3, 24, 24).clamp(40, 200)
    one, other = (perturb(images, name, seeds=torch.tensor([seed])) for seed in (0, 1))
    random = name in {"gaussian_noise", "shot_noise", "speckle_noise", "snow", "spatter"}
    assert torch.equal(one, other) != random


@every_perturbation
def test_neighbouring_frames_differ_less_than_distant_ones(name):
    ramp = torch.arange(48, dtype=torch.uint8).mul(5).expand(1, 3, 48, 48)
    film = perturb(ramp, name, seeds=torch.tensor([2]), size=(32, 32))[0].double()
    near = (film[2:] - film[1:-1]).abs().mean().item()
    far = (film[-1] - film[1]).abs().mean().item()
    assert near > 0
    assert near < far if "noise" not in name else near == pytest.approx(far, rel=0.1)


def check(message, **changes):
    arguments = {"images": random_images(2, 3, 8, 9), "name": "tilt", "seeds": torch.arange(2)} | changes
    with pytest.raises(ValueError, match=message):
        perturb(arguments.pop("images"), arguments.pop("name"), **arguments)


def test_errors_say_what_was_expected_and_what_came():
    check("expected `name` to be one of gaussian_noise, .*, got 'fog'", name="fog")
    check("expected `profile` to be one of imagenet, tiny, cifar, got 'large'", profile="large")
    check("expected `frames` of tilt in 1..31 or None for all, got 0", frames=0)
    check("expected `frames` of translate in 1..41 or None for all, got 42", name="translate", frames=42)
    check(r"expected `size` as \(h, w\) within the images' \(8, 9\), got \(9, 9\)", size=(9, 9))
    check(r"expected `images` of shape \(N, 3, H, W\) .* got \(2, 1, 8, 8\)", images=torch.zeros(2, 1, 8, 8))
    check(r"at least one pixel, got \(2, 3, 0, 8\)", images=torch.zeros(2, 3, 0, 8))
    check("expected `images` as uint8 .* got torch.float64", images=torch.zeros(2, 3, 8, 8).double())
    check(
        "expected float `images` in .* got 0..255",
        images=torch.tensor([0.0, 255.0]).view(2, 1, 1, 1).expand(2, 3, 8, 8),
    )
    check(r"expected `seeds` of shape \(2,\) .* got \(3,\) torch.int64", seeds=torch.arange(3))
    check(r"expected `seeds` .* got \(2,\) torch.float32", seeds=torch.zeros(2))
