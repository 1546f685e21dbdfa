"""What day it is for the people of the region."""

from datetime import date

from chassis.work import Work


def today(work: Work) -> date:
    """The civil day where the region is (D50)."""
    return work.now.astimezone(work.region.zone).date()
