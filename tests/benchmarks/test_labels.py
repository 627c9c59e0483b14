import json
from pathlib import Path

import pytest

from benchmarks.labels import match_labels, read_class_map


def test_names_decide_and_not_the_order() -> None:
    match = match_labels(["b", "a"], ["a", "b"])
    assert match.indices == {"b": 1, "a": 0}
    assert match.unused == ()
    assert match.description == "2 of 2 data classes match the model's class names"


def test_shuffling_either_side_never_changes_which_name_is_meant() -> None:
    data, model = ["x", "y", "z"], ["z", "w", "x", "y"]
    for names in (data, data[::-1]):
        for classes in (model, model[::-1]):
            assert {name: classes[index] for name, index in match_labels(names, classes).indices.items()} == {
                name: name for name in data
            }


def test_numeric_names_are_names() -> None:
    assert match_labels(["9", "10"], ["10", "9"]).indices == {"9": 1, "10": 0}


def test_unicode_spellings_of_one_name_match_under_the_names_of_the_data() -> None:
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    assert match_labels([decomposed], [composed]).indices == {decomposed: 0}


def test_strange_names_are_only_text() -> None:
    names = ["con", "<img src=x onerror=alert(1)>", "日本", "a,b", " "]
    assert list(match_labels(names, names[::-1]).indices.values()) == [4, 3, 2, 1, 0]


def test_two_class_head() -> None:
    match = match_labels(["cat"], ["cat", "dog"])
    assert match.unused == ("dog",)
    assert match.description.endswith("1 model class is not in the data")


def test_thousand_class_head() -> None:
    model = [f"class {index}" for index in range(1000)]
    match = match_labels(model[500:510][::-1], model)
    assert match.indices == {f"class {index}": index for index in range(500, 510)}
    assert len(match.unused) == 990
    assert "10 of 10 data classes" in match.description
    assert "990 model classes are not in the data" in match.description


def test_mismatch_lists_both_sides_a_hint_and_the_remedy() -> None:
    with pytest.raises(ValueError, match="got 1 that are not") as raised:
        match_labels(["Golden_Retriever", "cat"], ["golden retriever", "cat"])
    text = str(raised.value)
    assert "unknown to the model: 'Golden_Retriever'" in text
    assert "not in the data: 'golden retriever'" in text
    assert "'Golden_Retriever' may be 'golden retriever'" in text
    assert "--class-map FILE" in text


def test_mismatch_of_many_classes_lists_ten() -> None:
    with pytest.raises(ValueError, match="and 990 more") as raised:
        match_labels([f"a{index}" for index in range(1000)], [f"b{index}" for index in range(1000)])
    assert len(str(raised.value)) < 3000


def test_mismatch_of_numbers_offers_the_index() -> None:
    with pytest.raises(ValueError, match="--class-map index"):
        match_labels(["0", "1"], ["cat", "dog"])


def test_aliases_come_after_equal_names_and_unneeded_ones_are_ignored() -> None:
    aliases = {"n01440764": "tench", "shark": "tench", "n9": "not in this model"}
    match = match_labels(["n01440764", "shark"], ["tench", "shark"], aliases=aliases)
    assert match.indices == {"n01440764": 0, "shark": 1}
    assert "(1 through other names)" in match.description


def test_two_data_classes_for_one_model_class_need_a_map() -> None:
    with pytest.raises(ValueError, match="'tench' and 'n01440764'"):
        match_labels(["tench", "n01440764"], ["tench"], aliases={"n01440764": "tench"})
    match = match_labels(["poodle", "husky"], ["dog", "cat"], class_map={"poodle": "dog", "husky": "dog"})
    assert match.indices == {"poodle": 0, "husky": 0}
    assert "(2 through the class map); 1 joined with another one" in match.description


def test_class_map_comes_first_and_names_fill_the_rest() -> None:
    match = match_labels(["a", "b"], ["a", "b", "c"], class_map={"a": "c"})
    assert match.indices == {"a": 2, "b": 1}


def test_class_map_to_an_unknown_class_is_shown() -> None:
    with pytest.raises(ValueError, match="name no class of the model: 'a -> x'"):
        match_labels(["a"], ["a"], class_map={"a": "x"})


def test_index_takes_folder_names_as_indices() -> None:
    match = match_labels(["7", "0"], ["crane", "crane", *"abcdef"], class_map="index")
    assert match.indices == {"7": 7, "0": 0}
    assert match.description.startswith("2 of 2 data classes are indices of the model's classes")


@pytest.mark.parametrize("names", [["2"], ["-1"], ["1.0"], ["cat"], ["²"]], ids=repr)
def test_index_is_checked(names: list[str]) -> None:
    with pytest.raises(ValueError, match="named 0 to 1"):
        match_labels(names, ["cat", "dog"], class_map="index")


def test_index_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="'1' and '01'"):
        match_labels(["1", "01"], ["cat", "dog"], class_map="index")


def test_repeated_names_are_refused_on_either_side() -> None:
    with pytest.raises(ValueError, match="unique model class names, got repeated ones: 'crane'"):
        match_labels(["crane"], ["crane", "crane"])
    with pytest.raises(ValueError, match="unique data class names"):
        match_labels(["caf\u00e9", "cafe\u0301"], ["a"])


@pytest.mark.parametrize(("data", "model"), [([], ["a"]), (["a"], [])], ids=repr)
def test_no_names_are_refused(data: list[str], model: list[str]) -> None:
    with pytest.raises(ValueError, match="expected class names"):
        match_labels(data, model)


def test_unknown_word_for_the_map_is_refused() -> None:
    with pytest.raises(ValueError, match="or \"index\", got 'order'"):
        match_labels(["a"], ["a"], class_map="order")  # type: ignore[arg-type]


def test_read_csv(tmp_path: Path) -> None:
    path = tmp_path / "map.csv"
    path.write_text('\ufeffdata,model\n"a,b",tench\n\ncafé , "great white shark"\n'.replace(', "', ',"'), "utf-8")
    assert read_class_map(path) == {"a,b": "tench", "café": "great white shark"}


def test_read_json(tmp_path: Path) -> None:
    path = tmp_path / "map.json"
    path.write_text(json.dumps({"a": "tench", "b": "tench"}), "utf-8")
    assert read_class_map(path) == {"a": "tench", "b": "tench"}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("map.csv", b"a,b,c\n", "in line 1 .* got 'a,b,c'"),
        ("map.csv", b"a,b\nc,\n", "in line 2"),
        ("map.csv", b"a,b\na,c\n", "repeated ones: 'a'"),
        ("map.csv", b"\n", "got none"),
        ("map.csv", b"\xff\xfe\x00", "UTF-8"),
        ("map.json", b'{"a": "b", "a": "c"}', "repeated ones: 'a'"),
        ("map.json", b'{"a": 1}', "texts both"),
        ("map.json", b'["a"]', "one JSON object"),
        ("map.json", b"3", "one JSON object"),
        ("map.json", b"{", "one JSON object"),
    ],
    ids=repr,
)
def test_bad_maps_say_what_is_wrong(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_class_map(tmp_path / name)


def test_missing_map(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="expected a class map, got no file"):
        read_class_map(tmp_path / "map.csv")
