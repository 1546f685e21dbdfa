"""Progress on disk: codes and times beside the moment, and what is said when something is completed."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from chassis.mongo import Document
from chassis.repository import Repository
from chassis.sealing import Sealer
from chassis.work import Work
from contracts.message import Message
from contracts.moments import ModuleCompleted, ProgramCompleted
from services.moments.moments.domain.progress import ModuleDone, Page, ProgramDone, Progress
from services.moments.timeline.store.entries import Recorder


class ProgressOfMoments(Repository[Progress]):
    collection: ClassVar[str] = "progress"
    noun: ClassVar[str] = "progress of"

    def __init__(self, work: Work) -> None:
        super().__init__(work)
        self._timeline = Recorder(work, "p")

    def to_document(self, aggregate: Progress, sealer: Sealer | None) -> Document:
        return {
            "moment": aggregate.id,
            "read": _rows(aggregate.read),
            "bookmarks": _rows(aggregate.bookmarks),
            "completed": sorted(aggregate.completed),
            "completed_at": aggregate.completed_at,
        }

    def from_document(self, document: Document, sealer: Sealer | None) -> Progress:
        return Progress(
            id=document["moment"],
            read=_pages(document["read"]),
            bookmarks=_pages(document["bookmarks"]),
            completed=set(document["completed"]),
            completed_at=document["completed_at"],
            version=document["version"],
            position=document["position"],
        )

    def messages(self, aggregate: Progress, event: Any) -> Iterable[Message]:
        self._timeline.record(aggregate.id, aggregate.version, event)
        match event:
            case ModuleDone():
                yield ModuleCompleted(moment_id=aggregate.id, module=event.module, at=event.at, by=event.by)
            case ProgramDone():
                yield ProgramCompleted(moment_id=aggregate.id, at=event.at, by=event.by)


def _rows(pages: Mapping[Page, datetime]) -> list[Document]:
    return [{"module": module, "step": step, "at": at} for (module, step), at in pages.items()]


def _pages(rows: Iterable[Document]) -> dict[Page, datetime]:
    return {(row["module"], row["step"]): row["at"] for row in rows}
