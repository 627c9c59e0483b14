"""What screening measures is exact, what it leaves out is said, and where slopes mislead it asks about everything."""

import pytest
import torch
from torch import Tensor

from tests.xai.stylex.planted_decoders import Bent, Reader, styles
from xai.stylex.effects import Ends, StyleClassifier
from xai.stylex.screening import Effects, Screening, every_effect, screened_effects
from xai.stylex.selection import chosen_pairs

X = styles(40, size=60)
PAIRS = torch.arange(120)


def screened(asked: StyleClassifier, x: Tensor, *, count: int = 5, **settings: float) -> tuple[Effects, Effects]:
    """Effects by screening and in full."""
    base, ends, size = asked.logits(x), Ends.of(x), x.shape[1]
    full = every_effect(asked, x, torch.arange(2 * size), ends, base=base, target=1)
    fast = screened_effects(
        asked,
        x,
        torch.arange(2 * size),
        ends,
        base=base,
        target=1,
        screening=Screening(**settings),  # type: ignore[arg-type]
        choose=lambda gains: chosen_pairs(gains, count=count, enough=3.0),
    )
    return fast, full


def test_known_effects_are_exact_and_fewer_images_are_asked_about() -> None:
    fast, full = screened(StyleClassifier(decode=Bent(), classifier=Reader()), X, pairs=20)
    known = ~fast.gains.isnan()
    assert torch.allclose(fast.gains[known], full.gains[known])
    assert known.any(0).eq(known.all(0)).all()  # a pair is known of all images or of none
    assert 20 <= int(known.all(0).sum()) < 60
    assert fast.calls < full.calls == 40 * 120
    assert fast.recall is not None and fast.recall >= 0.9
    assert fast.correlation is not None and fast.correlation > 0.7
    assert not fast.fallback


def cliff(size: int) -> StyleClassifier:
    """Coordinate 3 is flat at every image and decides everything beyond 1.5; the others have slopes that lie."""

    def decode(styles: Tensor) -> Tensor:
        step = 8 * torch.sigmoid(40 * (styles[:, 3] - 1.9))
        waves = (torch.sin(9 * styles).sum(1) - torch.sin(9 * styles[:, 3])) * 0.1
        return (step + waves)[:, None, None, None].expand(-1, 3, 2, 2)

    return StyleClassifier(
        decode=decode,
        classifier=lambda images: torch.stack([images.mean((1, 2, 3)) * 0 + 2, images.mean((1, 2, 3))], 1),
    )


def test_what_slopes_do_not_see_the_check_finds() -> None:
    x = styles(30, size=20).clamp(-1, 1)
    x[0, 3] = 2.0
    ends_high = Ends.of(x, percentile=0).high[3]
    assert ends_high == 2.0
    asked = cliff(20)
    base, ends = asked.logits(x), Ends.of(x, percentile=0)

    def run(checked: int) -> Effects:
        return screened_effects(
            asked, x, torch.arange(40), ends, base=base, target=1, screening=Screening(pairs=6, checked=checked),
            choose=lambda gains: chosen_pairs(gains, count=2, enough=3.0),
        )  # fmt: skip

    trusting, checking = run(0), run(4)
    assert trusting.recall is None and trusting.gains[:, 23].isnan().all()
    assert checking.fallback and checking.recall is not None and checking.recall < 0.9
    assert not checking.gains.isnan().any()
    assert chosen_pairs(checking.gains, count=1, enough=3.0)[0][0] == 23


def test_few_pairs_are_all_measured() -> None:
    fast, full = screened(StyleClassifier(decode=Bent(), classifier=Reader()), X, pairs=120)
    assert torch.allclose(fast.gains, full.gains)
    assert fast.recall is None and fast.calls == full.calls


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="expected `pairs` of at least 1 and `checked` of at least 0, got 0 and 4"):
        Screening(pairs=0)
