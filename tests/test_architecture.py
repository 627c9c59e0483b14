"""The house rules that a machine can check: who imports whom, what files are called, how long they are."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LEAVES = ("xai", "robustness", "reports")
PACKAGES = (*LEAVES, "benchmarks")
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "base", "core"}


def sources() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def imported_packages(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_there_is_something_to_check() -> None:
    assert {path.parts[len(ROOT.parts)] for path in sources()} == set(PACKAGES)


@pytest.mark.parametrize("path", [p for leaf in LEAVES for p in sorted((ROOT / leaf).rglob("*.py"))], ids=name_of)
def test_leaves_import_no_sibling(path: Path) -> None:
    own = path.relative_to(ROOT).parts[0]
    siblings = set(PACKAGES) - {own}
    assert not siblings & {name.split(".")[0] for name in imported_packages(path)}


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_shape_of_files(path: Path) -> None:
    relative = path.relative_to(ROOT)
    assert path.stem not in FORBIDDEN_NAMES
    assert len(relative.parts) <= 3, "package / file, or package / method / file; no deeper"
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 350
    tree = ast.parse("\n".join(lines))
    assert ast.get_docstring(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            length = (node.end_lineno or 0) - body[0].lineno + 1 if body else 0
            assert length <= 50, f"{node.name} has {length} lines"


@pytest.mark.parametrize("path", [p for p in sources() if p.name == "__init__.py"], ids=name_of)
def test_init_files_hold_no_logic(path: Path) -> None:
    allowed = (ast.Expr, ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert all(isinstance(node, allowed) for node in tree.body)


def mirrored(path: Path) -> Path:
    relative = path.relative_to(ROOT)
    return ROOT / "tests" / relative.parent / f"test_{relative.name}"


@pytest.mark.parametrize("path", [p for p in sources() if p.name not in {"__init__.py", "__main__.py"}], ids=name_of)
def test_every_module_has_its_test(path: Path) -> None:
    assert mirrored(path).exists(), f"expected {mirrored(path).relative_to(ROOT)}"


def test_every_test_has_its_module() -> None:
    for path in (ROOT / "tests").rglob("test_*.py"):
        relative = path.relative_to(ROOT / "tests")
        if len(relative.parts) > 1:
            assert (ROOT / relative.parent / relative.name.removeprefix("test_")).exists(), relative


def test_tests_are_packages() -> None:
    for folder in {path.parent for path in (ROOT / "tests").rglob("test_*.py")}:
        assert (folder / "__init__.py").exists(), folder


def test_only_benchmarks_reads_the_zoo_and_only_reports_draws() -> None:
    for path in sources():
        tops = {name.split(".")[0] for name in imported_packages(path)}
        own = path.relative_to(ROOT).parts[0]
        assert "timm" not in tops or own == "benchmarks", path
        assert not tops & {"matplotlib", "seaborn"} or own == "reports", path


def test_every_import_goes_one_way() -> None:
    """No cycle between modules, at module level."""
    modules = {".".join(p.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): p for p in sources()}
    edges = {
        name: {i for i in _top_level_imports(path) if i in modules and i != name} for name, path in modules.items()
    }
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail, name))
        if name in done:
            return
        for target in edges[name]:
            if not name.startswith(f"{target}."):  # a module may name its own package
                visit(target, (*trail, name))
        done.add(name)

    for name in modules:
        visit(name, ())


def _top_level_imports(path: Path) -> Iterator[str]:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
