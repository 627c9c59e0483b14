import subprocess
import sys

import pytest

SCRIPT = """
import resource
from benchmarks.allocator import keep_freed_pages
import numpy as np
{setting}
np.ones(20_000_000)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(5):
    np.ones(20_000_000)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def page_faults(setting: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(setting=setting)], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="mallopt is glibc's")
def test_freed_blocks_are_reused_without_page_faults() -> None:
    assert page_faults("assert keep_freed_pages()") < page_faults("") / 10
