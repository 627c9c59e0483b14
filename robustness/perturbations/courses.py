"""The benchmark's own names and numbers: which perturbations there are, and the course of each, frame by frame.

A profile is an image size of the benchmark: ``imagenet`` 224, ``tiny`` 64, ``cifar`` 32 pixels.

Departure from the original: Tiny-ImageNet-P blurs a photo's motion before it is shrunk to 64 pixels, and the
photos have all sizes. Here the motion keeps the angles and has the radius and sigma of CIFAR-P.

Reference:
    D. Hendrycks and T. Dietterich, ICLR 2019, https://arxiv.org/abs/1903.12261; the numbers are those of
    its generators make_imagenet_p.py, make_tinyimagenet_p.py and make_cifar_p.py (Apache-2.0),
    https://github.com/hendrycks/robustness/tree/master/ImageNet-P/create_p
"""

from typing import Any, NamedTuple

__all__ = [
    "CIFAR_TEST_PERTURBATIONS",
    "COURSES",
    "NOISE_PERTURBATIONS",
    "TEST_PERTURBATIONS",
    "VALIDATION_PERTURBATIONS",
    "Course",
]

TEST_PERTURBATIONS = (
    "gaussian_noise",
    "shot_noise",
    "motion_blur",
    "zoom_blur",
    "snow",
    "brightness",
    "translate",
    "rotate",
    "tilt",
    "scale",
)
VALIDATION_PERTURBATIONS = ("speckle_noise", "gaussian_blur", "spatter", "shear")
# CIFAR-P tests on spatter and validates on snow.
CIFAR_TEST_PERTURBATIONS = tuple("spatter" if name == "snow" else name for name in TEST_PERTURBATIONS)
# Their frames do not follow each other: all are compared with the first one, which is clean.
NOISE_PERTURBATIONS = ("gaussian_noise", "shot_noise", "speckle_noise")


class Course(NamedTuple):
    """One perturbation of one profile.

    Attributes:
        constant: what all frames share; the perturbation's function says what it is.
        steps: what changes, one entry a frame.
    """

    constant: Any
    steps: tuple[float, ...]


_FRAMES = range(31)
_DEGREES = tuple(float(i - 15) for i in _FRAMES)
_SHADES = tuple((i - 15) * 2 / 100 for i in _FRAMES)
_ENLARGEMENTS = tuple(1 + 0.004 * i for i in _FRAMES)
_SIZES = tuple((i * 2.5 + 40) / 100 for i in _FRAMES)
_WINDS = tuple(float(i * 4 - 150) for i in _FRAMES)
_COUNT = tuple(float(i) for i in _FRAMES)  # where frames differ by their draws or their past alone

COURSES: dict[str, dict[str, Course]] = {
    "gaussian_noise": {  # standard deviation; frame number
        "imagenet": Course(0.03, _COUNT),
        "tiny": Course(0.025, _COUNT),
        "cifar": Course(0.02, _COUNT),
    },
    "shot_noise": {  # photons at full scale; frame number
        "imagenet": Course(300, _COUNT),
        "tiny": Course(500, _COUNT),
        "cifar": Course(700, _COUNT),
    },
    "motion_blur": {  # radius, sigma; angle in degrees
        "imagenet": Course((10, 3), tuple(float((i - 30) * 4) for i in _FRAMES)),
        "tiny": Course((6, 1.8), tuple(float((i - 30) * 5) for i in _FRAMES)),
        "cifar": Course((6, 1.8), tuple(float((i - 20) * 9) for i in range(21))),
    },
    "zoom_blur": {  # nothing; the largest of the averaged enlargements
        "imagenet": Course(None, _ENLARGEMENTS),
        "tiny": Course(None, _ENLARGEMENTS),
        "cifar": Course(None, _ENLARGEMENTS),
    },
    "snow": {  # mean, std, zoom, threshold, radius and sigma of the motion, share kept; angle in degrees
        "imagenet": Course((0.05, 0.3, 3, 0.5, 14, 4, 0.85), _WINDS),
        "tiny": Course((0.05, 0.28, 2, 0.5, 10, 2.5, 0.85), _WINDS),
        "cifar": Course((0.05, 0.3, 2, 0.5, 10, 2, 0.85), _WINDS),
    },
    "brightness": {  # nothing; added to V
        "imagenet": Course(None, _SHADES),
        "tiny": Course(None, _SHADES),
        "cifar": Course(None, tuple((i - 15) * 1.5 / 100 for i in _FRAMES)),
    },
    "translate": {  # nothing; pixels to the right
        "imagenet": Course(None, tuple(float(i - 20) for i in range(41))),
        "tiny": Course(None, _DEGREES),
        "cifar": Course(None, tuple(float(i - 7) for i in range(16))),
    },
    "rotate": {  # nothing; degrees
        "imagenet": Course(None, _DEGREES),
        "tiny": Course(None, _DEGREES),
        "cifar": Course(None, _DEGREES),
    },
    "tilt": {  # nothing; degrees about both axes
        "imagenet": Course(None, _DEGREES),
        "tiny": Course(None, _DEGREES),
        "cifar": Course(None, tuple(0.75 * (i - 15) for i in _FRAMES)),
    },
    "scale": {  # nothing; size relative to the image
        "imagenet": Course(None, _SIZES),
        "tiny": Course(None, _SIZES),
        "cifar": Course(None, tuple((i * 2 + 70) / 100 for i in _FRAMES)),
    },
    "speckle_noise": {  # standard deviation relative to the pixel; frame number
        "imagenet": Course(0.05, _COUNT),
        "tiny": Course(0.05, _COUNT),
        "cifar": Course(0.05, _COUNT),
    },
    "gaussian_blur": {  # where the Gaussian ends, in sigmas; sigma
        "imagenet": Course(6, tuple(0.25 + 0.035 * i for i in _FRAMES)),
        "tiny": Course(7, tuple(0.35 + 0.014 * i for i in _FRAMES)),
        "cifar": Course(7, tuple(0.3 + 0.015 * i for i in _FRAMES)),
    },
    "spatter": {  # mean, std, sigma, threshold, intensity, weights of the flow; frame number
        "imagenet": Course((0.65, 0.27, 3.7, 0.69, 0.6, (0.05, 0.1, 0.15, 0.7)), _COUNT),
        "tiny": Course((0.6, 0.25, 1.75, 0.7, 0.6, (0.2, 0.8)), _COUNT),
        "cifar": Course((0.6, 0.265, 1.75, 0.7, 0.6, (0.2, 0.8)), _COUNT),
    },
    "shear": {  # nothing; degrees
        "imagenet": Course(None, _DEGREES),
        "tiny": Course(None, _DEGREES),
        "cifar": Course(None, _DEGREES),
    },
}
