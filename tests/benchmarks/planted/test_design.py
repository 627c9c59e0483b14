import numpy as np
import pytest
import torch

from benchmarks.planted.design import SPLITS, STATISTICS, VARIANTS, Design, draw_images, draw_table
from benchmarks.planted.rendering import Scene

N = 2000
FADING = Scene(side=16, fading=0.5)


def agreement(design: Design, variant: str) -> float:
    table = draw_table(design, N, variant=variant)
    marked = design.labelling.label(table) == len(design.class_names) - 1
    return float((table["marker"].to_numpy() == marked).mean())


@pytest.mark.parametrize("rule", ["size", "shape"])
@pytest.mark.parametrize("correlation", [0.5, 0.75, 0.95, 1.0])
def test_the_marker_agrees_as_often_as_asked(rule: str, correlation: float) -> None:
    design = Design(rule=rule, correlation=correlation)
    error = 4 * np.sqrt(correlation * (1 - correlation) / N)
    assert agreement(design, "present") == pytest.approx(correlation, abs=error)
    assert agreement(design, "reversed") == pytest.approx(1 - correlation, abs=error)
    assert agreement(design, "removed") == pytest.approx(0.5, abs=0.045)


def test_the_correlation_coefficient_of_two_classes() -> None:
    table = draw_table(Design(rule="size", correlation=0.9), N)
    assert np.corrcoef(table["marker"], table["size"] > 0)[0, 1] == pytest.approx(0.8, abs=0.04)


def test_removed_and_unplanted_markers_tell_nothing() -> None:
    for design, variant in ((Design(rule="size", correlation=1.0), "removed"), (Design(rule="size"), "reversed")):
        table = draw_table(design, N, variant=variant)
        assert abs(np.corrcoef(table["marker"], table["size"] > 0)[0, 1]) < 4 / np.sqrt(N)


def test_variants_differ_in_what_is_planted_and_in_nothing_else() -> None:
    design = Design(rule="shape", correlation=0.9, scene=FADING)
    tables = [draw_table(design, 200, split="test", variant=one) for one in VARIANTS]
    for table in tables[1:]:
        differing = [name for name in table if (table[name] != tables[0][name]).any()]
        assert differing == ["marker"]
    labels = [draw_images(design, 200, split="test", variant=one).labels for one in VARIANTS]
    assert torch.equal(labels[0], labels[1])
    assert torch.equal(labels[0], labels[2])


def test_splits_share_no_image_and_prefixes_are_stable() -> None:
    design = Design(rule="size", correlation=0.9, scene=Scene(side=16))
    keys = [set(draw_table(design, 300, split=split)["key"]) for split in SPLITS]
    assert len(set.union(*keys)) == 900
    few, many = draw_images(design, 10, split="validation"), draw_images(design, 100, split="validation")
    assert torch.equal(few.images, many.images[:10])
    assert torch.equal(few.labels, many.labels[:10])
    later = draw_images(design, 5, split="validation", first=95)
    assert torch.equal(later.images, many.images[95:])
    assert draw_images(design, 0).images.shape == (0, 3, 16, 16)


@pytest.mark.parametrize(("rule", "share"), [("shape", 0.95), ("size", 0.8), ("shape", 0.25)])
def test_global_statistics_lie_in_the_range_of_the_class_as_often_as_asked(rule: str, share: float) -> None:
    design = Design(rule=rule, statistics=share, scene=FADING)
    classes, error = len(design.class_names), 4 * np.sqrt(share * (1 - share) / N)
    for variant, expected in (("present", share), ("reversed", 1 - share), ("removed", 1 / classes)):
        table = draw_table(design, N, variant=variant)
        labels = design.labelling.label(table)
        for name in STATISTICS:
            values = table[name].to_numpy() if name == "hue" else (table[name].to_numpy() + 1) / 2
            assert values.min() >= 0
            assert values.max() < 1
            hits = (values * classes).astype(int) == labels
            assert hits.mean() == pytest.approx(expected, abs=max(error, 0.045)), (variant, name)


def test_reversed_is_the_opposite_of_every_marker() -> None:
    design = Design(rule="size", correlation=0.8)
    present, reversed_ = (draw_table(design, 100, variant=variant)["marker"] for variant in ("present", "reversed"))
    assert (present + reversed_ == 1).all()


def test_a_design_rebuilds_from_its_text() -> None:
    design = Design(rule="size", correlation=0.9, statistics=0.8, scene=FADING, seed=3)
    assert eval(repr(design)) == design


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"rule": "colour"}, "expected a rule among"),
        ({"correlation": 0.4}, r"expected `correlation` in 0\.5\.\.1, where 0\.5 is independence, got 0\.4"),
        ({"correlation": float("nan")}, "expected `correlation`"),
        ({"rule": "marker_and_size", "correlation": 0.9}, "got a rule that reads marker"),
        ({"rule": "stripes_and_background", "statistics": 0.9, "scene": FADING}, "got a rule that reads background"),
        ({"statistics": 0.2, "scene": FADING}, r"expected `statistics` in 0\.25\.\.1"),
        ({"statistics": 0.9}, "expected a scene with `fading` above 0"),
    ],
)
def test_errors_of_a_design(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Design(**settings)  # type: ignore[arg-type]


def test_errors_of_a_draw() -> None:
    with pytest.raises(ValueError, match="expected `split` among train, validation, test, got 'val'"):
        draw_table(Design(), 3, split="val")
    with pytest.raises(ValueError, match="expected `variant` among present, removed, reversed, got 'flipped'"):
        draw_images(Design(), 3, variant="flipped")
