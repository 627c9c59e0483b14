from benchmarks.doctor import findings
from benchmarks.embedded import cache_folder


def test_it_names_versions_devices_cache_and_extras() -> None:
    found = dict(findings())
    assert {"python", "torch", "timm", "device cpu", "cache folder", "extra hf"} <= found.keys()
    assert str(cache_folder()) in found["cache folder"]
    assert "float32" in found["device cpu"]
    assert found["network"] == "off (HF_HUB_OFFLINE)"


def test_a_missing_extra_comes_with_its_remedy() -> None:
    extra = dict(findings())["extra hf"]
    assert ("missing" in extra) == ("pip install 'classifier-audit[hf]'" in extra)
