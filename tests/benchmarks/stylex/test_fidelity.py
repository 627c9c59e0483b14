"""Figures of a generator whose faults are known."""

from dataclasses import replace

import torch
from torch import Tensor

from benchmarks.stylex.fidelity import FIDELITY, measure_fidelity
from tests.xai.stylex.small import Brightness, halves
from tests.xai.stylex.test_system import system
from xai.stylex import StylEx


class Copying(StylEx):
    """Rebuilds pixels as they are, whatever it is told."""

    def styles(self, images: Tensor) -> Tensor:
        return images.flatten(1)

    condition_swapped = styles

    def decode(self, styles: Tensor) -> Tensor:
        return styles.view(-1, 3, 8, 8)


def copying() -> StylEx:
    one = system()
    return Copying(networks=one.networks, classifier=one.classifier)


def test_a_perfect_copy_loses_nothing() -> None:
    table = measure_fidelity(copying(), halves(20))
    assert list(table) == FIDELITY
    values = table.set_index("measure")
    assert values["value"].round(9).to_dict() == {
        "agreement": 1, "divergence": 0, "pixels": 0, "swap_flips": 0, "frechet": 0,
    }  # fmt: skip
    assert values["low"]["agreement"] < 1
    assert (table["n"] == 20).all()


def test_figures_are_those_of_the_images() -> None:
    one, images = system(), halves(20)
    pixels = images.float() / 255
    made = one.reconstruct(images)
    classifier = Brightness()
    decided = [classifier(batch).argmax(1) for batch in (pixels, made, one.decode(one.condition_swapped(images)))]
    values = measure_fidelity(one, images).set_index("measure")
    assert values["value"]["agreement"] == (decided[0] == decided[1]).sum().item() / 20
    assert values["value"]["swap_flips"] == (decided[1] != decided[2]).sum().item() / 20
    assert abs(values["value"]["pixels"] - (made - pixels).abs().mean().item()) < 1e-6
    assert (values["low"] <= values["value"]).all()
    assert (values["value"] <= values["high"]).all()


def test_a_classifier_without_maps_has_no_features() -> None:
    plain = replace(copying(), classifier=lambda images: torch.stack([images.mean((1, 2, 3)), -images[:, 0, 0, 0]], 1))
    assert "frechet" not in set(measure_fidelity(plain, halves(12))["measure"])
