"""The documents: no broken link, every method with what an auditor must know, every public name in the reference."""

import ast
import os
import re
import sys
import zlib
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.starting import forked

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
METHODS = sorted(set((DOCS / "methods").glob("*.md")) - {DOCS / "methods" / "index.md"})
SECTIONS = [
    "What it claims",
    "The formula",
    "What the number means",
    "What it does not prove",
    "Source",
    "Measured so far",
]
OPTIONS = ["--builder", "html", "--fail-on-warning", "--keep-going", "--quiet"]
LINK = re.compile(r"(?<!`)\[[^\]]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
THE_REST = re.compile(r"^<!-- every module of (\w+) without a place of its own -->$", re.MULTILINE)
DIRECTIVE = re.compile(r"^\.\. automodule:: ([\w.]+)$", re.MULTILINE)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def headings(page: Path) -> set[str]:
    """Anchors as GitHub and the site make them."""
    lines = re.findall(r"^#+ (.*)$", FENCED.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in lines}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(FENCED.sub("", page.read_text(encoding="utf-8"))):
        if target.startswith(("https://", "http://")):
            continue
        file, _, anchor = target.partition("#")
        aim = (page.parent / file).resolve() if file else page
        assert aim.exists(), target
        assert not anchor or anchor in headings(aim), target


@pytest.mark.parametrize("page", METHODS, ids=name_of)
def test_a_method_says_what_it_claims_and_what_it_does_not_prove(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert re.findall(r"^## (.*)$", FENCED.sub("", text), re.MULTILINE) == SECTIONS
    parts = dict(zip(SECTIONS, re.split(r"^## .*$", text, flags=re.MULTILINE)[1:], strict=True))
    assert "```text" in parts["The formula"]
    assert "https://" in parts["Source"] and "../reference/" in parts["Source"]
    assert "../results/" in parts["Measured so far"]


def test_every_page_can_be_reached_from_its_index() -> None:
    for folder in ("tutorials", "methods", "reference"):  # results are listed by the site as they come
        linked = set(LINK.findall((DOCS / folder / "index.md").read_text(encoding="utf-8")))
        assert {page.name for page in (DOCS / folder).glob("*.md")} - {"index.md"} <= linked


def public_names(path: Path) -> list[str]:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
            return list(ast.literal_eval(node.value))
    return []


@cache
def public_modules() -> dict[str, list[str]]:
    """What users import from: packages with an ``__all__``, and the modules beside them."""
    found = {}
    for top in ("xai", "robustness", "benchmarks", "reports"):
        for path in [*(ROOT / top).glob("*.py"), *(ROOT / top).glob("*/__init__.py")]:
            if names := public_names(path):
                found[".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")] = names
    return found


def test_the_reference_names_no_module_twice_and_leaves_none_out() -> None:
    texts = [page.read_text(encoding="utf-8") for page in (DOCS / "reference").glob("*.md")]
    shown = [module for text in texts for module in DIRECTIVE.findall(text)]
    rest = [package for text in texts for package in THE_REST.findall(text)]
    assert len(shown) == len(set(shown)) and set(shown) <= set(public_modules())
    assert sorted(rest) == ["benchmarks", "reports", "robustness", "xai"]  # the site lists what no directive names


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages, built with every warning an error."""
    for module in ("sphinx", "myst_parser", "furo"):
        if find_spec(module) is None:
            pytest.skip(f"{module} is not installed; the extra docs has it")
    folder, said = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("said") / "warnings"
    with forked(build, folder, said) as process:
        process.join()
    assert process.exitcode == 0, said.read_text()[-4000:]
    return folder


def build(folder: Path, said: Path) -> None:
    """What ``make docs`` does, in a process that has loaded the libraries."""
    from sphinx.cmd.build import build_main

    os.environ["MPLBACKEND"] = "agg"
    with said.open("w") as file, redirect_stdout(file), redirect_stderr(file):
        sys.exit(build_main([*OPTIONS, str(DOCS), str(folder)]))


def objects(site: Path) -> set[str]:
    """Names of everything that the site describes, from its inventory."""
    content = (site / "objects.inv").read_bytes()
    lines = zlib.decompress(content.split(b"\n", 4)[4]).decode().splitlines()
    return {line.split(" ", 1)[0] for line in lines if " py:" in line}


def test_the_site_describes_every_public_name_and_fetches_nothing(site: Path) -> None:
    described = objects(site)
    missing = {f"{m}.{name}" for m, names in public_modules().items() for name in names} - described
    assert not missing
    loaded = re.compile(r"<(?:script|img|link|iframe)\b[^>]*\b(?:src|href)=\"(?:https?:)?//[^\"]*\"")
    for page in site.rglob("*.html"):
        assert not loaded.search(page.read_text(encoding="utf-8")), page
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(?:@import|url\()\s*[\"']?(?:https?:)?//", sheet.read_text(encoding="utf-8")), sheet
