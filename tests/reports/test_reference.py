import pytest

from reports.reference import read_reference

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
