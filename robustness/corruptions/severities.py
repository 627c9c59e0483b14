"""The benchmark's own names and numbers: groups, and constants of every corruption, profile and severity.

A profile is an image size of the benchmark: ``imagenet`` 224, ``tiny`` 64, ``cifar`` 32 pixels.

Reference:
    D. Hendrycks and T. Dietterich, ICLR 2019, https://arxiv.org/abs/1903.12261; the numbers are those of
    its generators make_imagenet_c.py, make_tinyimagenet_c.py and make_cifar_c.py (Apache-2.0),
    https://github.com/hendrycks/robustness/tree/master/ImageNet-C/create_c
"""

from typing import Any

__all__ = ["EXTRA_CORRUPTIONS", "GROUPS", "PROFILES", "SEVERITIES", "TEST_CORRUPTIONS"]

PROFILES = ("imagenet", "tiny", "cifar")

GROUPS = {
    "noise": ("gaussian_noise", "shot_noise", "impulse_noise"),
    "blur": ("defocus_blur", "glass_blur", "motion_blur", "zoom_blur"),
    "weather": ("snow", "frost", "fog", "brightness"),
    "digital": ("contrast", "elastic_transform", "pixelate", "jpeg_compression"),
}
TEST_CORRUPTIONS = tuple(name for names in GROUPS.values() for name in names)
EXTRA_CORRUPTIONS = ("speckle_noise", "gaussian_blur", "spatter", "saturate")

