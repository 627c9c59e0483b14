import matplotlib as mpl
import pytest

from reports.style import PALETTE, Look, house_style, looks, new_figure, plain_legend, short_names, shown, svg_bytes


def test_looks_follow_the_order_of_first_appearance():
    styles = looks(["b", "a", "b"])
    assert list(styles) == ["b", "a"]
    assert styles["b"] == Look(color=PALETTE[0], marker="o", line="-")


def test_many_models_stay_distinguishable():
    styles = looks(str(index) for index in range(20))
    assert len({(style.color, style.marker, style.line) for style in styles.values()}) == 20


def test_the_style_leaves_no_trace():
    before = dict(mpl.rcParams)
    with house_style():
        assert mpl.rcParams["svg.fonttype"] == "none"
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize(
    ("text", "expected"), [("short", "short"), ("a\nb\x00", "a�b�"), ("_x", " _x"), ("\u202eabc", "�abc")]
)
def test_shown_keeps_one_harmless_line(text, expected):
    assert shown(text) == expected


def test_shown_keeps_both_ends_of_long_names():
    line = shown("vit_small_patch16_224.augreg_in21k_ft_in1k", 20)
    assert len(line) == 20
    assert line.startswith("vit_small")
    assert line.endswith("_in1k")


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["resnet50", "resnet18"], ["resnet50", "resnet18"]),
        (["net (runs/old/alpha/best)", "net (runs/old/beta/best)"], ["net …alpha", "net …beta"]),
        (["a" * 30, "a" * 40], ["aaaa…aaaaa…aaaaa", "aaaaaaa…aaaa #2"]),
        ([], []),
    ],
)
def test_short_names_keep_what_tells_names_apart(names, expected):
    assert short_names(names, 16) == dict(zip(names, expected, strict=True))


def test_no_two_short_names_are_alike():
    names = [f"vit_base_patch16_224.{one}_in21k_ft_in1k" for one in ("augreg", "augreg2", "orig", "mae", "x" * 50)]
    short = short_names([*names, "resnet50", *names], 22)
    assert list(short) == [*names, "resnet50"]
    assert len(set(short.values())) == 6
    assert max(map(len, short.values())) <= 22


@pytest.mark.parametrize("text", ["$x_1$ and $", "$\\frac{", "汉字 عربى", "<img src=x onerror=alert(1)>", "a & b"])
def test_any_text_renders_as_text(text):
    def draw() -> bytes:
        with house_style():
            figure = new_figure((3, 2))
            ax = figure.subplots()
            ax.set_title(shown(text), parse_math=False)
            ax.plot([0, 1], [0, 1], label=shown(text))
            plain_legend(ax.legend())
            return svg_bytes(figure, text)

    svg = draw().decode()
    assert "<img" not in svg
    assert svg == draw().decode()
    assert "dc:date" not in svg
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert svg.count(escaped) >= 2
