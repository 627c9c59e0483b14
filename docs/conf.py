"""How the site is built: Markdown pages, and a reference made from docstrings, with nothing fetched from anywhere."""

import ast
import re
from pathlib import Path

from sphinx.application import Sphinx

project = "classifier-audit"
root_doc = "index"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]

myst_heading_anchors = 3

# A module shows what its `__all__` names, from wherever it comes.
autodoc_default_options = {"members": True, "undoc-members": True, "no-value": True}
autodoc_typehints = "signature"
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


def _escape_bars(_app: Sphinx, _what: str, _name: str, _object: object, _options: object, lines: list[str]) -> None:
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


def _list_the_rest(_app: Sphinx, _document: str, source: list[str]) -> None:
    """Put every module that no page names where a page asks for them, so that a new one is never left out."""
    pages = (Path(__file__).parent / "reference").glob("*.md")
    named = {module for page in pages for module in _DIRECTIVE.findall(page.read_text("utf-8"))}

    def sections(match: re.Match[str]) -> str:
        modules = (module for module in _public_modules(match[1]) if module not in named)
        return "\n".join(f"## {one}\n\n```{{eval-rst}}\n.. automodule:: {one}\n```\n" for one in modules)

    source[0] = _THE_REST.sub(sections, source[0])


def setup(app: Sphinx) -> None:
    """Register what docstrings need."""
    app.connect("autodoc-process-docstring", _escape_bars, priority=900)  # after napoleon
    app.connect("autodoc-skip-member", _skip_fields)
    app.connect("source-read", _list_the_rest)
