"""The names of the forms of a report. The command knows them without waiting for what writes them."""

from typing import Literal

ReportForm = Literal["terminal", "json", "sarif", "junit", "html", "markdown"]
