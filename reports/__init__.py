"""What an audit looks like: records on disk, tables, plots, galleries and one self-contained page.

This package shows and never computes: every figure arrives in a tidy frame with its interval.
"""

from reports.figures import draw_figures
from reports.gallery import Gallery, Picture, Strip, read_galleries, write_gallery
from reports.page import render_page, write_page
from reports.records import read_records, read_run, write_atomically, write_records, write_run
from reports.reference import read_reference
from reports.tables import read_tables, write_tables

__all__ = [
    "Gallery",
    "Picture",
    "Strip",
    "draw_figures",
    "read_galleries",
    "read_records",
    "read_reference",
    "read_run",
    "read_tables",
    "render_page",
    "write_atomically",
    "write_gallery",
    "write_page",
    "write_records",
    "write_run",
    "write_tables",
]
