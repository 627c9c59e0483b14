"""The commands, one file for each family; nothing heavy is imported until one runs."""

from collections.abc import Callable

from benchmarks.commands.audit import audit, corruptions
from benchmarks.commands.machine import doctor, speed
from benchmarks.commands.pictures import contact_sheet
from benchmarks.commands.results import check, report
from benchmarks.commands.stability import stability

__all__ = ["COMMANDS"]

# In the order of the help text.
COMMANDS: dict[str, Callable[..., None]] = {
    "audit": audit,
    "corruptions": corruptions,
    "stability": stability,
    "report": report,
    "check": check,
    "contact-sheet": contact_sheet,
    "speed": speed,
    "doctor": doctor,
}
