import pytest
import torch

from xai.invariances import AutoencoderRecipe, train_autoencoder
from xai.invariances.autoencoder import Autoencoder
from xai.invariances.reconstruction import feature_scales, reconstruction_loss

SMALL = AutoencoderRecipe(code=4, width=4, steps=60, batch_size=16, learning_rate=2e-2, check_every=30)


def patches(count, seed=0):
    """Flat colours."""
    colours = torch.rand(count, 3, 1, 1, generator=torch.Generator().manual_seed(seed))
    return colours.expand(-1, -1, 16, 16).contiguous()


def means(images):
    return {"mean": images.mean((2, 3)), "flat": torch.ones(len(images), 1)}


def test_training_learns_to_draw_and_bytes_are_as_good_as_floats():
    images, other = patches(200), patches(50, seed=1)
    trained = train_autoencoder(images, held_out=other, features=means, recipe=SMALL)
    assert trained.best_step == 60 and trained.held_out[-1][1] < 0.93 * trained.held_out[0][1]
    drawn = trained.autoencoder(other)
    assert (drawn - other).abs().mean() < 0.95 * (other - other.mean(0)).abs().mean()
    short = AutoencoderRecipe(code=4, width=4, steps=2, batch_size=8)
    as_bytes = (images * 255).round().to(torch.uint8)
    first = train_autoencoder(as_bytes, held_out=as_bytes[:20], features=means, recipe=short).autoencoder
    floats = as_bytes.float() / 255
    second = train_autoencoder(floats, held_out=floats[:20], features=means, recipe=short).autoencoder
    assert torch.equal(first(other), second(other))


def test_the_loss_is_the_one_in_the_docstring():
    images, recipe = patches(6), AutoencoderRecipe(code=4, width=4, features=0.5, divergence=0.1, colours=0.3)
    autoencoder = Autoencoder((16, 16), code=4, width=4)
    scales = feature_scales(means, images)
    apart = float((images[:, :, 0, 0] - images.roll(1, 0)[:, :, 0, 0]).abs().mean())
    assert scales == {"mean": pytest.approx(apart), "mean colours": pytest.approx(apart)}
    posterior = autoencoder.encode(images)
    drawn = autoencoder.decode(posterior.sample(torch.Generator().manual_seed(0)))
    pixels = (drawn - images).abs().mean()
    places = (drawn.unfold(2, 4, 4).unfold(3, 4, 4) - images.unfold(2, 4, 4).unfold(3, 4, 4)).mean((4, 5)).abs().mean()
    for judged in (6, 3):
        generator = torch.Generator().manual_seed(0)
        loss = reconstruction_loss(autoencoder, images, means, scales, recipe, generator, judged=judged)
        seen = (drawn - images)[:judged].mean((2, 3)).abs().mean() / scales["mean"]
        expected = pixels + 0.3 * places / apart + 0.5 * seen + 0.1 * posterior.divergence().mean() / 4
        assert torch.isclose(loss, expected)


def test_without_weight_features_are_not_asked_and_mistakes_are_said():
    images = patches(4)

    def never(_):
        raise AssertionError

    recipe = AutoencoderRecipe(code=4, width=4, features=0.0)
    autoencoder = Autoencoder((16, 16), code=4, width=4)
    loss = reconstruction_loss(autoencoder, images, never, {"mean colours": 1.0}, recipe, torch.Generator())
    assert loss.shape == ()
    with pytest.raises(ValueError, match="expected at least 2 images to measure distances between, got 1"):
        feature_scales(means, images[:1])
    with pytest.raises(ValueError, match="expected features that differ between images, got 4 times the same"):
        feature_scales(means, images[:1].expand(4, -1, -1, -1))
    with pytest.raises(ValueError, match="expected `width` of at least 1, got 0"):
        AutoencoderRecipe(width=0)
    with pytest.raises(ValueError, match="expected weights from 0"):
        AutoencoderRecipe(divergence=-1)
    assert eval(repr(recipe)) == recipe
