from pathlib import Path

import pyarrow as pa
import pytest

from benchmarks.parts import note_of, read_part, write_part

TABLE = pa.table({"name": ["a", "b"], "values": pa.array([[1.0, 2.0], None], type=pa.list_(pa.float32()))})


def test_a_part_comes_back_as_it_was(tmp_path: Path) -> None:
    write_part(TABLE, tmp_path / "part.parquet", "print", note="so it was")
    found = read_part(tmp_path / "part.parquet", "print")
    assert found is not None and found.to_pydict() == TABLE.to_pydict()
    assert note_of(found) == "so it was" and not note_of(TABLE)


@pytest.mark.parametrize("content", [None, b"", b"cut", b"flipped"])
def test_what_is_damaged_or_foreign_does_not_count(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "part.parquet"
    write_part(TABLE, path, "print")
    whole = path.read_bytes()
    if content is not None:
        path.write_bytes({b"": b"", b"cut": whole[:-9], b"flipped": whole[:8] + bytes(9) + whole[17:]}[content])
    assert read_part(path, "another" if content is None else "print") is None
    assert read_part(tmp_path / "nothing.parquet", "print") is None
