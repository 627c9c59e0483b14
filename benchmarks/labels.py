"""Labels: which of the model's classes is meant by a class of the data. Names decide, never the order."""

import csv
import difflib
import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

__all__ = ["LabelMatch", "match_labels", "read_class_map"]

_SHOWN = 10
_HEADER = ("data", "model")


@dataclass(frozen=True, kw_only=True)
class LabelMatch:
    """The meaning of the data's classes for one model.

    Attributes:
        indices: {class name of the data: index among the model's classes}.
        unused: names of the model's classes that the data does not have.
        description: one line for people.
    """

    indices: Mapping[str, int]
    unused: tuple[str, ...]
    description: str


def match_labels(
    data_class_names: Sequence[str],
    model_class_names: Sequence[str],
    *,
    aliases: Mapping[str, str] | None = None,
    class_map: Mapping[str, str] | Literal["index"] | None = None,
) -> LabelMatch:
    """Match the classes of the data with the classes of the model by name.

    Names are the same if they are the same text in unicode NFC; case and spaces count. For each class of the data
    an entry of ``class_map`` comes first, then the equal name, then an alias.

    Args:
        data_class_names: the data's class names.
        model_class_names: the model's class names, in the order of its K logits.
        aliases: {other name: model class name}, such as WordNet ids; entries that are not needed are ignored.
        class_map: {data class name: model class name}, or ``"index"`` if the data's names are the model's indices.

    Returns:
        The match.

    Raises:
        ValueError: a class of the data has no class of the model, names are ambiguous, or indices are out of range.
            The message lists what is missing on either side and how to fix it.

    Example:
        >>> match = match_labels(["dog", "cat"], ["cat", "dog", "bird"])
        >>> match.indices, match.unused
        ({'dog': 1, 'cat': 0}, ('bird',))
        >>> match.description
        "2 of 2 data classes match the model's class names; 1 model class is not in the data"
    """
    if not data_class_names or not model_class_names:
        raise ValueError(
            f"expected class names, got {len(data_class_names)} of data, {len(model_class_names)} of model"
        )
    _check_unique(data_class_names, "data")
    if isinstance(class_map, str):
        if class_map != "index":
            raise ValueError(f'expected `class_map` as a mapping or "index", got {class_map!r}')
        indices = _by_index(data_class_names, len(model_class_names))
        ways = {"index": len(indices)}
    else:
        indices, ways = _by_name(data_class_names, model_class_names, aliases or {}, class_map or {})
    used = set(indices.values())
    unused = tuple(name for index, name in enumerate(model_class_names) if index not in used)
    return LabelMatch(indices=indices, unused=unused, description=_describe(indices, ways, len(unused)))


def _by_index(data_class_names: Sequence[str], count: int) -> dict[str, int]:
    wrong = [name for name in data_class_names if not (name.isascii() and name.isdigit() and int(name) < count)]
    if wrong:
        raise ValueError(
            f"expected data classes named 0 to {count - 1}, the model's class indices, got {_listed(wrong)}; "
            "name the folders so, or give the names in a table with --class-map FILE"
        )
    indices = {name: int(name) for name in data_class_names}
    _check_distinct(indices)
    return indices


def _by_name(
    data_class_names: Sequence[str],
    model_class_names: Sequence[str],
    aliases: Mapping[str, str],
    class_map: Mapping[str, str],
) -> tuple[dict[str, int], dict[str, int]]:
    """{data class: index}, and how many were found in which way."""
    _check_unique(model_class_names, "model")
    known = {_plain(name): index for index, name in enumerate(model_class_names)}
    mapped = _plain_mapping(class_map)
    other = {alias: known[name] for alias, name in _plain_mapping(aliases).items() if name in known}
    indices, ways, missing = {}, Counter[str](), []
    for name in data_class_names:
        plain = _plain(name)
        if plain in mapped:
            way, index = "map", known.get(mapped[plain])
        else:
            way, index = ("name", known[plain]) if plain in known else ("alias", other.get(plain))
        if index is None:
            missing.append(name)
        else:
            indices[name], ways[way] = index, ways[way] + 1
    if missing:
        raise ValueError(_mismatch(missing, data_class_names, model_class_names, mapped))
    if not mapped:  # a map may join classes on purpose
        _check_distinct(indices)
    return indices, dict(ways)


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _plain_mapping(mapping: Mapping[str, str]) -> dict[str, str]:
    return {_plain(key): _plain(value) for key, value in mapping.items()}


def _check_unique(names: Sequence[str], side: str) -> None:
    repeated = [name for name, count in Counter(map(_plain, names)).items() if count > 1]
    if repeated:
        raise ValueError(
            f"expected unique {side} class names, got repeated ones: {_listed(repeated)}; names cannot tell these "
            "classes apart. If the data folders are numbered as the model's classes, use --class-map index"
        )


