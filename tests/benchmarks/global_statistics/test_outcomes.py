import numpy as np
import pytest
import torch

from benchmarks.global_statistics import ANY, OTHER, SAME, Depth, SwapOutcomes, swap_outcomes
from benchmarks.global_statistics.outcomes import Answers, draw_partners
from tests.benchmarks.global_statistics.conftest import Arrangement, Convolutions, MeanColour, pictures


def test_a_reader_of_statistics_hands_over_every_answer() -> None:
    images, labels = pictures(60)
    outcomes = swap_outcomes(MeanColour(), images, labels, draws=2)
    assert [depth.name for depth in outcomes.depths] == ["pixels"]
    assert outcomes.right.all()
    assert (outcomes.flipped(OTHER) == 1).all() and (outcomes.taken_over() == 1).all()
    assert (outcomes.flipped(SAME) == 0).all() and (outcomes.correct(OTHER) == 0).all()


def test_a_reader_of_arrangement_keeps_every_answer() -> None:
    images, labels = pictures(30)
    outcomes = swap_outcomes(Arrangement(), images, labels, draws=2)
    assert (outcomes.flipped(ANY) == 0).all()
    assert np.nanmax(outcomes.taken_over()) == 0
    assert np.array_equal(outcomes.correct(ANY)[0], outcomes.right.astype(float))


def test_shares_are_counts_over_draws(network: Convolutions) -> None:
    images, labels = pictures(25)
    outcomes = swap_outcomes(network, images, labels, draws=3, batch_size=8)
    flipped, correct, taken = outcomes.flipped(OTHER), outcomes.correct(OTHER), outcomes.taken_over()
    for depth, draws in enumerate(outcomes.answers):
        for image in range(25):
            found = [(one.partners[OTHER][image], one.predictions[OTHER][image]) for one in draws]
            assert flipped[depth, image] == np.mean([after != outcomes.clean[image] for _, after in found])
            assert correct[depth, image] == np.mean([after == labels[image] for _, after in found])
            other = [
                after == outcomes.clean[partner]
                for partner, after in found
                if outcomes.clean[partner] != outcomes.clean[image]
            ]
            assert taken[depth, image] == np.mean(other) if other else np.isnan(taken[depth, image])


def test_any_other_image_is_a_mixture_in_the_proportion_of_the_classes() -> None:
    labels = np.array([0, 0, 0, 1])
    partners = draw_partners(labels, seed=0, draw=0)
    predictions = {OTHER: np.array([9, 9, 9, 9]), SAME: np.array([0, 0, 0, 1])}
    outcomes = SwapOutcomes(
        depths=(Depth(name="pixels", share=0),),
        labels=labels,
        clean=labels,
        answers=[[Answers(partners=partners, predictions=predictions)]],
    )
    assert outcomes.flipped(ANY)[0] == pytest.approx([1 / 3, 1 / 3, 1 / 3, 1])
    assert np.isnan(outcomes.flipped(SAME)[0, 3])


def test_partners_depend_on_labels_and_seed_alone_and_modes_come_back(network: Convolutions) -> None:
    images, labels = pictures(20)
    network.train()
    one, other = (swap_outcomes(network, images, labels, draws=2, batch_size=size) for size in (4, 64))
    assert network.training
    assert np.array_equal(one.flipped(), other.flipped())
    again = swap_outcomes(MeanColour(), images, labels, draws=2)
    for mine, theirs in zip(one.answers[0], again.answers[0], strict=True):
        assert all(np.array_equal(mine.partners[kind], theirs.partners[kind]) for kind in mine.partners)
    first, second = (answers.partners[OTHER] for answers in one.answers[0])
    assert not np.array_equal(first, second)


def test_one_class_leaves_the_other_kind_undefined(network: Convolutions) -> None:
    images, _ = pictures(6)
    outcomes = swap_outcomes(network, images, [2] * 6)
    assert np.isnan(outcomes.flipped(OTHER)).all() and np.isnan(outcomes.taken_over()).all()
    assert np.array_equal(outcomes.flipped(ANY), outcomes.flipped(SAME))


def test_what_cannot_be_exchanged_is_said(network: Convolutions) -> None:
    images, labels = pictures(3)
    with pytest.raises(ValueError, match="expected at least two images that can exchange statistics"):
        swap_outcomes(network, images[:1], labels[:1])
    with pytest.raises(ValueError, match="got 3 images and 2 labels"):
        swap_outcomes(network, images, labels[:2])
    with torch.no_grad():
        network.head.bias.fill_(float("nan"))
    with pytest.raises(ValueError, match="expected finite logits, got others for 3 of 3 images"):
        swap_outcomes(network, images, labels)
