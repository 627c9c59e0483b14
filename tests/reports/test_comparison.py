import pytest
from matplotlib.figure import Figure

from reports.comparison import CLASSES_DRAWN, class_bars, corruption_forest, model_forest
from tests.reports.samples import EVIL, NAMES, classes, corruptions_table, headline


@pytest.fixture
def ax():
    return Figure().subplots()


def test_class_bars_start_at_zero_with_the_first_class_on_top(ax):
    assert class_bars(classes(("a",), NAMES), ax) is ax
    assert [bar.get_x() for bar in ax.patches] == [0] * len(NAMES)
    assert ax.get_xlim() == (0, 1)
    assert ax.get_ylim()[0] > ax.get_ylim()[1]
    assert ax.get_yticklabels()[0].get_text() == "con (90)"


def test_class_bars_are_limited(ax):
    class_bars(classes(("a",), tuple(map(str, range(1000)))), ax)
    assert len(ax.patches) == CLASSES_DRAWN


@pytest.mark.parametrize(("metric", "right"), [("accuracy", 1), ("auroc", 1), ("ece", None), ("augrc", None)])
def test_model_forest_shows_shares_whole(ax, metric, right):
    frame = headline(("a", EVIL))
    assert model_forest(frame[frame["metric"] == metric], ax) is ax
    assert ax.get_xlim()[0] == 0
    if right:
        assert ax.get_xlim()[1] == right
    assert [line.get_xdata()[0] for line in ax.lines] == frame.loc[frame["metric"] == metric, "value"].tolist()


def test_corruption_forest_places_every_model_beside_its_corruption(ax):
    frame = corruptions_table(("a", "b"), ("fog", "snow"))
    assert corruption_forest(frame.iloc[::-1], ax) is ax
    assert {round(place) for line in ax.lines for place in line.get_ydata()} == {0, 1}
    assert ax.get_xlim() == (0, 1)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["snow", "fog"]


def test_long_names_of_models_stay_apart(ax):
    names = ("resnet50_of_old.recipe_1_with_a_long_name", "resnet50_of_old.recipe_2_with_a_long_name")
    model_forest(headline(names)[lambda frame: frame["metric"] == "accuracy"], ax)
    assert len({label.get_text() for label in ax.get_yticklabels()}) == 2
    frame = corruptions_table(names, ("fog", "snow"))
    legends = corruption_forest(frame, Figure().subplots()).figure.legends
    assert len({text.get_text() for text in legends[0].get_texts()}) == 2
