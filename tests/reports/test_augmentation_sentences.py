from reports.augmentation_sentences import augmentation_summary
from tests.reports.augmentation_samples import augmentation_tables
from tests.reports.samples import EVIL


def test_the_best_its_price_the_claims_and_the_choice() -> None:
    best, claims, chosen = augmentation_summary(augmentation_tables())
    assert best.startswith("Of 3 recipes, <strong><bdi>randaugment †</bdi></strong> has the lowest mean corruption")
    assert "20.0\xa0% [18.0, 22.0]; the baseline has 30.0\xa0%" in best and "1.0 times" in best
    assert "<strong>holds</strong> – padain: lower mean corruption error" in claims
    assert "<strong>fails</strong> – padain: closes at least half of the gap" in claims
    assert "0.1, was chosen among 0.01, 0.1 on validation images" in chosen


def test_the_reference_is_no_recipe() -> None:
    tables = augmentation_tables(("baseline", "padain", "reference"))
    assert augmentation_summary(tables)[0].startswith("Of 2 recipes")


def test_names_are_escaped_and_absent_tables_are_not_spoken_of() -> None:
    tables = augmentation_tables(("baseline", EVIL))
    assert "&lt;img" in augmentation_summary(tables)[0]
    assert len(augmentation_summary({"augmentations": tables["augmentations"]})) == 1
    assert augmentation_summary({}) == []
