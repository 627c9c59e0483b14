"""What an attack changes, seen through a layer: the invariances of the clean image with the attacked image's features.

Two controls stand beside it. Noise of random signs of the same size shows what any small change does; the
reconstruction of the attacked image shows that the autoencoder alone is not fooled. An attack that leaves the set of
natural features shows as the nearest plausible content, so that a harmless picture is no proof of robustness.

Reference:
    Rombach, Esser and Ommer, 2020, section 4.3, https://arxiv.org/abs/2008.01777
    Goodfellow, Shlens and Szegedy, Explaining and Harnessing Adversarial Examples, 2014 (the attack),
    https://arxiv.org/abs/1412.6572
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from xai.invariances.autoencoder import Autoencoder
from xai.invariances.layers import Layers, as_rows
from xai.invariances.network import InvarianceNetwork

__all__ = ["AdversarialView", "adversarial_view"]


@dataclass(frozen=True, kw_only=True)
class AdversarialView:
    """Images in [0, 1] that show an attack: (N, 3, H, W) as the classifier sees them, or as the autoencoder draws them.

    Attributes:
        attacked: one step against the classifier's own decision.
        reconstruction: of the attacked image through the autoencoder: the first control.
        layers: for each layer, what it sees of the attacked image, with the clean image's invariances.
        noise: for each layer, the same under noise of random signs: the second control.
    """

    attacked: Tensor
    reconstruction: Tensor
    layers: Mapping[str, Tensor]
    noise: Mapping[str, Tensor]


def adversarial_view(
    classifier: Layers,
    autoencoder: Autoencoder,
    networks: Mapping[str, InvarianceNetwork],
    images: Tensor,
    *,
    generator: torch.Generator,
    eps: float = 0.01,
) -> AdversarialView:
    """Attack images by one step of the gradient's sign and show what every layer makes of them.

    Args:
        classifier: attacked.
        autoencoder: of such images, at this size or another.
        networks: by layer.
        images: (N, 3, H, W) in [0, 1].
        generator: of the random signs.
        eps: size of the step in pixels of [0, 1]; the paper's .02 is in [-1, 1].
    """
    attacked = (images + eps * _against(classifier.classifier, images).sign()).clamp(0, 1)
    signs = torch.randint(2, images.shape, generator=generator).to(images) * 2 - 1
    noisy = (images + eps * signs).clamp(0, 1)
    with torch.no_grad():
        codes = autoencoder.posteriors(autoencoder.resized(images)).mean
        clean, after, control = (classifier(one) for one in (images, attacked, noisy))
        seen, beside = {}, {}
        for name, network in networks.items():
            v, _ = network(codes, as_rows(clean[name]))
            seen[name] = autoencoder.draw(network.inverse(v, as_rows(after[name])))
            beside[name] = autoencoder.draw(network.inverse(v, as_rows(control[name])))
        reconstruction = autoencoder(autoencoder.resized(attacked))
    return AdversarialView(attacked=attacked, reconstruction=reconstruction, layers=seen, noise=beside)


def _against(classifier: Callable[[Tensor], Tensor], images: Tensor) -> Tensor:
    """Gradient (N, 3, H, W) of the loss of the classifier's own decision."""
    pixels = images.detach().clone().requires_grad_()
    with torch.enable_grad():
        logits = classifier(pixels)
        loss = F.cross_entropy(logits, logits.argmax(1), reduction="sum")
        (gradient,) = torch.autograd.grad(loss, pixels)
    return gradient
