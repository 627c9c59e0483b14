from reports.stylex_sentences import stylex_summary
from tests.reports.samples import EVIL
from tests.reports.stylex_samples import attributes_table, stylex_tables


def test_one_paragraph_says_what_attributes_do() -> None:
    (said,) = stylex_summary(stylex_tables())
    assert said == (
        "3 attributes of <strong><bdi>8</bdi></strong> were found with the classifier's own generator, 2 of them "
        "beyond chance on held-out images; the first alone turns <strong>70.0\xa0% [56.0, 77.0]</strong> of the other "
        "decisions into it, the first 3 together <strong>92.0\xa0% [82.8, 100.0]</strong>."
    )


def test_names_are_escaped_and_nothing_is_said_of_nothing() -> None:
    (said,) = stylex_summary({"stylex_attributes": attributes_table(EVIL)})
    assert "<img" not in said
    assert stylex_summary({}) == []
    assert stylex_summary({"stylex_attributes": attributes_table().head(0)}) == []
    insignificant = attributes_table().assign(significant=False)
    assert "none of them beyond chance" in stylex_summary({"stylex_attributes": insignificant})[0]
