"""What every change of a moment answers: its new version, in the body and as ETag."""

from fastapi import Response

from chassis.http.etags import etag
from services.moments.moments.api.schemas import ChangedOut
from services.moments.moments.domain.moment import Moment


def changed(moment: Moment, response: Response) -> ChangedOut:
    """The answer to a change."""
    response.headers["ETag"] = etag(moment.version)
    return ChangedOut(moment_id=moment.id, version=moment.version, state=moment.state.value)
