from dataclasses import replace

import pytest

from benchmarks.error_study.protocol import KINDS, Protocol, parse_kinds


def test_every_classifier_has_a_seed_and_a_name_of_its_own() -> None:
    classifiers = Protocol().classifiers
    assert len({one.seed for one in classifiers}) == len(classifiers) == 2 * len(KINDS)
    assert len({one.name for one in classifiers}) == len(classifiers)


def test_at_least_three_architectures_and_no_frost() -> None:
    protocol = Protocol()
    assert len({one.architecture for one in protocol.classifiers}) >= 3
    names = [one.name for one in protocol.conditions]
    assert names[0] == "clean" and "fog" in names and "frost" not in names


def test_the_fingerprint_of_a_classifier_knows_what_decides_its_figures() -> None:
    protocol = Protocol()
    first, second = protocol.classifiers[:2]
    assert protocol.fingerprint(first) != protocol.fingerprint(second)
    assert protocol.fingerprint(first) != replace(protocol, severity=3).fingerprint(first)
    assert protocol.fingerprint(first) == replace(protocol, seeds=(100,), least_errors=7).fingerprint(first)


@pytest.mark.parametrize("word", ["convnet", "convnet/", "convnet/many", "/100", "convnet/0"])
def test_kinds_that_cannot_be_read_are_refused(word: str) -> None:
    with pytest.raises(ValueError, match="expected --classifiers as architecture/images"):
        parse_kinds([word])


def test_a_study_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one of --classifiers and of --seeds"):
        Protocol(seeds=())
    with pytest.raises(ValueError, match="--images of at least 4"):
        Protocol(images=3)