# SEVERITIES[name][profile][severity - 1]: one number, or a tuple in the order named beside the corruption.
SEVERITIES: dict[str, dict[str, tuple[Any, ...]]] = {
    "gaussian_noise": {  # standard deviation
        "imagenet": (0.08, 0.12, 0.18, 0.26, 0.38),
        "tiny": (0.04, 0.08, 0.12, 0.15, 0.18),
        "cifar": (0.04, 0.06, 0.08, 0.09, 0.10),
    },
    "shot_noise": {  # photons at full scale
        "imagenet": (60, 25, 12, 5, 3),
        "tiny": (250, 100, 50, 30, 15),
        "cifar": (500, 250, 100, 75, 50),
    },
    "impulse_noise": {  # share of flipped values
        "imagenet": (0.03, 0.06, 0.09, 0.17, 0.27),
        "tiny": (0.01, 0.02, 0.05, 0.08, 0.14),
        "cifar": (0.01, 0.02, 0.03, 0.05, 0.07),
    },
    "defocus_blur": {  # radius, sigma of the antialiasing
        "imagenet": ((3, 0.1), (4, 0.5), (6, 0.5), (8, 0.5), (10, 0.5)),
        "tiny": ((0.5, 0.6), (1, 0.1), (1.5, 0.1), (2.5, 0.01), (3, 0.1)),
        "cifar": ((0.3, 0.4), (0.4, 0.5), (0.5, 0.6), (1, 0.2), (1.5, 0.1)),
    },
    "glass_blur": {  # sigma, greatest displacement, iterations
        "imagenet": ((0.7, 1, 2), (0.9, 2, 1), (1, 2, 3), (1.1, 3, 2), (1.5, 4, 2)),
        "tiny": ((0.1, 1, 1), (0.5, 1, 1), (0.6, 1, 2), (0.7, 2, 1), (0.9, 2, 2)),
        "cifar": ((0.05, 1, 1), (0.25, 1, 1), (0.4, 1, 1), (0.25, 1, 2), (0.4, 1, 2)),
    },
    "motion_blur": {  # radius, sigma
        "imagenet": ((10, 3), (15, 5), (15, 8), (15, 12), (20, 15)),
        "tiny": ((10, 1), (10, 1.5), (10, 2), (10, 2.5), (12, 3)),
        "cifar": ((6, 1), (6, 1.5), (6, 2), (8, 2), (9, 2.5)),
    },
    "zoom_blur": {  # end (exclusive) and step of the zoom factors that start at 1
        "imagenet": ((1.11, 0.01), (1.16, 0.01), (1.21, 0.02), (1.26, 0.02), (1.31, 0.03)),
        "tiny": ((1.06, 0.01), (1.11, 0.01), (1.16, 0.01), (1.21, 0.01), (1.26, 0.01)),
        "cifar": ((1.06, 0.01), (1.11, 0.01), (1.16, 0.01), (1.21, 0.01), (1.26, 0.01)),
    },
    "snow": {  # mean, std, zoom, threshold, radius and sigma of the motion, share of the image kept
        "imagenet": (
            (0.1, 0.3, 3, 0.5, 10, 4, 0.8),
            (0.2, 0.3, 2, 0.5, 12, 4, 0.7),
            (0.55, 0.3, 4, 0.9, 12, 8, 0.7),
            (0.55, 0.3, 4.5, 0.85, 12, 8, 0.65),
            (0.55, 0.3, 2.5, 0.85, 12, 12, 0.55),
        ),
        "tiny": (
            (0.1, 0.2, 1, 0.6, 8, 3, 0.8),
            (0.1, 0.2, 1, 0.5, 10, 4, 0.8),
            (0.15, 0.3, 1.75, 0.55, 10, 4, 0.7),
            (0.25, 0.3, 2.25, 0.6, 12, 6, 0.65),
            (0.3, 0.3, 1.25, 0.65, 14, 12, 0.6),
        ),
        "cifar": (
            (0.1, 0.2, 1, 0.6, 8, 3, 0.95),
            (0.1, 0.2, 1, 0.5, 10, 4, 0.9),
            (0.15, 0.3, 1.75, 0.55, 10, 4, 0.9),
            (0.25, 0.3, 2.25, 0.6, 12, 6, 0.85),
            (0.3, 0.3, 1.25, 0.65, 14, 12, 0.8),
        ),
    },
    "frost": {  # weight of the image, weight of the texture, size of the texture
        "imagenet": ((1, 0.4, 1), (0.8, 0.6, 1), (0.7, 0.7, 1), (0.65, 0.7, 1), (0.6, 0.75, 1)),
        "tiny": ((1, 0.3, 0.3), (0.9, 0.4, 0.3), (0.8, 0.45, 0.3), (0.75, 0.5, 0.3), (0.7, 0.55, 0.3)),
        "cifar": ((1, 0.2, 0.2), (1, 0.3, 0.2), (0.9, 0.4, 0.2), (0.85, 0.4, 0.2), (0.75, 0.45, 0.2)),
    },
    "fog": {  # strength, decay of the roughness, side of the plasma map in pixels
        "imagenet": ((1.5, 2, 256), (2, 2, 256), (2.5, 1.7, 256), (2.5, 1.5, 256), (3, 1.4, 256)),
        "tiny": ((0.4, 3, 64), (0.7, 3, 64), (1, 2.5, 64), (1.5, 2, 64), (2, 1.75, 64)),
        "cifar": ((0.2, 3, 32), (0.5, 3, 32), (0.75, 2.5, 32), (1, 2, 32), (1.5, 1.75, 32)),
    },
    "brightness": {  # added to V
        "imagenet": (0.1, 0.2, 0.3, 0.4, 0.5),
        "tiny": (0.1, 0.2, 0.3, 0.4, 0.5),
        "cifar": (0.05, 0.1, 0.15, 0.2, 0.3),
    },
    "contrast": {  # share of the contrast kept
        "imagenet": (0.4, 0.3, 0.2, 0.1, 0.05),
        "tiny": (0.4, 0.3, 0.2, 0.1, 0.05),
        "cifar": (0.75, 0.5, 0.4, 0.3, 0.15),
    },
    "elastic_transform": {  # alpha, sigma, affine, in pixels; imagenet multiplies 244, the original's typo
        "imagenet": (
            (488, 170.8, 24.4),
            (488, 19.52, 48.8),
            (12.2, 2.44, 4.88),
            (17.08, 2.44, 4.88),
            (29.28, 2.44, 4.88),
        ),
        "tiny": ((0, 0, 5.12), (3.2, 19.2, 3.84), (6.4, 5.12, 3.84), (6.4, 1.92, 1.92), (10.24, 1.92, 1.28)),
        "cifar": ((0, 0, 2.56), (1.6, 6.4, 2.24), (2.56, 1.92, 1.92), (3.2, 1.28, 1.6), (3.2, 0.96, 0.96)),
    },
    "pixelate": {  # share of the side kept
        "imagenet": (0.6, 0.5, 0.4, 0.3, 0.25),
        "tiny": (0.9, 0.8, 0.7, 0.6, 0.5),
        "cifar": (0.95, 0.9, 0.85, 0.75, 0.65),
    },
    "jpeg_compression": {  # quality
        "imagenet": (25, 18, 15, 10, 7),
        "tiny": (65, 58, 50, 40, 25),
        "cifar": (80, 65, 58, 50, 40),
    },
    "speckle_noise": {  # standard deviation relative to the pixel
        "imagenet": (0.15, 0.2, 0.35, 0.45, 0.6),
        "tiny": (0.15, 0.2, 0.25, 0.3, 0.35),
        "cifar": (0.06, 0.1, 0.12, 0.16, 0.2),
    },
    "gaussian_blur": {  # sigma
        "imagenet": (1, 2, 3, 4, 6),
        "tiny": (0.5, 0.75, 1, 1.25, 1.5),
        "cifar": (0.4, 0.6, 0.7, 0.8, 1),
    },
    "spatter": {  # mean, std, sigma, threshold, intensity, 0 = water or 1 = mud
        "imagenet": (
            (0.65, 0.3, 4, 0.69, 0.6, 0),
            (0.65, 0.3, 3, 0.68, 0.6, 0),
            (0.65, 0.3, 2, 0.68, 0.5, 0),
            (0.65, 0.3, 1, 0.65, 1.5, 1),
            (0.67, 0.4, 1, 0.65, 1.5, 1),
        ),
        "tiny": (
            (0.62, 0.1, 0.7, 0.7, 0.6, 0),
            (0.65, 0.1, 0.8, 0.7, 0.6, 0),
            (0.65, 0.3, 1, 0.69, 0.6, 0),
            (0.65, 0.1, 0.7, 0.68, 0.6, 1),
            (0.65, 0.1, 0.5, 0.67, 0.6, 1),
        ),
        "cifar": (
            (0.62, 0.1, 0.7, 0.7, 0.5, 0),
            (0.65, 0.1, 0.8, 0.7, 0.5, 0),
            (0.65, 0.3, 1, 0.69, 0.5, 0),
            (0.65, 0.1, 0.7, 0.69, 0.6, 1),
            (0.65, 0.1, 0.5, 0.68, 0.6, 1),
        ),
    },
    "saturate": {  # factor and summand of S
        "imagenet": ((0.3, 0), (0.1, 0), (2, 0), (5, 0.1), (20, 0.2)),
        "tiny": ((0.3, 0), (0.1, 0), (2, 0), (5, 0.1), (30, 0.2)),
        "cifar": ((0.3, 0), (0.1, 0), (1.5, 0), (2, 0.1), (2.5, 0.2)),
    },
}
