"""The run of a second that invariances have, for confounders."""

from tests.benchmarks.invariances.conftest import plan

__all__ = ["plan"]
