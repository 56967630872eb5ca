"""A report in each form that somebody asks for: for a person, for a page, for a pipeline.

Each is a pure function of the report. What a target said is never trusted: it is escaped for the form, and bounded.
"""

from collections.abc import Callable, Mapping
from typing import Final

from buckler.drill.report import Report
from buckler.drill.report_forms import ReportForm
from buckler.drill.reports.as_json import write_json
from buckler.drill.reports.html import write_html
from buckler.drill.reports.junit import write_junit
from buckler.drill.reports.markdown import write_markdown
from buckler.drill.reports.sarif import write_sarif
from buckler.drill.reports.terminal import summarise

FORMS: Final[Mapping[ReportForm, Callable[[Report], str]]] = {
    "terminal": summarise,
    "json": write_json,
    "sarif": write_sarif,
    "junit": write_junit,
    "html": write_html,
    "markdown": write_markdown,
}
"""By the name that `--format` knows it under."""
