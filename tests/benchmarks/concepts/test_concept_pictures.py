from dataclasses import replace

import torch

from benchmarks.concepts.concept_pictures import concept_galleries
from benchmarks.concepts.fitting import ROTATION, fit_factors
from tests.benchmarks.concepts.coded import coded_question

IMAGES = torch.arange(300).view(-1, 1, 1, 1).expand(300, 3, 8, 8).to(torch.uint8)


def test_a_swap_of_the_mark_is_marked_where_it_decides_otherwise() -> None:
    question = coded_question(300)
    network = fit_factors(question.features, question.attributes, question.split).networks[ROTATION]
    swaps, alike = concept_galleries(question, network, IMAGES, number="01", where=", here")
    assert [strip.title for strip in swaps.strips] == ["the image, and those who give", "gets mark", "gets size"]
    given, marks, sizes = ([picture.title for picture in strip.pictures] for strip in swaps.strips)
    before = given[0].split()[0]
    differ = [title.split()[0] != before for title in given]
    assert [title.startswith("→") for title in marks] == differ and any(differ)
    assert not any(title.startswith("→") for title in sizes)
    assert [strip.title for strip in alike.strips] == ["mark", "size"]
    assert {picture.title for picture in alike.strips[0].pictures} == {before}


def test_nothing_is_shown_of_few_images_or_no_factor() -> None:
    question = coded_question(300)
    network = fit_factors(question.features, question.attributes, question.split).networks[ROTATION]
    few = replace(question, split=replace(question.split, judge=question.split.judge[:5]))
    assert not list(concept_galleries(few, network, IMAGES, number="01", where=""))
    coin = fit_factors(question.features, question.attributes[2:], question.split).networks[ROTATION]
    assert not list(concept_galleries(question, coin, IMAGES, number="01", where=""))
