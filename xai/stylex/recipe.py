"""How a StylEx is trained: everything that decides the weights, apart from images and classifier."""

from dataclasses import dataclass

__all__ = ["RECIPES", "TrainingRecipe"]


@dataclass(frozen=True, kw_only=True)
class TrainingRecipe:
    """The training of a StylEx. Without an adversary by default: cheaper, and enough for small synthetic images.

    Attributes:
        steps: of training. Agreement with the classifier is reached long before the attributes are rebuilt, so it is
            no signal to stop by.
        batch_size: images a step, of all processes together.
        generator_rate: learning rate of Adam for the generator.
        encoder_rate: likewise for the encoder; lower, or it collapses to one image.
        mapping_rate: likewise for the mapping, a hundredth of the generator's in StyleGAN2.
        discriminator_rate: likewise for the discriminator.
        betas: of Adam.
        decay: last share of the steps in which the rates fall linearly to zero.
        average: decay of the moving average of the weights that becomes the result.
        pixels: weight of |x - x'|.
        features: weight of the distance of classifier features, which stands for LPIPS, or of LPIPS where its weights
            are given.
        content: weight of |E(x) - E(x')|.
        classification: weight of KL(C(x) || C(x')).
        sparsity: weight of the lengths of what style coordinates read of the latent (group lasso): those that do little
            stay what they are in every image, so that a cause has few coordinates. It is no part of the original.
        adversarial: weight of the adversary's loss; 0 trains none.
        noise_every: one step in so many starts from noise instead of images and has the adversary's loss alone; 0 for
            none, 2 alternates as the authors do.
        penalty: weight of R1, applied every ``penalty_every`` steps at so many times the weight.
        penalty_every: steps.
        path_length: weight of the path length regulariser; 0 for none.
        path_length_every: steps.
        label_dropout: share of images whose label part is replaced by that of another image, so that the encoder must
            carry the decision as well; 0, as the authors have it, lets the label part draw local causes by itself.
        reduced: bfloat16 for networks and classifier where autocast has it, float32 for penalties.
        log_every: steps between two rows of the log.
        seed: of weights, batches and noise.

    Raises:
        ValueError: a number out of its range, or noise steps without an adversary.
    """

    steps: int = 2400
    batch_size: int = 32
    generator_rate: float = 2e-3
    encoder_rate: float = 1e-3
    mapping_rate: float = 2e-4
    discriminator_rate: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.99)
    decay: float = 0.4
    average: float = 0.995
    pixels: float = 5.0
    features: float = 1.0
    content: float = 0.1
    classification: float = 1.0
    sparsity: float = 0.1
    adversarial: float = 0.0
    noise_every: int = 0
    penalty: float = 0.3
    penalty_every: int = 16
    path_length: float = 0.0
    path_length_every: int = 16
    label_dropout: float = 0.5
    reduced: bool = False
    log_every: int = 100
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("steps", "penalty_every", "path_length_every", "log_every"):
            if getattr(self, name) < 1:
                raise ValueError(f"expected `{name}` of at least 1, got {getattr(self, name)}")
        if self.batch_size < 2:
            raise ValueError(f"expected `batch_size` of at least 2, got {self.batch_size}")
        for name in ("decay", "label_dropout", "average"):
            if not 0 <= getattr(self, name) <= 1 or (name == "average" and self.average == 1):
                raise ValueError(f"expected `{name}` in 0..1, got {getattr(self, name)}")
        for name in _NOT_NEGATIVE:
            if getattr(self, name) < 0:
                raise ValueError(f"expected `{name}` of at least 0, got {getattr(self, name)}")
        if self.noise_every and not self.adversarial:
            raise ValueError("expected `adversarial` above 0 with `noise_every`: noise has no image to compare with")
        if self.noise_every == 1:
            raise ValueError("expected `noise_every` of 0 or at least 2, got 1; every step would start from noise")


_NOT_NEGATIVE = (
    "generator_rate",
    "encoder_rate",
    "mapping_rate",
    "discriminator_rate",
    "pixels",
    "features",
    "content",
    "classification",
    "sparsity",
    "adversarial",
    "noise_every",
    "penalty",
    "path_length",
)

RECIPES: dict[str, TrainingRecipe] = {
    "reconstruction": TrainingRecipe(),
    "adversarial": TrainingRecipe(adversarial=0.1, betas=(0.5, 0.99), label_dropout=0.0, sparsity=0.0),
    "alternating": TrainingRecipe(
        steps=3200, adversarial=0.1, noise_every=2, betas=(0.5, 0.99), label_dropout=0.0, sparsity=0.0
    ),
}
"""Recipes by name: without an adversary, with one, and with steps from noise in between as in the original."""
