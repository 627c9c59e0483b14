"""How the site is built: Markdown pages, and a reference made from docstrings, with nothing fetched from anywhere."""

import ast
import inspect
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from itertools import pairwise
from pathlib import Path

from sphinx.application import Sphinx

project = "classifier-audit"
root_doc = "index"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]

myst_heading_anchors = 3

# A module shows what its `__all__` names, from wherever it comes.
autodoc_default_options = {"members": True, "undoc-members": True, "no-value": True}
autodoc_typehints = "signature"
autodoc_use_type_comments = False  # there are none, and looking for them parses every source again
add_module_names = False
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 100
napoleon_numpy_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True
napoleon_attr_annotations = False  # types stand in the signature
napoleon_custom_sections = ["Reference"]

html_theme = "furo"
html_title = "classifier-audit"
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_show_sphinx = False

_LITERAL = re.compile(r"(``.*?``)")


def _escape_bars(lines: list[str]) -> None:
    """Keep sizes such as |x - y| from being taken for substitutions, outside of literals and examples."""
    for place, line in enumerate(lines):
        if "|" in line and not line.lstrip().startswith((">>>", "...")):
            parts = _LITERAL.split(line)
            lines[place] = "".join(part if part.startswith("``") else part.replace("|", "\\|") for part in parts)


def _skip_fields(_app: Sphinx, what: str, _name: str, obj: object, skip: bool, _options: object) -> bool:  # noqa: FBT001
    """Leave out what docstrings of classes tell already: fields, and what dataclasses make of them."""
    return skip or (what == "class" and not (callable(obj) or isinstance(obj, (property, classmethod, staticmethod))))


_ROOT = Path(__file__).parents[1]
_DIRECTIVE = re.compile(r"^\.\. automodule:: ([\w.]+)$", re.MULTILINE)
_THE_REST = re.compile(r"^<!-- every module of (\w+) without a place of its own -->$", re.MULTILINE)


def _public_modules(package: str) -> list[str]:
    """The package itself, its packages and the modules beside them, as far as they have an ``__all__``."""
    found = []
    for path in sorted([*(_ROOT / package).glob("*.py"), *(_ROOT / package).glob("*/__init__.py")]):
        names = (node for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.Assign))
        if any(isinstance(target, ast.Name) and target.id == "__all__" for node in names for target in node.targets):
            found.append(".".join(path.relative_to(_ROOT).with_suffix("").parts).removesuffix(".__init__"))
    return found


def _constants(module: str) -> Iterator[str]:
    """Public names that are neither classes nor functions: autodoc leaves them out where they have no comment."""
    loaded = import_module(module)
    for name in loaded.__all__:
        value = getattr(loaded, name)
        if not (inspect.isclass(value) or inspect.isroutine(value) or hasattr(value, "__wrapped__")):
            yield name


@cache
def _said_in(path: Path) -> dict[str, str]:
    """The texts below assignments of a file, by the names that are assigned."""
    said: dict[str, str] = {}
    for node, below in pairwise(ast.parse(path.read_text("utf-8")).body):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", node)]
        held = (part for target in targets for part in (target.elts if isinstance(target, ast.Tuple) else [target]))
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            text = inspect.cleandoc(str(below.value.value))
            said = {part.id: text for part in held if isinstance(part, ast.Name)} | said
    return said


def _said_of(module: str, name: str) -> str:
    """The text below the constant's assignment, in the module or in a file of the package."""
    place = _ROOT / module.replace(".", "/")
    paths = sorted(place.glob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
    return next((_said_in(path)[name] for path in paths if name in _said_in(path)), "")


def _directives(module: str) -> str:
    """What shows a module: autodoc's directive, and one for each constant, which autodoc would give its type's text."""
    lines = [f".. automodule:: {module}"]
    for name in _constants(module):
        said = _said_of(module, name).splitlines()
        if said and not (_ROOT / module.replace(".", "/")).is_dir():
            continue  # autodoc finds what is said in the module itself
        _escape_bars(said)
        lines += ["", f".. py:data:: {name}", f"   :module: {module}", "", *(f"   {line}".rstrip() for line in said)]
    return "\n".join(lines)


def _complete(_app: Sphinx, _document: str, source: list[str]) -> None:
    """List every module that no page names where a page asks for them, and the constants of all."""
    pages = (Path(__file__).parent / "reference").glob("*.md")
    placed = {module for page in pages for module in _DIRECTIVE.findall(page.read_text("utf-8"))}

    def sections(match: re.Match[str]) -> str:
        modules = (module for module in _public_modules(match[1]) if module not in placed)
        return "\n".join(f"## {one}\n\n```{{eval-rst}}\n.. automodule:: {one}\n```\n" for one in modules)

    listed = _THE_REST.sub(sections, source[0])
    source[0] = _DIRECTIVE.sub(lambda match: _directives(match[1]), listed)


def setup(app: Sphinx) -> None:
    """Register what docstrings need."""
    app.connect("autodoc-process-docstring", lambda *event: _escape_bars(event[-1]), priority=900)  # after napoleon
    app.connect("autodoc-skip-member", _skip_fields)
    app.connect("source-read", _complete)
