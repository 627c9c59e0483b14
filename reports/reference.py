"""Published figures that ship with the package, to stand beside an audited model.

Each row names its source. They are what others reported, under their own images, weights and training: a
yardstick for the reader, never a target for our own runs.
"""

from importlib.resources import files

import pandas as pd

__all__ = ["read_reference"]


def read_reference() -> pd.DataFrame:
    """Read the published reference rows.

    Returns:
        One figure per row, columns model, training, dataset, metric, value, unit, source and note. ``dataset`` is
        the one trained on; the note says which corrupted set a figure is on. A metric of one corruption carries
        its name, as in ``ce_gaussian_noise``. Values are as published; ``unit`` tells percents from fractions.

    Example:
        >>> rows = read_reference()
        >>> chosen = (rows["model"] == "ResNet-50") & (rows["training"] == "pAdaIN") & (rows["metric"] == "mCE")
        >>> rows.loc[chosen, "value"].tolist()
        [72.8]
    """
    with files("reports").joinpath("reference.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file, keep_default_na=False, dtype={"value": float})
