"""What may be purged."""

import pytest

from services.retention.domain.moment import (
    ConfirmationMissingError,
    LinkedMomentsRemainError,
    MomentBeingPurgedError,
    MomentNotEndedError,
    Obstacle,
    State,
)
from services.retention.tests.builders import a_moment


@pytest.mark.rule("R308")
def test_an_ended_moment_can_be_purged() -> None:
    moment = a_moment()

    moment.begin_purge("pur-1", linked=0, confirmed=True)

    assert (moment.state, moment.purge_id) == (State.BEING_PURGED, "pur-1")


@pytest.mark.decision("D6", "D35")
def test_an_ongoing_moment_cannot_be_purged() -> None:
    moment = a_moment(ended=False)

    with pytest.raises(MomentNotEndedError):
        moment.begin_purge("pur-1", linked=0, confirmed=True)

    assert moment.state is State.ONGOING


@pytest.mark.decision("D6")
def test_a_purge_without_confirmation_is_refused() -> None:
    moment = a_moment()

    with pytest.raises(ConfirmationMissingError):
        moment.begin_purge("pur-1", linked=0, confirmed=False)

    assert moment.state is State.ENDED


@pytest.mark.rule("R313")
@pytest.mark.decision("D32")
def test_a_moment_that_others_continue_is_purged_after_them() -> None:
    moment = a_moment()

    with pytest.raises(LinkedMomentsRemainError):
        moment.begin_purge("pur-1", linked=1, confirmed=True)

    assert moment.obstacle(linked=1) is Obstacle.LINKED_MOMENTS_FIRST
    assert moment.obstacle(linked=0) is None


def test_a_moment_is_purged_once() -> None:
    moment = a_moment()
    moment.begin_purge("pur-1", linked=0, confirmed=True)

    with pytest.raises(MomentBeingPurgedError) as refused:
        moment.begin_purge("pur-2", linked=0, confirmed=True)

    assert refused.value.fields["purge_id"] == "pur-1"
    assert moment.obstacle(linked=0) is Obstacle.BEING_PURGED
