"""The command line: the only place, with ``benchmarks.commands``, that prints, seeds and parses.

Nothing heavy is imported until a command needs it, so that the first line comes at once.
"""

import sys

import typer

from benchmarks.commands import COMMANDS, GROUPS
from benchmarks.commands.options import NAME, first_process_speaks

__all__ = ["app", "main"]

app = typer.Typer(
    name=NAME,
    help="Audit a trained image classifier: how it breaks, and whether it knows.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for _name, _command in COMMANDS.items():
    app.command(_name)(_command)
for _name, _group in GROUPS.items():
    app.add_typer(_group, name=_name)


def main() -> None:
    """Run the command line.

    A mistake in the request is a message and exit status 2, never a traceback; so is a machine that has no room left or
    whose disk fails, after which the same command continues.
    """
    try:
        with first_process_speaks():
            app()
    except (ValueError, FileNotFoundError, NotADirectoryError, PermissionError, MemoryError) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    except OSError as error:
        if error.errno is None:  # not the machine's
            raise
        print(f"error: {error}; put it right, then the same command continues", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("stopped; the same command continues", file=sys.stderr)
        sys.exit(130)
