import pandas as pd
import pytest

from benchmarks.speed import inference


def test_rates_are_ratios_of_the_same_turns() -> None:
    seconds = {"naive": [4.0, 8.0, 4.0], "auto": [1.0, 2.0, 2.0]}
    predictions = {"naive": [1, 2, 3], "auto": [1, 2, 0]}
    table = inference._rates(seconds, predictions, {"naive": 0, "auto": 5}).set_index("variant")
    assert table.loc["naive", "ratio"] == 1
    assert table.loc["auto", ["ratio", "ratio_lowest", "ratio_highest"]].tolist() == [4, 2, 4]
    assert table.loc["auto", "images_per_second"] == pytest.approx(inference._IMAGES / 2)
    assert table.loc["auto", "same_top1"] == "2 of 3"


def test_auto_and_exact_agree_on_the_embedded_default(shorter_default: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under one corruption, 300 images, trained for a third of the steps; the command itself takes all there is."""
    assert len(inference.CORRUPTIONS) == 19
    monkeypatch.setattr(inference, "CORRUPTIONS", ("gaussian_noise",))
    model, samples = inference.embedded_default(inference.EmbeddedTraining())
    monkeypatch.setattr(inference, "embedded_default", lambda _: (model, samples.select(range(300))))
    table = inference._agreement(inference.torch.device("cpu"))
    assert isinstance(table, pd.DataFrame)
    assert table["different_top1"].item() == 0
    assert table["predictions"].item() == 300 * 6
