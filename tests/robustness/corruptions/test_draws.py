import itertools

import pytest
import torch
from scipy import stats

from robustness.corruptions.draws import image_keys, normal_table, normals, uniforms, words

MASK = 0xFFFFFFFF
KNOWN_WORDS = [[839156602, 1111683592, 928502477], [223636366, -1884178417, 235384179]]
KNOWN_NORMALS = [0.0340665, -0.8582357, -0.2015273, -1.6251001]


def mix64(bits):
    bits = (bits + 0x9E3779B97F4A7C15) % 2**64
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB % 2**64
    return bits ^ (bits >> 31)


def scramble(position, low, high):
    """The keyed 32-bit mixer on unsigned integers, of Python or of an int64 tensor."""
    word = (position + low) & MASK
    word = ((word ^ word >> 17) * 0xED5AD4BB + high) & MASK
    word = (word ^ word >> 11) * 0xAC4C1B51 & MASK
    word = (word ^ word >> 15) * 0x31848BAB & MASK
    return word ^ word >> 14


def reference_word(key, position, stream):
    """The generator in unsigned Python integers, one word at a time."""
    key = mix64((key + stream * 0x9E3779B97F4A7C15) % 2**64)
    return scramble(position, key & MASK, key >> 32)


def keys_of(count, purpose="test"):
    return image_keys(torch.arange(count), purpose)


def correlation(first, second):
    return torch.corrcoef(torch.stack([first.flatten().double(), second.flatten().double()]))[0, 1].item()


@pytest.mark.parametrize("stream", [0, 1, 5])
def test_words_equal_the_unsigned_reference(stream):
    keys = torch.tensor([0, 1, -1, 2**63 - 1, -(2**63)])
    drawn = words(keys, 9, stream=stream)
    expected = [[reference_word(key % 2**64, p, stream) for p in range(9)] for key in keys.tolist()]
    assert (drawn.long() & MASK).tolist() == expected


def test_mixer_is_splitmix64():
    # The first outputs of SplitMix64 from state 1234567, published with its reference implementations.
    assert mix64(1234567) == 6457827717110365317
    assert mix64((1234567 + 0x9E3779B97F4A7C15) % 2**64) == 3203168211198807973


def test_keys_of_distinct_seeds_or_purposes_are_distinct():
    seeds = torch.cat([torch.arange(-500, 500), torch.tensor([2**62, -(2**63)])])
    keys = torch.cat([image_keys(seeds, purpose) for purpose in ("a", "b", "c")])
    assert keys.unique().numel() == keys.numel()


def test_draws_of_a_key_do_not_depend_on_its_neighbours_or_on_count():
    keys = keys_of(6)
    assert words(keys, 40)[4].tolist() == words(keys[4:5], 40)[0].tolist()
    assert words(keys[[4, 0]], 90)[0, :40].tolist() == words(keys, 40)[4].tolist()
    assert normals(keys, 41)[4].tolist() == normals(keys[4:5], 41)[0].tolist()


@pytest.mark.parametrize("draw", [words, uniforms, normals])
@pytest.mark.parametrize("images, count", [(0, 5), (3, 0), (2, 1), (2, 7)])
def test_any_number_of_draws(draw, images, count):
    assert draw(keys_of(images), count).shape == (images, count)


def test_every_bit_of_a_word_is_fair():
    drawn = words(keys_of(4), 1 << 16).flatten()
    for bit in range(32):
        ones = ((drawn >> bit) & 1).sum().item()
        assert abs(ones - drawn.numel() / 2) < 4.5 * (drawn.numel() / 4) ** 0.5


def test_uniforms_are_uniform_in_the_half_open_interval():
    drawn = uniforms(keys_of(8), 1 << 16)
    assert drawn.dtype == torch.float32
    assert drawn.min() >= 0
    assert drawn.max() < 1
    assert drawn.mul(2**24).frac().abs().max() == 0
    assert stats.kstest(drawn.flatten().numpy(), "uniform").pvalue > 1e-3


def test_normals_are_normal():
    drawn = normals(keys_of(8), 1 << 17).flatten().double()
    n = drawn.numel()
    assert abs(drawn.mean()) < 4.5 / n**0.5
    assert abs(drawn.var() - 1) < 4.5 * (2 / n) ** 0.5
    assert abs((drawn**3).mean()) < 4.5 * (15 / n) ** 0.5
    assert abs((drawn**4).mean() - 3) < 4.5 * (96 / n) ** 0.5
    assert stats.kstest(drawn.numpy(), "norm").pvalue > 1e-3


@pytest.mark.parametrize("sigmas", [2, 3, 3.5])
def test_normal_tails_are_right_to_one_slice(sigmas):
    drawn = normals(keys_of(32), 1 << 17)
    expected = drawn.numel() * 2 * stats.norm.sf(sigmas)
    one_slice = drawn.numel() / 65536
    assert abs((drawn.abs() > sigmas).sum().item() - expected) < 4.5 * expected**0.5 + one_slice


def test_slices_are_symmetric_and_have_the_moments_of_the_distribution():
    slices = normal_table().double()
    assert torch.equal(slices, -slices.flip(0))
    assert bool((slices.diff() > 0).all())
    assert abs(slices.square().mean() - 1) < 1e-5
    assert abs(slices.pow(4).mean() - 3) < 1e-3
    assert 4.3 < slices.max() < 4.4


@pytest.mark.parametrize("lag", [1, 2, 3, 32, 224, 224 * 224, 3 * 224 * 112])
def test_neighbouring_positions_are_uncorrelated(lag):
    drawn = normals(keys_of(4), 3 * 224 * 224)
    bound = 4.5 / drawn[:, lag:].numel() ** 0.5
    assert abs(correlation(drawn[:, lag:], drawn[:, :-lag])) < bound
    assert abs(correlation(drawn[:, lag:] ** 2, drawn[:, :-lag] ** 2)) < bound


def test_seeds_purposes_and_streams_are_uncorrelated():
    count = 1 << 16
    seeds = torch.tensor([0, 1, 2, 3, 2**32, 2**40 + 1])
    rows = [*normals(image_keys(seeds, "noise/1"), count), *normals(image_keys(seeds[:2], "noise/2"), count)]
    rows += normals(image_keys(seeds[:2], "noise/1"), count, stream=1)
    for first, second in itertools.combinations(rows, 2):
        assert abs(correlation(first, second)) < 4.5 / count**0.5


def test_keys_that_share_a_half_give_uncorrelated_words():
    # Past the 64-bit mixer two images may agree in one half of the key; the other half must suffice.
    position, low, high = torch.arange(1 << 16), 0x12345678, 0x9ABCDEF0
    flips = [0, 1, 1 << 4, 1 << 16, 1 << 31]
    rows = [scramble(position, low, high ^ flip) for flip in flips]
    rows += [scramble(position, low ^ flip, high) for flip in (1 << 17, 1 << 31)]
    rows.append(scramble(position, low ^ 1, high ^ 1))
    for first, second in itertools.combinations(rows, 2):
        assert abs(correlation(first, second)) < 4.5 / len(position) ** 0.5


def test_known_draws_never_change():
    keys = image_keys(torch.tensor([0, 1]), "gaussian_noise/3/imagenet")
    assert words(keys, 3).tolist() == KNOWN_WORDS
    assert normals(keys, 2).flatten().tolist() == pytest.approx(KNOWN_NORMALS, abs=1e-6)
