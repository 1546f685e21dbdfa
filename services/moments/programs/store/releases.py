"""Releases on disk: one document per version of a program, its content beside what lists need."""

from collections.abc import Sequence
from typing import ClassVar

from pydantic import TypeAdapter

from chassis.mongo import Document
from chassis.repository import Repository
from chassis.sealing import Sealer
from contracts.moments import NoticeTextPublished
from services.moments.programs.domain.program import Program
from services.moments.programs.domain.release import Release, ReleaseState
from services.moments.units.domain.unit import care_giver_of

_CONTENT = TypeAdapter(Program)


class Releases(Repository[Release]):
    collection: ClassVar[str] = "releases"
    noun: ClassVar[str] = "program version"

    def to_document(self, aggregate: Release, sealer: Sealer | None) -> Document:
        program = aggregate.program
        return {
            "program": program.code,
            "program_version": program.version,
            "state": aggregate.state.value,
            "owner_unit": aggregate.owner_unit,
            "owner_care_giver": care_giver_of(aggregate.owner_unit),
            "approved_for": None if aggregate.approved_for is None else sorted(aggregate.approved_for),
            "was_in_care": aggregate.was_in_care,
            "uploaded_by": aggregate.uploaded_by,
            "uploaded_at": aggregate.uploaded_at,
            "published_by": aggregate.published_by,
            "published_at": aggregate.published_at,
            "unpublished_at": aggregate.unpublished_at,
            "regions": sorted(aggregate.regions),
            "from_region": aggregate.from_region,
            "is_open": program.openness is not None,
            "content": _CONTENT.dump_python(program, mode="json"),
        }

    def from_document(self, document: Document, sealer: Sealer | None) -> Release:
        program = _CONTENT.validate_python(document["content"])
        approved, state = document["approved_for"], ReleaseState(document["state"])
        return Release(
            id=program.id,
            program=program,
            owner_unit=document["owner_unit"],
            uploaded_by=document["uploaded_by"],
            uploaded_at=document["uploaded_at"],
            state=state,
            approved_for=None if approved is None else frozenset(approved),
            # Documents from before the field was kept: what was unpublished is taken to have been in care.
            was_in_care=document.get(
                "was_in_care", state in {ReleaseState.PUBLISHED, ReleaseState.UNPUBLISHED}
            ),
            published_by=document["published_by"],
            published_at=document["published_at"],
            unpublished_at=document["unpublished_at"],
            regions=frozenset(document.get("regions", ())),
            from_region=document.get("from_region"),
            version=document["version"],
            position=document["position"],
        )

    async def save(self, aggregate: Release) -> None:
        """Save it; what its designer wrote for residents' inboxes is told as soon as moments may run on it (R186)."""
        await super().save(aggregate)
        if aggregate.is_startable(in_practice=True):
            for words in aggregate.program.notice_texts:
                said = NoticeTextPublished(
                    text_id=words.id,
                    heading=words.heading,
                    body=words.text,
                    published_at=aggregate.published_at or self._work.now,
                )
                self._work.say(said, about=words.id)

    async def versions(self, program: str) -> Sequence[Release]:
        """Every version of the program, published or not; not kept for saving."""
        return await self.query({"program": program})
