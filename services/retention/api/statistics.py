"""GET /statistics, as JSON and as CSV: counts of a period for the region's administrators."""

import csv
import io
from typing import Annotated, Any

from fastapi import Query, Response
from pydantic import Field

from chassis.http.identity import Staff
from chassis.http.permissions import NeedsAdministrator
from chassis.http.refusals import refuses
from chassis.http.routing import Router
from chassis.http.schema import Day, Schema
from chassis.service import UnitsOf
from services.retention.domain.statistics import Figures
from services.retention.usecases.read_statistics import EmptyPeriodError, read_statistics

router = Router(tags=["statistics"])
Administrator = Annotated[Staff, NeedsAdministrator()]
First = Annotated[Day, Query(alias="from", description="The first day.")]
End = Annotated[Day, Query(alias="to", description="The first day after the period.")]
Program = Annotated[str | None, Query(min_length=1, max_length=64)]

_COLUMNS = ("program_id", "started", "ended", "ongoing", "share_ended")


class FiguresRow(Schema):
    """Weekdays begin with Monday."""

    started: int
    ended: int
    ongoing: int = Field(description="At the end of the period.")
    share_ended: float | None = Field(description="Ended divided by started.")
    started_by_weekday: list[int]
    ended_by_weekday: list[int]


class ProgramRow(FiguresRow):
    program_id: str


class Statistics(Schema):
    total: FiguresRow
    programs: list[ProgramRow]


@router.get("/statistics", summary="Started, ended and ongoing moments of a period, in all and per program")
@refuses(EmptyPeriodError)
async def statistics(
    caller: Administrator, units: UnitsOf, first: First, end: End, program: Program = None
) -> Statistics:
    total, programs = await units.run(caller, lambda work: read_statistics(first, end, program, work))
    return Statistics(
        total=FiguresRow(**_row(total)),
        programs=[ProgramRow(program_id=name, **_row(each)) for name, each in programs.items()],
    )


@router.get(
    "/statistics.csv",
    summary="The same per program as CSV",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
@refuses(EmptyPeriodError)
async def statistics_csv(
    caller: Administrator, units: UnitsOf, first: First, end: End, program: Program = None
) -> Response:
    _, programs = await units.run(caller, lambda work: read_statistics(first, end, program, work))
    text = io.StringIO()
    lines = csv.writer(text, delimiter=";", lineterminator="\r\n")
    lines.writerow(_COLUMNS)
    for name, each in programs.items():
        share = "" if each.share_ended is None else f"{each.share_ended:.3f}".replace(".", ",")
        lines.writerow((name, each.started, each.ended, each.ongoing, share))
    # With a byte order mark and semicolons, as Swedish spreadsheets expect them (D33).
    return Response(
        text.getvalue().encode("utf-8-sig"),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="statistics_{first}_{end}.csv"'},
    )


def _row(figures: Figures) -> dict[str, Any]:
    return {
        "started": figures.started,
        "ended": figures.ended,
        "ongoing": figures.ongoing,
        "share_ended": figures.share_ended,
        "started_by_weekday": figures.started_by_weekday,
        "ended_by_weekday": figures.ended_by_weekday,
    }
