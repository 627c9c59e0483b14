"""Attacked images to learn from, as they are kept."""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import torch
from torch import Tensor

__all__ = ["Practice"]


@dataclass(frozen=True, kw_only=True)
class Practice:
    """Attacked images that fool the classifier.

    Attributes:
        ids: (M,) their images.
        log_odds: (M, T + 1) float64 of the wrong answer in the attacked image and in its copies.
    """

    ids: Sequence[str]
    log_odds: Tensor

    def of(self, ids: Sequence[str]) -> "Practice":
        """Those of some images."""
        known = set(ids)
        places = [place for place, one in enumerate(self.ids) if one in known]
        return Practice(ids=[self.ids[place] for place in places], log_odds=self.log_odds[places])

    def to_arrow(self) -> pa.Table:
        """Columns ``image_id`` and ``log_odds``."""
        columns = {"image_id": pa.array(list(self.ids), pa.string())}
        return pa.table(columns | {"log_odds": pa.array(self.log_odds.tolist(), pa.list_(pa.float64()))})

    @classmethod
    def from_arrow(cls, table: pa.Table) -> "Practice":
        """What :meth:`to_arrow` gave."""
        rows = table["log_odds"].to_pylist()
        return cls(ids=table["image_id"].to_pylist(), log_odds=torch.tensor(rows, dtype=torch.float64))
