"""Pages of lists that are sorted by time."""

from datetime import datetime

from chassis.http.paging import After, MalformedCursorError, read_cursor


def after_time(cursor: str | None) -> After | None:
    """Where the page begins. Raises MalformedCursorError for a cursor of another list."""
    after = read_cursor(cursor)
    if after is not None and not isinstance(after.key, datetime):
        raise MalformedCursorError
    return after
