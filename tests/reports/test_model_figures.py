import pandas as pd

from reports.figures import draw_plans
from reports.model_figures import plan_model_figures
from reports.reference import read_reference
from tests.reports.model_samples import differences_table, ranks_table
from tests.reports.samples import EVIL, sample_tables


def tables(models: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    return sample_tables(models=models) | {"differences": differences_table(models), "ranks": ranks_table(models)}


def test_one_model_gives_none() -> None:
    assert plan_model_figures(tables(("a",)) | {"differences": differences_table(), "ranks": ranks_table()}) == []
    assert plan_model_figures({}) == []


def test_several_models_give_all_of_them_the_same_every_time() -> None:
    plans = plan_model_figures(tables(("a", EVIL, "c")))
    assert [plan.name for plan in plans] == ["models_scatter", "models_differences", "models_ranks", "models_heat"]
    assert {plan.section for plan in plans} == {"models"}
    assert all(plan.alt.endswith(".") and plan.title for plan in plans)
    assert draw_plans(plans) == draw_plans(plan_model_figures(tables(("a", EVIL, "c"))))
    assert "mean corruption error" in plans[1].title and "a minus" in plans[1].alt


def test_with_mce_published_models_stand_beside() -> None:
    own = tables(("a", "b"))
    rows = [{"model": name, "metric": "mCE", "value": 71, "low": 70, "high": 72, "n": 9, "unit": "percent"}
            for name in "ab"]  # fmt: skip
    own["headline"] = pd.concat([own["headline"], pd.DataFrame(rows)], ignore_index=True)
    scatter = plan_model_figures(own | {"reference": read_reference()})[0]
    assert scatter.title == "mCE against clean error" and "published" in scatter.alt
    published = scatter.draw.keywords["published"]
    alexnet = published[published["model"] == "AlexNet"]
    assert alexnet[["clean", "corrupted"]].to_numpy().tolist() == [[0.435, 100]]
    own["headline"] = own["headline"].drop(index=own["headline"].index[-1])
    assert plan_model_figures(own)[0].title == "Mean corruption error against clean error", "one has no mCE"


def test_tables_that_are_missing_are_left_out() -> None:
    own = sample_tables(models=("a", "b"))
    assert [plan.name for plan in plan_model_figures({"headline": own["headline"]})] == []
    del own["corruptions"]
    assert [plan.name for plan in plan_model_figures(own)] == ["models_scatter"]
