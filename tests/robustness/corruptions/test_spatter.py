import heapq
import math

import numpy as np
import pytest
import torch
from scipy import ndimage

from robustness.corruptions import corrupt
from robustness.corruptions.canny import canny
from robustness.corruptions.draws import image_keys, normals
from robustness.corruptions.severities import PROFILES, SEVERITIES
from robustness.corruptions.spatter import edge_distance, equalize, spatter, water_relief
from tests.robustness.corruptions.charts import chart, drops, random_images, statistics

# Of the original's steps with OpenCV, scikit-image's Gaussian replaced by SciPy's: mean and standard
# deviation over 24 draws of mean, standard deviation and mean absolute difference.
ORIGINAL_224 = {
    1: ((127.726, 95.059, 0.557), (0.254, 0.064, 0.254)),
    2: ((130.588, 94.573, 3.419), (0.487, 0.110, 0.487)),
    3: ((133.207, 93.993, 6.037), (0.369, 0.119, 0.369)),
    4: ((117.985, 92.766, 10.700), (0.481, 0.151, 0.520)),
    5: ((112.298, 90.937, 17.328), (0.648, 0.229, 0.699)),
}
GOLDEN_224 = {1: (127.46, 95.09, 0.29), 5: (113.05, 91.26, 16.42)}  # one draw of the original


def reference_distance(edges):
    """Shortest ways by Dijkstra's algorithm, up to 20 pixels."""
    moves = [(1, 0, 1.0), (1, 1, 1.4), (2, 1, 2.1969), (1, 2, 2.1969), (0, 1, 1.0)]
    moves = {(y * i, x * j, length) for y, x, length in moves for i in (1, -1) for j in (1, -1)}
    distance = np.where(edges, 0, 20.0)
    queue = [(0.0, y, x) for y, x in np.argwhere(edges).tolist()]
    while queue:
        length, y, x = heapq.heappop(queue)
        for down, right, step in moves:
            place = y + down, x + right
            inside = 0 <= place[0] < edges.shape[0] and 0 <= place[1] < edges.shape[1]
            if inside and length + step < distance[place] - 1e-9:
                distance[place] = length + step
                heapq.heappush(queue, (length + step, *place))
    return distance


def reference_equalize(levels):
    counts = np.bincount(levels.ravel(), minlength=256)
    lowest = counts[levels.min()]
    if lowest == levels.size:
        return levels
    scale = np.float32(255) / np.float32(levels.size - lowest)
    table = [np.rint(np.float32(rank - lowest) * scale) for rank in counts.cumsum()]
    return np.array(table)[levels].astype(int)


def reference_relief(depth):
    """From the distance on as the formulas say; ndimage's mirror is reflect-101."""
    distance = reference_distance(canny(torch.from_numpy(depth)[None], 50, 150)[0].numpy())
    levels = ndimage.uniform_filter(distance, 3, mode="mirror")
    levels = reference_equalize(np.floor(levels + 1e-6).astype(int))
    emboss = np.array([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]])
    embossed = np.clip(ndimage.correlate(levels, emboss, mode="mirror"), 0, 255)
    return np.rint(ndimage.uniform_filter(embossed.astype(float), 3, mode="mirror"))


def reference_spatter(image, constant, normal):
    """On the unit interval in double precision, before truncation; (3, H, W) in, 0..255 out."""
    mean, deviation, sigma, threshold, intensity, kind = constant
    pixels, amount = image / 255.0, None
    liquid = ndimage.gaussian_filter(normal * deviation + mean, sigma, mode="nearest", truncate=4)
    liquid[liquid < threshold] = 0
    if kind == 1:
        amount = ndimage.gaussian_filter((liquid > threshold) * 1.0, intensity, mode="nearest", truncate=4)
        amount[amount < 0.8] = 0
        colour = np.array([63, 42, 20])[:, None, None] / 255
        return np.clip(pixels * (1 - amount) + amount * colour, 0, 1) * 255
    depth = (liquid * 255).astype(int).astype(np.uint8)
    amount = depth * reference_relief(depth)
    amount *= intensity / max(amount.max(), 1)
    colour = np.array([175, 238, 238])[:, None, None] / 255
    return np.clip(pixels + amount * colour, 0, 1) * 255


