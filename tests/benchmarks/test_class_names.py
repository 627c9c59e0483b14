import json

import pytest
import timm

from benchmarks.class_names import choose_class_names


def test_given_names_go_before_those_of_the_weights() -> None:
    module = timm.create_model("test_vit", num_classes=2)
    metadata = {"class_names": json.dumps(["a", "b"])}
    assert choose_class_names(module, metadata, None).names == ("a", "b")
    assert choose_class_names(module, metadata, ["x", "y"]).names == ("x", "y")


def test_imagenet_names_have_aliases_and_titles() -> None:
    names = choose_class_names(timm.create_model("test_vit", num_classes=1000), {}, None)
    assert names.names[0] == "n01440764"
    assert names.titles["n01440764"] == "tench"
    assert names.aliases["tench"] == names.aliases["tench, Tinca tinca"] == "n01440764"
    assert "crane" not in names.aliases, "two classes of ImageNet are cranes"
    assert list(names.titles.values()).count("crane") == 2


@pytest.mark.parametrize(
    ("given", "message"), [(None, "expected class names for the 3 logits"), (["a"], "expected 3 class names")]
)
def test_unknown_or_unfit_names_are_refused(given: list[str] | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        choose_class_names(timm.create_model("test_vit", num_classes=3), {}, given)
