"""A candidate: one suspicion with its test, its size and where to look; a finding is one that holds."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["CHANGED", "CHECKS", "OBSERVED", "Candidate", "Check", "Places"]

Places = npt.NDArray[np.intp]

OBSERVED = "images as they are"
CHANGED = "reasons, and what a change would do"


@dataclass(frozen=True, kw_only=True)
class Check:
    """What is asked of every candidate of a kind.

    Attributes:
        title: the kind, for people.
        null: what holds unless the test says otherwise.
        test: which one, and what makes an effect large enough to be listed.
        concerns: :data:`OBSERVED` or :data:`CHANGED`.
        section: anchor of the page's section.
        table: where the figures stand.
    """

    title: str
    null: str
    test: str
    concerns: str
    section: str
    table: str


_GATE = "; and labels agree with answers more often than if dealt at random"

CHECKS = {
    "seen_as": Check(
        title="Images labelled as one class, seen as another",
        null="Images of a class are answered as one certain other class, as surely as most of that class's own images, "
        "no more often than images of any other class are, nor more often than every class has one such neighbour.",
        test="Fisher's exact test against all other classes, Bonferroni over the classes answered; normal "
        f"test of the class's largest share by median and median deviation over classes{_GATE}; "
        "listed from three images on, a third of them as sure as half of the right answers",
        concerns=OBSERVED,
        section="classes",
        table="classes",
    ),
    "folder_errors": Check(
        title="A folder that is answered worse",
        null="Within every class, images of a folder are wrong no more often than its other images.",
        test=f"exact test over classes{_GATE}; listed from 5 points on by the low end",
        concerns=OBSERVED,
        section="classes",
        table="classes",
    ),
    "folder_unsure": Check(
        title="A folder that leaves the classifier unsure",
        null="Within every class, images of a folder are no more often among the least confident tenth of it.",
        test="exact test over classes; listed from 5 points on by the low end",
        concerns=OBSERVED,
        section="classes",
        table="classes",
    ),
    "class_errors": Check(
        title="A class that falls out of line",
        null="A class's share of wrong answers is one of a kind with those of the other classes, however they differ.",
        test=f"Student's t for one more class, square roots of shares{_GATE}; listed from 5 points on by the low end",
        concerns=OBSERVED,
        section="classes",
        table="classes",
    ),
    "class_overconfident": Check(
        title="A class whose confidence is not earned",
        null="By how much confidence exceeds accuracy is, in a class, one of a kind with the other classes.",
        test=f"Student's t for one more class{_GATE}; listed from 5 points on by the low end",
        concerns=OBSERVED,
        section="calibration",
        table="reliability",
    ),
    "unreadable": Check(
        title="Images that cannot be used gather in one place",
        null="Images without a prediction are no more frequent in a class, or in a folder within its classes.",
        test="Fisher's exact test, over classes for folders",
        concerns=OBSERVED,
        section="provenance",
        table="skipped",
    ),
    "blind_confidence": Check(
        title="Confidence that does not know",
        null="A right answer carries more confidence than a wrong one in at least 60 % of pairs.",
        test=f"DeLong's test of the AUROC against .6, from ten answers of either kind on{_GATE}",
        concerns=OBSERVED,
        section="errors",
        table="headline",
    ),
    "class_falls": Check(
        title="A class that falls more than the others",
        null="Of the answers that are right on clean images, a class loses no larger share than the other classes do, "
        "under no condition.",
        test=f"Fisher's exact test, Bonferroni over conditions{_GATE}; listed from 10 points beyond the others on, of "
        "right answers and of accuracy, by the low end",
        concerns=CHANGED,
        section="corruptions",
        table="cells",
    ),
    "corruption_apart": Check(
        title="A corruption that hurts more than all others",
        null="A corruption costs no more right answers than another of the classifier's, at the same severities.",
        test=f"sign test over images against every other corruption, the largest p counts{_GATE}; listed from 10 "
        "points beyond the next on, by the low end",
        concerns=CHANGED,
        section="corruptions",
        table="corruptions",
    ),
    "statistics": Check(
        title="Decisions that hang on global statistics",
        null="Statistics of another class change at most 5 points more decisions than those of the same class do.",
        test="normal test by the bootstrap interval; Bonferroni over depths inside of the network, its last one left "
        "out",
        concerns=CHANGED,
        section="statistics",
        table="global_statistics",
    ),
    "factor": Check(
        title="A factor that decisions hang on",
        null="Images that exchange one named factor, the class apart, change at most 5 % of decisions.",
        test="exact binomial test",
        concerns=CHANGED,
        section="concepts",
        table="concepts",
    ),
    "wrong_factor": Check(
        title="What confidently wrong images lack or exaggerate",
        null="Confidently wrong images carry a factor as correct images of their class do.",
        test="Student's t by the bootstrap interval, both sides; listed from half a standard deviation on, by the end "
        "nearer to 0",
        concerns=CHANGED,
        section="concepts",
        table="concepts_wrong",
    ),
    "attack": Check(
        title="Changes that nobody can see are enough",
        null="The smallest change that fools half of the images is at least one grey level (1/255).",
        test="normal test of its logarithm by the bootstrap interval",
        concerns=CHANGED,
        section="attacks",
        table="errors_attacks",
    ),
}
"""Every kind of candidate by name, in the order from narrow to wide."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One suspicion that was tested.

    Attributes:
        check: a key of :data:`CHECKS`.
        model: its name.
        subject: the class, folder, corruption or factor.
        statement: what holds if it is a finding, in plain words.
        p: of the test, before correction over candidates.
        value, low, high: the figure that the statement speaks of, with its 95 % interval.
        unit: of the figure.
        n: what it averages over.
        share, share_low, share_high: decisions affected, as a share of the model's, with the interval.
        convention: what the figure is.
        large: whether the effect is large enough to be listed.
        images: ids of examples, the plainest first.
        affected: places of the images concerned, in the order of ids; None where there are none.
        population: number of images that the claim is about.
    """

    check: str
    model: str
    subject: str
    statement: str
    p: float
    value: float
    low: float
    high: float
    unit: str
    n: int
    share: float
    share_low: float
    share_high: float
    convention: str
    large: bool = True
    images: tuple[str, ...] = ()
    affected: Places | None = None
    population: int = 0
