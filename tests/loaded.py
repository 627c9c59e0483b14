"""What every audit loads, and loads late: imported once by the server that processes are forked from."""

from importlib import import_module

from numba.core.registry import cpu_target

NAMES = (
    "benchmarks.commands.audit",
    "benchmarks.terminal",
    "matplotlib.backends.backend_svg",
    "pyarrow.dataset",
    "seaborn",
    "tests.starting",
)

for name in NAMES:
    import_module(name)

cpu_target.typing_context.refresh()  # numba reads its tables with the first kernel that a process calls
cpu_target.target_context.refresh()
