import torch

from tests.xai.invariances.networks import colour_layers, untrained
from xai.invariances import adversarial_view, fit_linear


def test_one_step_against_the_decision_and_its_controls():
    layers, autoencoder = colour_layers(), untrained()
    images = torch.rand(80, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    codes, features = autoencoder.posteriors(images).mean, layers.rows(images)
    networks = {name: fit_linear(codes, features[name], components=6) for name in layers.names}
    view = adversarial_view(layers, autoencoder, networks, images[:4], generator=torch.Generator(), eps=0.05)
    assert (view.attacked - images[:4]).abs().max() <= 0.05 + 1e-6
    before, after = (layers(x)["logits"].log_softmax(1).amax(1) for x in (images[:4], view.attacked))
    decided = layers(images[:4])["logits"].argmax(1, keepdim=True)
    assert (layers(view.attacked)["logits"].log_softmax(1).gather(1, decided)[:, 0] < before).all()
    assert after.shape == before.shape
    assert torch.equal(view.reconstruction, autoencoder(view.attacked))
    assert list(view.layers) == list(view.noise) == list(layers.names)
    v, _ = networks["mean"](codes[:4], features["mean"][:4])
    seen = layers.rows(view.attacked)["mean"]
    assert torch.allclose(view.layers["mean"], autoencoder.decode(networks["mean"].inverse(v, seen)), atol=1e-5)


def test_no_step_shows_the_reconstruction_and_other_sizes_are_fine():
    layers, autoencoder = colour_layers(), untrained()
    images = torch.rand(60, 3, 16, 16)
    codes, features = autoencoder.posteriors(images).mean, layers.rows(images)
    networks = {"logits": fit_linear(codes, features["logits"])}
    view = adversarial_view(layers, autoencoder, networks, images[:2], generator=torch.Generator(), eps=0.0)
    for drawn in (view.layers["logits"], view.noise["logits"], view.reconstruction):
        assert torch.allclose(drawn, autoencoder(images[:2]), atol=1e-4)