@pytest.mark.parametrize("shape", [(40, 40), (9, 50), (1, 30), (30, 1), (1, 1)], ids=str)
@pytest.mark.parametrize("share", [0.0, 0.003, 0.03, 0.3])
def test_distance_equals_the_shortest_way(shape, share):
    edges = np.random.default_rng(0).uniform(size=(2, *shape)) < share
    ours = edge_distance(torch.from_numpy(edges)).double().numpy() / 10_000
    for image, distance in zip(edges, ours, strict=True):
        assert np.abs(distance - reference_distance(image)).max() < 1e-9


@pytest.mark.parametrize("top", [1, 2, 7, 21])
def test_equalize_equals_the_reference(top):
    levels = random_images(4, 13, 17).int() % top
    ours = equalize(levels).numpy()
    for image, result in zip(levels.numpy(), ours, strict=True):
        assert np.array_equal(result, reference_equalize(image))


def test_relief_equals_opencv_on_drops():
    relief = water_relief(drops())[0].long()
    y, x = torch.meshgrid(torch.arange(90), torch.arange(120), indexing="ij")
    distance = edge_distance(canny(drops(), 50, 150))
    # Sums of cv2's results after distanceTransform and after the last blur, and a weighted sum of the latter.
    assert distance.double().sum().item() / 10_000 == pytest.approx(77397.64, abs=0.01)
    assert relief.sum() == 1443618
    assert (relief * ((x * 7 + y * 13) % 101)).sum() == 72034408


@pytest.mark.parametrize("shape", [(48, 48), (20, 45), (8, 8), (1, 30)], ids=str)
@pytest.mark.parametrize("profile", PROFILES)
def test_equals_the_reference_with_the_same_draws(profile, shape):
    images, keys = random_images(2, 3, *shape), image_keys(torch.arange(2), "test")
    normal = normals(keys, shape[0] * shape[1]).double().view(-1, *shape).numpy()
    for severity in (1, 3, 4, 5):
        constant = SEVERITIES["spatter"][profile][severity - 1]
        ours = spatter(images, constant, keys).numpy()
        for i, image in enumerate(images.numpy()):
            difference = np.abs(ours[i] - np.floor(reference_spatter(image, constant, normal[i]) + 1e-3))
            # Where the exact result is whole or a depth differs by rounding, the last bit decides.
            assert (difference <= 1).mean() > 0.99
            assert (difference == 0).mean() > 0.95


@pytest.mark.parametrize("severity", ORIGINAL_224)
def test_equals_the_original_in_distribution(severity):
    clean, draws = chart(224), 12
    result = corrupt(clean.expand(draws, -1, -1, -1), "spatter", severity, seeds=torch.arange(draws))
    values = np.array([statistics(draw, clean[0]) for draw in result])
    means, spreads = (np.array(numbers) for numbers in ORIGINAL_224[severity])
    assert (np.abs(values.mean(0) - means) < 4 * spreads * math.sqrt(1 / draws + 1 / 24)).all()
    if severity in GOLDEN_224:
        assert (np.abs(GOLDEN_224[severity] - values.mean(0)) < 3.5 * values.std(0)).all()


@pytest.mark.parametrize("constant", [(0.0, 0.1, 1, 0.9, 0.6, 0), (0.0, 0.1, 1, 0.9, 0.6, 1)], ids=["water", "mud"])
def test_where_no_drop_falls_the_image_stays(constant):
    images = random_images(2, 3, 30, 30)
    assert torch.equal(spatter(images, constant, image_keys(torch.arange(2), "test")), images)


def test_mud_covers_with_its_own_colour():
    covered = spatter(random_images(1, 3, 20, 20), (3.0, 0.0, 1, 0.65, 1.5, 1), torch.tensor([1]))
    assert covered.flatten(2).unique(dim=2).flatten().tolist() == [63, 42, 20]


def test_water_brightens():
    images = random_images(3, 3, 64, 64)
    assert (corrupt(images, "spatter", 2, seeds=torch.arange(3)) >= images).all()
