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


RESIDENT = """
from pathlib import Path
from benchmarks.allocator import keep_freed_pages, return_freed_pages
import numpy as np
def resident():
    return int(Path("/proc/self/statm").read_text().split()[1])
keep_freed_pages()
blocks = [np.ones(1_000_000) for _ in range(20)]
anchor = np.ones(10)  # above the blocks, so that the heap cannot simply shrink
del blocks
before = resident()
assert return_freed_pages()
print((before - resident()) * 4096)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="malloc_trim is glibc's")
def test_kept_pages_can_be_returned() -> None:
    done = subprocess.run([sys.executable, "-c", RESIDENT], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 100e6


def test_arrow_takes_memory_from_the_c_library() -> None:
    script = (
        "import pyarrow as pa; from benchmarks.allocator import share_allocator; "
        "share_allocator(); print(pa.default_memory_pool().backend_name)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "system"
