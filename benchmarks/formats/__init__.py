"""Results of a run in the forms that other tools read: Hugging Face, timm, TensorBoard."""

from benchmarks.formats.hugging_face import HubBenchmark, eval_results, model_index
from benchmarks.formats.tensorboard import write_scalars
from benchmarks.formats.timm_results import TIMM_COLUMNS, timm_results
from benchmarks.formats.writing import export_results

__all__ = [
    "TIMM_COLUMNS",
    "HubBenchmark",
    "eval_results",
    "export_results",
    "model_index",
    "timm_results",
    "write_scalars",
]
