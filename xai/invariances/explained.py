"""How much of the variation of images a layer leaves open: explained variance, by the law of total variance.

For any numbers told of images, codes, pixels or a property, the share explained by v is the mean over images of their
variance among samples with the same features, over their variance among images; the rest is explained by z.

Reference:
    Rombach, Esser and Ommer, 2020, section 4.2, https://arxiv.org/abs/2008.01777 (idea; no code was published, and the
    definition is our own).
"""

from torch import Tensor

from xai.iin.estimates import Estimate, bootstrap

__all__ = ["explained_by_v", "mean_of_images"]

_OVER = "over resampled images"


def explained_by_v(samples: Tensor, values: Tensor, *, of: str, seed: int = 0) -> Estimate:
    """Estimate the share of variance that a layer leaves open.

    Args:
        samples: (S, N, M) numbers of S at least 2 samples for each of N images.
        values: (N, M) the same numbers of the images themselves.
        of: what the numbers are, in words.
        seed: of the interval.

    Returns:
        0 where samples equal each other, 1 where they vary as images do; sampling can put it above 1.

    Raises:
        ValueError: other shapes, or images that do not vary.

    Example:
        >>> import torch
        >>> values = torch.tensor([[0.0], [2.0]])
        >>> explained_by_v(torch.stack([values, values]), values, of="a mark").value
        0.0
    """
    if samples.ndim != 3 or samples.shape[1:] != values.shape or len(samples) < 2:
        raise ValueError(
            f"expected samples of shape (at least 2, {values.shape[0]}, {values.shape[-1]}), got {tuple(samples.shape)}"
        )
    within = samples.double().var(0, correction=1).sum(1).cpu()
    told = (values.double() - values.double().mean(0)).cpu()
    squares = told.square().sum(1)
    if not float(squares.sum()) > 0:
        raise ValueError(f"expected {of} that differs between images, got {len(values)} times the same")

    def share(w: Tensor) -> Tensor:
        w = w / w.sum(1, keepdim=True)
        return (w @ within / (w @ squares - (w @ told).square().sum(1)))[:, None]

    convention = (
        f"variance of {of} among {len(samples)} samples with the same features, mean over images, as a share of the "
        f"variance among images; {_OVER}"
    )
    return bootstrap(share, len(values), convention=convention, seed=seed)[0]


def mean_of_images(values: Tensor, *, convention: str, seed: int = 0) -> Estimate:
    """Average one number an image, with a bootstrap interval over images.

    Args:
        values: (N,) numbers.
        convention: what they are, in words.
        seed: of the interval.
    """
    told = values.double().cpu()[:, None]
    convention = f"{convention}; {_OVER}"
    return bootstrap(lambda w: w @ told / w.sum(1, keepdim=True), len(told), convention=convention, seed=seed)[0]
