"""All that decides the weights, and nothing else, decides the fingerprint."""

import hashlib
import json
from dataclasses import asdict, replace

from benchmarks.stylex.setting import StylexSetting
from tests.benchmarks.stylex.small import SETTING, brightness_data, brightness_model


def test_the_fingerprint_hears_everything() -> None:
    model, data = brightness_model(), brightness_data()
    first = SETTING.fingerprint(model, data)
    assert first == SETTING.fingerprint(
        brightness_model(),
        replace(data, name="other", held_out=data.held_out[:3], held_out_labels=data.held_out_labels[:3]),
    )
    others = {
        StylexSetting(architecture=SETTING.architecture).fingerprint(model, data),
        replace(SETTING, recipe=replace(SETTING.recipe, seed=1)).fingerprint(model, data),
        SETTING.fingerprint(replace(model, weights_sha256="0"), data),
        SETTING.fingerprint(model, brightness_data(30)),
        replace(SETTING, perceptual="abc").fingerprint(model, data),
    }
    assert len(others | {first}) == 6


def test_settings_without_lpips_keep_the_fingerprint_that_they_had_before_it() -> None:
    model, data = brightness_model(), brightness_data()
    own = {"architecture": asdict(SETTING.architecture), "recipe": asdict(SETTING.recipe)}
    text = json.dumps([own, model.weights_sha256, data.fingerprint], sort_keys=True)
    assert SETTING.fingerprint(model, data) == hashlib.sha256(text.encode()).hexdigest()
