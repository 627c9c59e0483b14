"""Invertible interpretation networks: a layer's features as named factors, and back."""

from xai.iin.edits import interpolate, nearest, resample, swap
from xai.iin.estimates import Estimate
from xai.iin.leakage import leakage
from xai.iin.network import Code, InterpretationNetwork, fit_rotation, fit_whitened
from xai.iin.pairs import RESIDUAL, Pairs, join_pairs, pairs_alike, pairs_close
from xai.iin.sensitivity import Sensitivity, SwapEffect, factor_sensitivity, swap_effect
from xai.iin.shares import factor_shares, softmax_sizes
from xai.iin.spectra import FactorSpectrum, factor_spectra
from xai.iin.storage import load_network, save_network
from xai.iin.stylising import Stylisation, stylise
from xai.iin.training import FlowRecipe, Training, train_on_density, train_on_pairs

__all__ = [
    "RESIDUAL",
    "Code",
    "Estimate",
    "FactorSpectrum",
    "FlowRecipe",
    "InterpretationNetwork",
    "Pairs",
    "Sensitivity",
    "Stylisation",
    "SwapEffect",
    "Training",
    "factor_sensitivity",
    "factor_shares",
    "factor_spectra",
    "fit_rotation",
    "fit_whitened",
    "interpolate",
    "join_pairs",
    "leakage",
    "load_network",
    "nearest",
    "pairs_alike",
    "pairs_close",
    "resample",
    "save_network",
    "softmax_sizes",
    "stylise",
    "swap",
    "swap_effect",
    "train_on_density",
    "train_on_pairs",
]
