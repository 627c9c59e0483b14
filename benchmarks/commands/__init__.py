"""The commands, one file for each family; nothing heavy is imported until one runs."""

from collections.abc import Callable

import typer

from benchmarks.commands.audit import audit, corruptions
from benchmarks.commands.augmentations import augmentations
from benchmarks.commands.concepts import concepts
from benchmarks.commands.confounders import confounders
from benchmarks.commands.error_study import error_study
from benchmarks.commands.errors import errors
from benchmarks.commands.explain import explain
from benchmarks.commands.export_results import export_results
from benchmarks.commands.global_statistics import global_statistics
from benchmarks.commands.invariances import invariances
from benchmarks.commands.machine import doctor, speed
from benchmarks.commands.pictures import contact_sheet
from benchmarks.commands.planted import planted
from benchmarks.commands.planted_concepts import planted_concepts
from benchmarks.commands.planted_findings import planted_findings
from benchmarks.commands.results import check, report
from benchmarks.commands.stability import stability
from benchmarks.commands.stylex import stylex
from benchmarks.commands.train import train

__all__ = ["COMMANDS", "GROUPS"]

# In the order of the help text.
COMMANDS: dict[str, Callable[..., None]] = {
    "audit": audit,
    "corruptions": corruptions,
    "stability": stability,
    "errors": errors,
    "error-study": error_study,
    "explain": explain,
    "global-statistics": global_statistics,
    "concepts": concepts,
    "invariances": invariances,
    "confounders": confounders,
    "planted": planted,
    "planted-concepts": planted_concepts,
    "planted-findings": planted_findings,
    "train": train,
    "augmentations": augmentations,
    "report": report,
    "check": check,
    "export-results": export_results,
    "contact-sheet": contact_sheet,
    "speed": speed,
    "doctor": doctor,
}

# Commands of their own commands.
GROUPS: dict[str, typer.Typer] = {"stylex": stylex}
