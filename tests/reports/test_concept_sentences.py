import pandas as pd

from reports.concept_sentences import concept_summary
from tests.reports.concept_samples import concept_tables
from tests.reports.samples import EVIL


def test_causes_absences_and_associations_are_said() -> None:
    (said,) = concept_summary(concept_tables())
    assert said.startswith("At <bdi>fc:input</bdi>, decisions hang on <bdi>marker</bdi> (<strong>33.0\xa0% [31.4, ")
    assert "of swaps change the decision) and" not in said and "residual" not in said
    assert "Not represented: <bdi>coin</bdi>." in said
    assert "<bdi>marker</bdi> and <bdi>hue</bdi> (Cramér's V 0.60); images were reweighted, of effectively 321." in said


def test_nothing_decides_and_nothing_is_tied() -> None:
    tables = concept_tables()
    tables["concepts"] = tables["concepts"].assign(low=0.0)
    tables["concepts_association"] = tables["concepts_association"].assign(associated=False)
    (said,) = concept_summary(tables)
    assert "no factor that was named changes decisions" in said and "Warning" not in said
    tables["concepts_association"] = concept_tables()["concepts_association"].assign(reweighted=False)
    assert "cannot be reweighted, so factors may carry each other" in concept_summary(tables)[0]


def test_layers_are_named_and_escaped_and_four_are_enough() -> None:
    said = concept_summary(concept_tables(tuple((EVIL, f"layer{number}") for number in range(6))))
    assert len(said) == 4 and said[0].startswith("<strong><bdi>&lt;img")
    assert concept_summary({}) == concept_summary({"concepts_factors": pd.DataFrame()}) == []
