import pytest

from reports.reference import read_reference
from robustness.corruptions import CORRUPTIONS as CORRUPTIONS_IN_ORDER

CORRUPTIONS = 15


def value(model, training, metric, dataset="ImageNet", source=""):
    rows = read_reference()
    chosen = (rows["model"] == model) & (rows["training"] == training) & (rows["dataset"] == dataset)
    found = rows[chosen & (rows["metric"] == metric) & rows["source"].str.contains(source, regex=False)]
    (figure,) = found["value"]
    return figure


def test_shape():
    rows = read_reference()
    assert list(rows.columns) == ["model", "training", "dataset", "metric", "value", "unit", "source", "note"]
    assert not rows.duplicated(["model", "training", "dataset", "metric", "source"]).any()
    assert not (rows.drop(columns="value") == "").any(axis=None)
    assert rows["value"].notna().all()
    assert set(rows["unit"]) == {"percent"}


def test_every_source_can_be_looked_up():
    assert read_reference()["source"].str.contains(r"arXiv \d{4}\.\d{5}").all()


@pytest.mark.parametrize(
    ("model", "training", "metric", "source", "expected"),
    [
        ("ResNet-50", "standard", "mCE", "1903.12261", 76.7),
        ("ResNet-50", "standard", "relative_mCE", "1903.12261", 105.0),
        ("SqueezeNet", "standard", "ce_jpeg_compression", "1903.12261", 134),
        ("ResNet-50", "AugMix", "mCE", "1912.02781", 65.3),
        ("ResNet-50", "standard", "error", "2010.05785", 22.9),
        ("ResNet-50", "standard", "mCE", "2010.05785", 76.7),
        ("ResNet-50", "pAdaIN", "error", "2010.05785", 22.3),
        ("ResNet-50", "pAdaIN", "mCE", "2010.05785", 72.8),
        ("ResNet-50", "pAdaIN", "ce_jpeg_compression", "2010.05785", 71),
        ("ResNet-50", "standard", "mCE", "1912.02781", 80.6),
    ],
)
def test_published_values(model, training, metric, source, expected):
    assert value(model, training, metric, source=source) == expected


@pytest.mark.parametrize("prefix", ["ce_", "mean_error_"])
def test_corruption_figures_come_in_fifteens_and_average_to_the_mean(prefix):
    rows = read_reference()
    mean = {"ce_": "mCE", "mean_error_": "mean_corruption_error"}[prefix]
    single = rows[rows["metric"].str.startswith(prefix)]
    for keys, group in single.groupby(["model", "training", "dataset", "source"]):
        assert len(group) == CORRUPTIONS, keys
        model, training, dataset, source = keys
        assert group["value"].mean() == pytest.approx(value(model, training, mean, dataset, source), abs=0.75), keys


TRAININGS = (
    "standard", "Cutout", "Mixup", "CutMix", "AutoAugment", "adversarial training", "AugMix", "AugMix+pAdaIN"
)  # fmt: skip


@pytest.mark.parametrize(
    ("model", "means", "clean", "augmix", "padain"),
    [
        (
            "DenseNet-BC",
            (59.3, 59.6, 55.4, 59.2, 53.9, 55.2, 38.9, 37.5),
            (24.2, 22.2),
            (60, 51, 41, 27, 55, 31, 29, 36, 39, 35, 28, 37, 33, 39, 41),
            (58, 49, 40, 26, 54, 30, 28, 35, 38, 33, 25, 36, 32, 37, 40),
        ),
        (
            "ResNeXt-29",
            (53.4, 54.6, 51.4, 54.1, 51.3, 54.4, 34.4, 31.6),
            (21.0, 17.3),
            (56, 48, 32, 23, 49, 27, 25, 32, 35, 32, 24, 32, 30, 34, 37),
            (58, 48, 24, 20, 54, 23, 21, 28, 30, 25, 19, 27, 27, 33, 36),
        ),
    ],
)
def test_cifar_100_c_as_the_authors_of_padain_report_it(model, means, clean, augmix, padain):
    def published(training, metric):
        return value(model, training, metric, "CIFAR-100", "2010.05785")

    assert [published(training, "mean_corruption_error") for training in TRAININGS] == list(means)
    assert [published(training, "error") for training in ("AugMix", "AugMix+pAdaIN")] == list(clean)
    for training, errors in (("AugMix", augmix), ("AugMix+pAdaIN", padain)):
        names = list(CORRUPTIONS_IN_ORDER)[:CORRUPTIONS]
        assert [published(training, f"mean_error_{name}") for name in names] == list(errors)
