"""Records and tables to findings: what stands out in a run, tested, corrected for all that was tested, and ranked."""

from benchmarks.findings.candidate import CHECKS
from benchmarks.findings.table import FINDINGS, TESTED, find_findings

__all__ = ["CHECKS", "FINDINGS", "TESTED", "find_findings"]
