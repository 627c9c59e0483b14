import pytest
import torch

from xai.invariances import explained_by_v, mean_of_images


def test_the_share_is_within_over_total():
    generator = torch.Generator().manual_seed(0)
    values = torch.randn(300, 2, generator=generator) * torch.tensor([3.0, 1.0])
    kept = torch.stack([values[:, 0], torch.zeros(300)], 1)
    samples = kept + torch.stack([torch.zeros(80, 300), torch.randn(80, 300, generator=generator)], 2)
    found = explained_by_v(samples, values, of="codes")
    plain = samples.var(0).sum(1).mean() / values.var(0, correction=0).sum()
    assert found.value == pytest.approx(float(plain), rel=1e-5)
    assert found.low < 0.1 < found.high and found.n == 300 and "variance of codes among 80 samples" in found.convention


def test_nothing_and_everything():
    values = torch.randn(200, 3, generator=torch.Generator().manual_seed(0))
    assert explained_by_v(values.expand(5, -1, -1), values, of="codes").value == 0
    shuffled = torch.stack([values[torch.randperm(200, generator=torch.Generator().manual_seed(s))] for s in range(40)])
    assert explained_by_v(shuffled, values, of="codes").value == pytest.approx(1, abs=0.03)


def test_means_and_mistakes():
    found = mean_of_images(torch.tensor([1.0, 2.0, 6.0]), convention="marks")
    assert found.value == 3 and found.low < 3 < found.high and found.convention == "marks; over resampled images"
    with pytest.raises(ValueError, match=r"expected samples of shape \(at least 2, 3, 1\), got \(1, 3, 1\)"):
        explained_by_v(torch.zeros(1, 3, 1), torch.zeros(3, 1), of="codes")
    with pytest.raises(ValueError, match="expected hue that differs between images, got 3 times the same"):
        explained_by_v(torch.zeros(2, 3, 1), torch.zeros(3, 1), of="hue")
