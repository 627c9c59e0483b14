import pytest
import torch

from xai.invariances import Autoencoder, Posterior, as_pixels


@pytest.mark.parametrize("size", [(16, 16), (32, 32), (48, 64), (128, 96)])
def test_images_come_back_at_their_size_and_batches_do_not_matter(size):
    autoencoder = Autoencoder(size, code=6, width=4).eval()
    images = torch.rand(3, 3, *size)
    drawn = autoencoder(images)
    assert drawn.shape == images.shape and drawn.min() >= 0 and drawn.max() <= 1
    assert torch.allclose(autoencoder(images[1:2]), drawn[1:2], atol=1e-5)
    assert torch.allclose(autoencoder.posteriors(images, batch_size=2).mean, autoencoder.encode(images).mean, atol=1e-5)


def test_a_seed_decides_the_weights_and_leaves_the_global_state():
    torch.manual_seed(3)
    before = torch.get_rng_state()
    first, second, other = (Autoencoder((16, 16), code=2, width=4, seed=seed).state_dict() for seed in (0, 0, 1))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not torch.equal(first["encoder.0.0.weight"], other["encoder.0.0.weight"])


def test_the_posterior_is_the_normal_that_it_says():
    posterior = Posterior(mean=torch.tensor([[1.0, 0.0]]), log_variance=torch.tensor([[0.0, -2.0]]))
    many = Posterior(mean=posterior.mean.expand(5000, 2), log_variance=posterior.log_variance.expand(5000, 2))
    drawn = many.sample(torch.Generator().manual_seed(0))
    assert torch.allclose(drawn.mean(0), torch.tensor([1.0, 0.0]), atol=0.05)
    assert torch.allclose(drawn.std(0), torch.tensor([1.0, 0.3679]), atol=0.03)
    normal = [torch.distributions.Normal(mean, scale) for mean, scale in ((1.0, 1.0), (0.0, 0.36788))]
    prior = torch.distributions.Normal(0.0, 1.0)
    expected = sum(torch.distributions.kl_divergence(one, prior) for one in normal)
    assert torch.isclose(posterior.divergence()[0], expected, atol=1e-4)
    assert len(many[:7]) == 7


def test_pixels_and_sizes():
    bytes_ = torch.tensor([[0, 255]], dtype=torch.uint8)
    assert as_pixels(bytes_).tolist() == [[0.0, 1.0]] and as_pixels(as_pixels(bytes_)).tolist() == [[0.0, 1.0]]
    autoencoder = Autoencoder((16, 16), code=2, width=4)
    assert autoencoder.resized(torch.rand(2, 3, 40, 40)).shape == (2, 3, 16, 16)


def test_mistakes_are_said():
    with pytest.raises(ValueError, match=r"multiples of 8, got \(32, 36\); resize them"):
        Autoencoder((32, 36))
    with pytest.raises(ValueError, match="expected images of at least 16 pixels"):
        Autoencoder((8, 8))
    with pytest.raises(ValueError, match="expected `code` of at least 2 and `width` as a multiple of 4, got 1 and 32"):
        Autoencoder((32, 32), code=1)
    with pytest.raises(ValueError, match=r"expected floating images of shape \(N, 3, 32, 32\)"):
        Autoencoder((32, 32), width=4).encode(torch.zeros(1, 3, 16, 16))
