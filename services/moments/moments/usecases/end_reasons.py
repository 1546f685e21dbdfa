"""Why a moment can end: the region's own list, or the reasons that are shipped (R299, R300, D51)."""

from collections.abc import Mapping

from services.moments.moments.domain.errors import EndReasonNotOfferedError
from services.moments.moments.domain.events import EndReason
from services.moments.wording import wording
from services.moments.work import MomentsWork


def end_reasons(work: MomentsWork) -> Mapping[str, str]:
    """What staff choose from, in order: what is kept, and what they read."""
    return work.region.end_reasons or {
        reason.value: wording(f"timeline-reason-{reason.value}") for reason in EndReason
    }


def must_be_offered(reason: str, work: MomentsWork) -> None:
    """Raises EndReasonNotOfferedError for what nobody here can choose."""
    offered = end_reasons(work)
    if reason not in offered:
        raise EndReasonNotOfferedError(reason, list(offered))
