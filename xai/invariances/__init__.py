"""What a layer of a classifier keeps and what it discards, shown as images: a conditional flow on an autoencoder."""

from xai.invariances.adversarial import AdversarialView, adversarial_view
from xai.invariances.autoencoder import Autoencoder, Posterior, as_pixels
from xai.invariances.consistency import Consistency, consistency, kept_decision
from xai.invariances.explained import explained_by_v, mean_of_images
from xai.invariances.layers import LOGITS, Layers, as_rows
from xai.invariances.network import InvarianceNetwork, fit_linear
from xai.invariances.probes import ProbeRecipe, fit_reader, unexplained
from xai.invariances.projection import Projection, as_condition, balanced_rows, project, projection_effect
from xai.invariances.properties import PROPERTIES, varying_properties
from xai.invariances.reconstruction import AutoencoderRecipe, TrainedAutoencoder, train_autoencoder
from xai.invariances.storage import load_autoencoder, load_invariances, save_autoencoder, save_invariances
from xai.invariances.training import InvarianceRecipe, TrainedInvariances, train_invariances

__all__ = [
    "LOGITS",
    "PROPERTIES",
    "AdversarialView",
    "Autoencoder",
    "AutoencoderRecipe",
    "Consistency",
    "InvarianceNetwork",
    "InvarianceRecipe",
    "Layers",
    "Posterior",
    "ProbeRecipe",
    "Projection",
    "TrainedAutoencoder",
    "TrainedInvariances",
    "adversarial_view",
    "as_condition",
    "as_pixels",
    "as_rows",
    "balanced_rows",
    "consistency",
    "explained_by_v",
    "fit_linear",
    "fit_reader",
    "kept_decision",
    "load_autoencoder",
    "load_invariances",
    "mean_of_images",
    "project",
    "projection_effect",
    "save_autoencoder",
    "save_invariances",
    "train_autoencoder",
    "train_invariances",
    "unexplained",
    "varying_properties",
]
