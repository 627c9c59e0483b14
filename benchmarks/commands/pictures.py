"""``contact-sheet``: the corruptions to look at."""

from pathlib import Path
from typing import Annotated

import typer

from benchmarks.commands.options import Frost, Profile, Seed, start

__all__ = ["contact_sheet"]


def contact_sheet(
    out: Annotated[Path, typer.Option(help="PNG file that is written.")] = Path("contact-sheet.png"),
    image: Annotated[Path | None, typer.Option(help="Any photo; one that ships with scikit-learn by default.")] = None,
    size: Annotated[int, typer.Option(min=1, help="Side of the square that is corrupted, in pixels.")] = 224,
    profile: Profile = None,
    frost_dir: Frost = None,
    seed: Seed = 0,
) -> None:
    """Draw one photo under all 19 corruptions at all severities."""
    console = start(offline=True, frost_dir=frost_dir)
    from benchmarks.contact_sheet import draw_contact_sheet

    sheet = draw_contact_sheet(image, size=size, profile=profile, seed=seed)
    out.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(out, format="PNG")
    console.say(str(out.resolve()))
