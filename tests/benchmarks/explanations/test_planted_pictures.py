import numpy as np

from benchmarks.explanations import PlantedFindings
from benchmarks.explanations.planted_pictures import planted_gallery


def test_images_stand_beside_their_regions_and_maps(shortcut: PlantedFindings) -> None:
    gallery = planted_gallery(shortcut, "planted_01")
    assert len(gallery.strips) == 4, "two of each predicted class"
    for strip in gallery.strips:
        titles = [picture.title for picture in strip.pictures]
        assert titles[0] == "image" and "marker" in titles
        assert titles[-2:] == ["gradient x input", "occlusion"]
        assert len({picture.image.shape for picture in strip.pictures}) == 1
        assert min(strip.pictures[0].image.shape[:2]) >= 128, "legible"
        facts = dict(strip.pictures[-1].facts)
        assert facts["opaque at"].startswith("±") and facts["in marker"].endswith("%")


def test_a_region_shows_its_pixels_and_fades_the_rest(shortcut: PlantedFindings) -> None:
    strip = planted_gallery(shortcut, "planted_01").strips[0]
    image, region = strip.pictures[0].image, next(one.image for one in strip.pictures if one.title == "marker")
    side = image.shape[0] // 8
    assert np.array_equal(region[:side, :side], image[:side, :side])
    assert region[side:, side:].min() > 200
