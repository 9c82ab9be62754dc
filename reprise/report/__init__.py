"""The report of a `main` run: one page that needs neither network nor server."""

from reprise.report.page import NAME, render
from reprise.report.result import Result

__all__ = ["NAME", "Result", "render"]
