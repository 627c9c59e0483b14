import pytest

from benchmarks.audit_sections import BASE, SECTIONS, choose_sections
from benchmarks.commands import COMMANDS, GROUPS
from benchmarks.presets import PRESETS


def test_sections_are_called_as_the_commands_that_do_the_same() -> None:
    assert set(SECTIONS) <= {*COMMANDS, *GROUPS} and BASE in COMMANDS


def test_every_preset_has_sections_and_a_choice_keeps_the_order_of_the_page() -> None:
    assert choose_sections((), "quick") == ("errors",)
    for preset in set(PRESETS) - {"quick"}:
        assert choose_sections((), preset) == tuple(SECTIONS)
    assert choose_sections([BASE], "standard") == ()
    assert choose_sections(["concepts", "errors", "concepts"], "quick") == ("errors", "concepts")


def test_a_section_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="expected --sections among corruptions, errors, .*, got 'robustness'"):
        choose_sections(["errors", "robustness"], "standard")
