"""What crosses the border inwards: field types, bodies, files, queries, and answers of others.

A public room: `from buckler.input import ...` takes any name of `__all__`.
"""

from buckler.input.archives import ArchiveLimits, examine_zip
from buckler.input.emails import Email
from buckler.input.exports import csv_cell
from buckler.input.file_names import FileName, content_disposition, file_name_of
from buckler.input.file_refusals import FileRefused
from buckler.input.file_store import FileStore
from buckler.input.keys import Identifier, Key, UuidKey
from buckler.input.models import FormModel, StrictModel
from buckler.input.moments import Moment
from buckler.input.numbers import Count, Finite, Int32, Int64, Money, Percent, money_of
from buckler.input.outbound import Outbound, OutboundError, OutboundFailed, OutboundRefused, Resolver
from buckler.input.passwords import Password, password_of
from buckler.input.pictures import Pictures
from buckler.input.query import Filters, Page, PageQuery, Pages, Sorting, contains, starts_with
from buckler.input.redrawn import Redrawn
from buckler.input.sanitised import Html, html_of
from buckler.input.served_uploads import ServedUploads
from buckler.input.texts import Line, Text, line_of, text_of
from buckler.input.uploads import Upload, Uploaded
from buckler.input.urls import ReturnPath, Url, url_of
from buckler.input.usernames import InvalidUsername, Username, username_key

__all__ = [
    "ArchiveLimits",
    "Count",
    "Email",
    "FileName",
    "FileRefused",
    "FileStore",
    "Filters",
    "Finite",
    "FormModel",
    "Html",
    "Identifier",
    "Int32",
    "Int64",
    "InvalidUsername",
    "Key",
    "Line",
    "Moment",
    "Money",
    "Outbound",
    "OutboundError",
    "OutboundFailed",
    "OutboundRefused",
    "Page",
    "PageQuery",
    "Pages",
    "Password",
    "Percent",
    "Pictures",
    "Redrawn",
    "Resolver",
    "ReturnPath",
    "ServedUploads",
    "Sorting",
    "StrictModel",
    "Text",
    "Upload",
    "Uploaded",
    "Url",
    "Username",
    "UuidKey",
    "contains",
    "content_disposition",
    "csv_cell",
    "examine_zip",
    "file_name_of",
    "html_of",
    "line_of",
    "money_of",
    "password_of",
    "starts_with",
    "text_of",
    "url_of",
    "username_key",
]
