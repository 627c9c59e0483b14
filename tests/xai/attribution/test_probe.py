import pytest
import torch
from torch import Tensor, nn

from tests.xai.attribution.small_networks import linear_classifier, random_images, small_convnet, there
from xai.attribution.probe import Classifier, Probe, chosen_logits, undisturbed


class Narrow:
    """A classifier whose memory holds only so many images, and that notes the size of every batch."""

    def __init__(self, most: int, error: Exception) -> None:
        self.most, self.error, self.sizes = most, error, list[int]()
        self.inner = small_convnet()

    def __call__(self, images: Tensor) -> Tensor:
        self.sizes.append(len(images))
        if len(images) > self.most:
            raise self.error
        logits: Tensor = self.inner(images)
        return logits


OUT_OF_MEMORY = [
    torch.OutOfMemoryError("CUDA out of memory."),
    RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"),
    MemoryError(),
]


@pytest.mark.parametrize("error", OUT_OF_MEMORY, ids=lambda error: type(error).__name__)
def test_batches_are_halved_for_good_when_memory_runs_out(error: Exception) -> None:
    images = random_images(10)
    narrow = Narrow(3, error)
    probe = Probe(classifier=narrow, batch_size=8)
    logits = probe.logits(images)
    assert narrow.sizes == [8, 4, 2, 2, 2, 2, 2]
    assert probe.batch_size == 2
    torch.testing.assert_close(logits, narrow.inner(images).detach())


def test_halving_starts_from_the_images_there_are() -> None:
    narrow = Narrow(2, torch.OutOfMemoryError())
    Probe(classifier=narrow, batch_size=1000).logits(random_images(5))
    assert narrow.sizes == [5, 2, 2, 1]


def test_one_image_that_does_not_fit_is_an_error() -> None:
    narrow = Narrow(0, torch.OutOfMemoryError("CUDA out of memory."))
    with pytest.raises(torch.OutOfMemoryError):
        Probe(classifier=narrow, batch_size=4).logits(random_images(4))
    assert narrow.sizes == [4, 2, 1]


def test_other_errors_are_not_tried_again() -> None:
    narrow = Narrow(2, RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    with pytest.raises(RuntimeError, match="mat1"):
        Probe(classifier=narrow, batch_size=4).logits(random_images(4))
    assert narrow.sizes == [4]


@pytest.mark.parametrize("batch_size", [1, 3, 7, 8])
def test_passes_cover_everything_once_and_in_order(batch_size: int) -> None:
    probe = Probe(classifier=small_convnet(), batch_size=batch_size)
    parts = list(probe.passes(7, lambda part: list(range(7))[part]))
    assert [number for part in parts for number in part] == list(range(7))
    assert max(map(len, parts)) <= batch_size


def test_gradients_are_those_of_each_target_alone() -> None:
    classifier = linear_classifier()
    targets = torch.tensor([2, 0, 1])
    images = random_images(3, side=8)
    logits, gradients = Probe(classifier=classifier).gradients(images, targets)
    torch.testing.assert_close(gradients.flatten(1), classifier[1].get_parameter("weight").detach()[targets])
    torch.testing.assert_close(logits, classifier(images).detach()[torch.arange(3), targets])
    assert not images.requires_grad
    assert not logits.requires_grad


def test_classifiers_that_work_in_place_do_not_change_the_images() -> None:
    def in_place(images: Tensor) -> Tensor:
        return images.mul_(2).sub_(1).mean((2, 3))

    images = random_images(2)
    before = images.clone()
    probe = Probe(classifier=in_place)
    probe.logits(images)
    _, gradients = probe.gradients(images, torch.tensor([0, 1]))
    assert torch.equal(images, before)
    torch.testing.assert_close(gradients[0, 0], torch.full((16, 16), 2 / 256))


def test_undisturbed_puts_modes_and_parameters_back_whatever_happens() -> None:
    network = small_convnet().train()
    network[1].eval()  # as when a batch norm is frozen while the rest learns
    network[0].get_parameter("weight").requires_grad_(False)
    network[8].get_parameter("bias").grad = torch.ones(4)
    modes = [module.training for module in network.modules()]
    learning = [parameter.requires_grad for parameter in network.parameters()]
    with pytest.raises(KeyError), undisturbed(network):
        assert not any(module.training for module in network.modules())
        assert not any(parameter.requires_grad for parameter in network.parameters())
        Probe(classifier=network).gradients(random_images(2), torch.tensor([0, 1]))
        raise KeyError
    assert [module.training for module in network.modules()] == modes
    assert [parameter.requires_grad for parameter in network.parameters()] == learning
    *others, last = [parameter.grad for parameter in network.parameters()]
    assert torch.equal(there(last), torch.ones(4))
    assert others == [None] * len(others)


def test_statistics_of_batch_norms_stay() -> None:
    network = small_convnet().train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    with undisturbed(network):
        Probe(classifier=network).logits(random_images(4))
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_any_callable_can_be_undisturbed() -> None:
    with undisturbed(lambda images: images.mean((2, 3))):
        assert torch.is_grad_enabled()


def test_generators_are_fresh_and_seeded() -> None:
    probe = Probe(classifier=small_convnet(), seed=5)
    first, again = (torch.rand(4, generator=probe.generator()) for _ in range(2))
    other = torch.rand(4, generator=Probe(classifier=small_convnet(), seed=6).generator())
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_batches_have_at_least_one_image() -> None:
    with pytest.raises(ValueError, match="expected `batch_size` of at least 1, got 0"):
        Probe(classifier=small_convnet(), batch_size=0)


def test_methods_that_read_layers_need_a_module() -> None:
    network = small_convnet()
    assert Probe(classifier=network).module("grad_cam") is network
    with pytest.raises(TypeError, match=r"expected .* nn\.Module, because grad_cam .* got function; .* take any"):
        Probe(classifier=lambda images: images).module("grad_cam")


@pytest.mark.parametrize(
    ("answer", "got"),
    [
        (lambda images: images, r"\(2, 3, 16, 16\)"),
        (lambda images: images.mean((1, 2, 3)), r"\(2,\)"),
        (lambda images: images.mean((2, 3))[:1], r"\(1, 3\)"),
        (lambda images: [images], "list"),
    ],
)
def test_answers_that_are_no_logits_are_told(answer: Classifier, got: str) -> None:
    with pytest.raises(ValueError, match=rf"expected logits of shape \(2, K\) from the classifier, got {got}"):
        Probe(classifier=answer).logits(random_images(2))


def test_classifiers_without_gradient_are_told_of_occlusion() -> None:
    probe = Probe(classifier=lambda images: images.detach().mean((2, 3)))
    with pytest.raises(ValueError, match=r"expected .* differentiable .*, got logits without gradient; occlusion"):
        probe.gradients(random_images(1), torch.tensor([0]))


def test_targets_must_be_classes() -> None:
    logits = torch.arange(6.0).view(2, 3)
    assert chosen_logits(logits, torch.tensor([2, 0])).tolist() == [2, 3]
    with pytest.raises(ValueError, match=r"expected `targets` in 0\.\.2, the classifier's classes, got 3"):
        chosen_logits(logits, torch.tensor([0, 3]))


def test_modules_that_share_a_part_are_put_back() -> None:
    shared = nn.Linear(3, 3)
    network = nn.Sequential(shared, shared).train()
    with undisturbed(network):
        states = [(shared.training, shared.weight.requires_grad)]
    states.append((shared.training, shared.weight.requires_grad))
    assert states == [(False, False), (True, True)]
