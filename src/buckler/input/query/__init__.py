"""Lists that strangers may sort, filter and page: a closed list of columns, values as parameters alone.

- What a request names, it names by our word for it: text from outside never becomes SQL (ASVS 1.2.4, 2.2.1).
- A page begins where the last one ended, by value; there is no OFFSET, so no page is dearer than the first.
- SQLAlchemy is an optional extra: the names stand without it, building one says what to install.
"""

from buckler.input.query.filters import Filters
from buckler.input.query.like import contains, starts_with
from buckler.input.query.pages import Page, PageQuery, Pages
from buckler.input.query.sorting import Sorting

__all__ = ["Filters", "Page", "PageQuery", "Pages", "Sorting", "contains", "starts_with"]
