import pytest
import torch

from tests.xai.invariances.gaussian_codes import certain, gaussian_codes
from xai.invariances import InvarianceRecipe, explained_by_v, fit_linear, train_invariances
from xai.invariances.training import apart

QUICK = InvarianceRecipe(
    blocks=2, hidden=16, regression_steps=40, steps=80, batch_size=128, learning_rate=1e-2, check_every=20, noise=0.05
)


def banana(count, seed=0):
    """A code that lies on a curve which the features turn: no Gaussian."""
    generator = torch.Generator().manual_seed(seed)
    kept, open_ = torch.randn(2, count, 1, generator=generator)
    noise = 0.1 * torch.randn(count, 1, generator=generator)
    return torch.cat([open_ + kept, open_.square() * kept.sign() + noise], 1), torch.cat([kept, kept.sign()], 1)


def test_a_flow_beats_the_baseline_where_codes_are_bent_and_never_loses():
    codes, features = banana(1000)
    other = banana(300, seed=1)
    start = fit_linear(codes, features)
    seen = []
    trained = train_invariances(
        start, certain(codes), features, held_out=(certain(other[0]), other[1]), recipe=QUICK,
        progress=lambda done, total: seen.append((done, total)),
    )  # fmt: skip
    test = banana(600, seed=2)
    assert trained.network.loss(*test).mean() < trained.baseline.loss(*test).mean() - 0.3
    assert trained.held_out[0][0] == 0 and seen[0] == (1, 80)
    assert abs(trained.held_out[0][1] - start.loss(*other).mean()) < 1e-4, "step 0 is the baseline"
    assert trained.held_out[1][0] == 0 and trained.held_out[1][1] <= trained.held_out[0][1]
    assert min(loss for _, loss in trained.held_out) == dict(trained.held_out)[trained.best_step]


def test_regression_comes_first_and_draws_what_is_bent():
    generator = torch.Generator().manual_seed(0)
    features, noise = torch.randn(400, 1, generator=generator), 0.2 * torch.randn(400, 2, generator=generator)
    codes = features.square() + noise
    short = InvarianceRecipe(blocks=1, hidden=16, regression_steps=100, steps=1, learning_rate=1e-2, check_every=50)
    held_out = certain(codes[200:]), features[200:]
    trained = train_invariances(
        fit_linear(codes[:200], features[:200]), certain(codes[:200]), features[:200], held_out=held_out, recipe=short
    )
    (_, linear), (_, bent), *_ = trained.held_out
    assert bent < linear - 1


def test_regression_finds_a_covariance_that_the_features_turn():
    generator = torch.Generator().manual_seed(0)
    kept, open_, noise = torch.randn(3, 600, 1, generator=generator)
    codes, features = torch.cat([open_, open_ * kept.sign() + 0.1 * noise], 1), torch.cat([kept, kept.sign()], 1)
    short = InvarianceRecipe(blocks=1, hidden=16, regression_steps=100, steps=1, learning_rate=1e-2, check_every=50)
    trained = train_invariances(
        fit_linear(codes[:300], features[:300]), certain(codes[:300]), features[:300],
        held_out=(certain(codes[300:]), features[300:]), recipe=short,
    )  # fmt: skip
    (_, linear), (_, turned), *_ = trained.held_out
    assert turned < linear - 1


def test_explained_variance_is_the_analytic_one():
    found, other, test = (gaussian_codes(4000, seed) for seed in range(3))
    short = InvarianceRecipe(blocks=1, hidden=8, regression_steps=20, steps=20, check_every=10)
    trained = train_invariances(
        fit_linear(found.codes, found.features, components=4), certain(found.codes), found.features,
        held_out=(certain(other.codes), other.features), recipe=short,
    )  # fmt: skip
    for network in (trained.network, trained.baseline):
        samples = network.sample(test.features, draws=32, generator=torch.Generator().manual_seed(0))
        share = explained_by_v(samples, test.codes, of="codes")
        assert abs(share.value - found.explained) < 0.02 and share.low < found.explained < share.high


def test_the_same_seed_gives_the_same_and_mistakes_are_said():
    codes, features = banana(200)
    wanted = (fit_linear(codes, features), certain(codes), features)
    short = InvarianceRecipe(blocks=1, hidden=4, regression_steps=5, steps=5)
    first, second = (
        train_invariances(*wanted, held_out=(certain(codes), features), recipe=short).network for _ in range(2)
    )
    assert torch.equal(first(codes, features)[0], second(codes, features)[0])
    with pytest.raises(ValueError, match="expected a code for each image, got 200 for 200 and 10 for 200 held out"):
        train_invariances(*wanted, held_out=(certain(codes[:10]), features))
    with pytest.raises(ValueError, match="expected `steps` of at least 1, got 0"):
        InvarianceRecipe(steps=0)
    with pytest.raises(ValueError, match="expected `noise` from 0 and `learning_rate` above 0, got -1"):
        InvarianceRecipe(noise=-1)
    assert eval(repr(short)) == short


def test_samples_are_held_to_their_features():
    def see(sampled):
        """A layer that tells a product, which no regression draws by itself."""
        return torch.stack([sampled.prod(1), sampled[:, 0]], 1)

    codes, other = (torch.randn(400, 2, generator=torch.Generator().manual_seed(seed)) for seed in (0, 1))
    start, found = fit_linear(codes, see(codes)), {}
    for consistency in (0.0, 100.0):
        recipe = InvarianceRecipe(
            blocks=1, hidden=8, regression_steps=1, steps=60, learning_rate=1e-2, check_every=20, looked_at=64,
            consistency=consistency,
        )  # fmt: skip
        trained = train_invariances(
            start, certain(codes), see(codes), held_out=(certain(other), see(other)), see=see, recipe=recipe
        )
        drawn = trained.network.sample(see(other), draws=1, generator=torch.Generator().manual_seed(0))[0]
        found[consistency] = float(apart(start, see(drawn), see(other)))
    assert found[100.0] < 0.9 * found[0.0], found


def test_features_at_random_are_at_a_distance_of_one():
    codes, features = banana(4000)
    start = fit_linear(codes, features)
    assert float(apart(start, features, features)) == 0
    assert float(apart(start, features.roll(1, 0), features)) == pytest.approx(1, abs=0.05)
