"""What every change of a moment answers: its new version, in the body and as ETag, or why it was not made."""

from fastapi import Response

from chassis.http.etags import etag
from services.moments.moments.api.schemas import ChangedOut
from services.moments.moments.domain.errors import (
    MomentEndedError,
    MomentMaintainedError,
    MomentNotFoundError,
    StaleMomentError,
)
from services.moments.moments.domain.moment import Moment

# Why no change is made of a moment that has ended; and, of most, none in maintenance.
UNTIL_ITS_END = (MomentEndedError, MomentNotFoundError, StaleMomentError)
WHILE_ONGOING = (*UNTIL_ITS_END, MomentMaintainedError)


def changed(moment: Moment, response: Response) -> ChangedOut:
    """The answer to a change."""
    response.headers["ETag"] = etag(moment.version)
    return ChangedOut(moment_id=moment.id, version=moment.version, state=moment.state.value)
