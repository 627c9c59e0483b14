"""What the Hub's own readers find in what is written."""

import pytest
from huggingface_hub import EvalResult
from huggingface_hub.repocard_data import model_index_to_eval_results

from benchmarks.formats.hugging_face import HubBenchmark, eval_results, model_index
from tests.benchmarks.formats.exported import HUB_NAME, headline, metadata


def test_the_hubs_reader_finds_every_defined_figure() -> None:
    index = model_index("net.one", metadata(), headline())["model-index"]
    name, results = model_index_to_eval_results(index)
    assert name == "net.one" and all(isinstance(one, EvalResult) for one in results)
    found = {one.metric_type: (one.metric_value, one.dataset_name, one.task_type) for one in results}
    assert found == {
        "accuracy": (0.8125, "val", "image-classification"),
        "accuracy_top5": (0.95, "val", "image-classification"),
        "mCE": (71.25, "val, corrupted", "image-classification"),
    }
    names = [one.metric_name for one in results]
    assert names[0] == "Accuracy (95 % interval 0.790, 0.830, n = 500)"


def test_a_benchmark_gets_the_accuracy_with_its_interval() -> None:
    (entry,) = eval_results(HUB_NAME, metadata(), headline(), HubBenchmark(dataset="timm/imagenet", task="val"))
    assert entry["dataset"] == {"id": "timm/imagenet", "task_id": "val"}
    assert entry["value"] == 0.9 and entry["date"] == "2030-01-02T03:04:05+00:00"
    assert "top-1 accuracy (95 % interval 0.880, 0.920, n = 500)" in entry["notes"]
    assert eval_results("nobody", metadata(), headline(), HubBenchmark(dataset="a/b")) == []


def test_a_benchmark_without_an_id_is_refused() -> None:
    with pytest.raises(ValueError, match="expected ids of a data set and of a task, got '' and 'default'"):
        HubBenchmark(dataset="")
