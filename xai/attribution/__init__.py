"""Maps of what spoke for a class: one call, many methods, each with its check where it promises one."""

from xai.attribution.grad_cam import GradCam, GuidedGradCam
from xai.attribution.gradients import GradientShap, GradientTimesInput, SmoothGrad
from xai.attribution.integrated import IntegratedGradients
from xai.attribution.methods import METHODS, attribute
from xai.attribution.occlusion import Occlusion
from xai.attribution.probe import Method
from xai.attribution.relevance import LayerwiseRelevance
from xai.attribution.result import Attribution
from xai.attribution.rollout import AttentionRollout

__all__ = [
    "METHODS",
    "AttentionRollout",
    "Attribution",
    "GradCam",
    "GradientShap",
    "GradientTimesInput",
    "GuidedGradCam",
    "IntegratedGradients",
    "LayerwiseRelevance",
    "Method",
    "Occlusion",
    "SmoothGrad",
    "attribute",
]
