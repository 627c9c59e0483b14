"""The sections that an audit adds to corruptions, and which of them a preset takes."""

from collections.abc import Sequence

from benchmarks.audit_sections.concepts import CONCEPTS
from benchmarks.audit_sections.errors import ERRORS
from benchmarks.audit_sections.explain import EXPLAIN
from benchmarks.audit_sections.global_statistics import GLOBAL_STATISTICS
from benchmarks.audit_sections.invariances import INVARIANCES
from benchmarks.audit_sections.section import Section
from benchmarks.audit_sections.stylex import STYLEX

__all__ = ["BASE", "SECTIONS", "choose_sections"]

BASE = "corruptions"
"""The section that every audit has, and all others stand beside: clean and corrupted answers, and calibration."""

SECTIONS: dict[str, Section] = {
    "errors": ERRORS,
    "explain": EXPLAIN,
    "stylex": STYLEX,
    "global-statistics": GLOBAL_STATISTICS,
    "concepts": CONCEPTS,
    "invariances": INVARIANCES,
}
"""By the name of the command that does the same, in the order of the page."""

_OF_PRESET = {"quick": ("errors",), "standard": tuple(SECTIONS), "full": tuple(SECTIONS)}


def choose_sections(names: Sequence[str], preset: str) -> tuple[str, ...]:
    """The sections of these names in the order of :data:`SECTIONS`, without the base; those of a preset for no name.

    Raises:
        ValueError: there is no such section.

    Example:
        >>> choose_sections(["explain", "corruptions", "errors"], "quick"), choose_sections([], "quick")
        (('errors', 'explain'), ('errors',))
    """
    if unknown := [name for name in names if name not in {BASE, *SECTIONS}]:
        raise ValueError(f"expected --sections among {BASE}, {', '.join(SECTIONS)}, got {unknown[0]!r}")
    wanted = names or _OF_PRESET[preset]
    return tuple(name for name in SECTIONS if name in wanted)
