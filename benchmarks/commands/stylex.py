"""``stylex``: a classifier's own generator, trained, taken apart and judged."""

import typer

from benchmarks.commands.stylex_explain import stylex_explain
from benchmarks.commands.stylex_planted import stylex_planted
from benchmarks.commands.stylex_study import stylex_study
from benchmarks.commands.stylex_train import stylex_train

__all__ = ["stylex"]

stylex = typer.Typer(help="A generator of the classifier's own: what it looks at, as pictures.", no_args_is_help=True)
stylex.command("train")(stylex_train)
stylex.command("explain")(stylex_explain)
stylex.command("study")(stylex_study)
stylex.command("planted")(stylex_planted)
