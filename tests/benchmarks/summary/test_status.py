from benchmarks.summary.status import skipped, status

BAD = [("image-0005", None, "truncated"), ("image-0002", None, "empty")]


def test_every_record_is_counted(make_records, few):
    records = make_records(few, bad=[*BAD, ("image-0001", few[1], "nonfinite_logits")], models=["b", "a"])
    counts = status(records.sample(frac=1, random_state=1))
    assert counts["n"].sum() == len(records)
    assert counts["model"].is_monotonic_increasing
    first = counts[counts["model"] == "a"]
    assert first["condition_name"].drop_duplicates().tolist() == ["clean", "fog", "contrast"]
    clean = first[first["condition_kind"] == "clean"]
    assert list(zip(clean["status"], clean["n"], strict=True)) == [("ok", 58), ("empty", 1), ("truncated", 1)]
    fog = first[(first["condition_name"] == "fog") & (first["condition_severity"] == 2)]
    assert dict(zip(fog["status"], fog["n"], strict=True))["nonfinite_logits"] == 1


def test_skipped_images_are_listed_once(make_records, few):
    records = make_records(few, bad=[*BAD, ("image-0001", few[1], "nonfinite_logits")], models=["a", "b"])
    rows = skipped(records.sample(frac=1, random_state=2))
    assert rows["image_id"].tolist() == ["image-0002", "image-0005"]
    assert rows["status"].tolist() == ["empty", "truncated"]
    assert list(rows.columns) == ["image_id", "path", "status", "note"]


def test_without_clean_images_all_conditions_are_looked_at(make_records, few):
    records = make_records(few[1:], bad=[("image-0001", few[1], "truncated")])
    assert skipped(records)["image_id"].tolist() == ["image-0001"]
    assert skipped(make_records(few)).empty