def _check_distinct(indices: Mapping[str, int]) -> None:
    names: dict[int, list[str]] = {}
    for name, index in indices.items():
        names.setdefault(index, []).append(name)
    shared = [" and ".join(map(repr, same)) for same in names.values() if len(same) > 1]
    if shared:
        raise ValueError(
            f"expected one data class per model class, got {'; '.join(shared[:_SHOWN])} for the same one; "
            "join the folders, or join them on purpose in a table with --class-map FILE"
        )


def _mismatch(missing: Sequence[str], data: Sequence[str], model: Sequence[str], mapped: Mapping[str, str]) -> str:
    """What is missing on either side, and how to fix it."""
    texts = set(map(_plain, data))
    free = [name for name in model if _plain(name) not in texts]
    lines = [
        f"expected the {len(data)} data classes among the {len(model)} classes of the model, got {len(missing)} that "
        "are not",
        f"data classes unknown to the model: {_listed(missing)}",
        f"model classes not in the data: {_listed(free)}",
    ]
    if wrong := [f"{name} -> {mapped[_plain(name)]}" for name in missing if _plain(name) in mapped]:
        lines.append(f"entries of the class map that name no class of the model: {_listed(wrong)}")
    if hints := list(_hints(missing[:_SHOWN], model)):
        lines.append(f"close: {', '.join(hints)}")
    lines.append("fix: rename the folders, or give --class-map FILE, a table with lines `data class,model class`")
    if all(name.isascii() and name.isdigit() for name in data):
        lines.append("fix: if the folders are numbered as the model's classes, give --class-map index")
    return "\n  ".join(lines)


def _hints(missing: Iterable[str], model: Sequence[str]) -> Iterable[str]:
    folded = {_folded(name): name for name in model}
    for name in missing:
        for close in difflib.get_close_matches(_folded(name), folded, n=1):
            yield f"{name!r} may be {folded[close]!r}"


def _folded(name: str) -> str:
    return _plain(name).casefold().replace("_", " ").replace("-", " ")


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(map(repr, names[:_SHOWN])) or "none"
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more"


def _describe(indices: Mapping[str, int], ways: Mapping[str, int], unused: int) -> str:
    count = len(indices)
    if "index" in ways:
        line = f"{count} of {count} data classes are indices of the model's classes"
    else:
        line = f"{count} of {count} data classes match the model's class names"
    words = {"map": "through the class map", "alias": "through other names"}
    if routes := [f"{ways[way]} {text}" for way, text in words.items() if ways.get(way)]:
        line += f" ({', '.join(routes)})"
    if shared := count - len(set(indices.values())):
        line += f"; {shared} joined with another one"
    if unused:
        line += f"; {unused} model {'class is' if unused == 1 else 'classes are'} not in the data"
    return line


def read_class_map(path: str | Path) -> dict[str, str]:
    """Read a table of class names.

    Args:
        path: a ``.json`` file with one object of texts, or comma-separated lines ``data class,model class``; names
            with commas stand in double quotes, a first line ``data,model`` is a heading.

    Returns:
        {data class name: model class name}.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a line has not two names, or a data class appears twice.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"expected a class map, got no file at {path}; check the path")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"expected a class map in UTF-8, got other bytes in {path}: {error}") from error
    pairs = _json_pairs(text, path) if path.suffix.lower() == ".json" else _csv_pairs(text, path)
    repeated = [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]
    if repeated:
        raise ValueError(f"expected every data class once in {path}, got repeated ones: {_listed(repeated)}")
    if not pairs:
        raise ValueError(f"expected lines `data class,model class` in {path}, got none")
    return dict(pairs)


def _csv_pairs(text: str, path: Path) -> list[tuple[str, str]]:
    pairs = []
    for number, row in enumerate(csv.reader(text.splitlines()), start=1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or (number == 1 and tuple(cells) == _HEADER):
            continue
        if len(cells) != 2 or not all(cells):
            raise ValueError(f"expected `data class,model class` in line {number} of {path}, got {','.join(row)!r}")
        pairs.append((cells[0], cells[1]))
    return pairs


def _json_pairs(text: str, path: Path) -> list[tuple[str, str]]:
    try:
        pairs = json.loads(text, object_pairs_hook=list)
    except json.JSONDecodeError as error:
        raise ValueError(f"expected one JSON object in {path}, got: {error}") from error
    if not isinstance(pairs, list) or not all(isinstance(one, tuple) and isinstance(one[1], str) for one in pairs):
        raise ValueError(f"expected one JSON object from data class to model class in {path}, texts both")
    return [(name, value) for name, value in pairs]
