"""Releases on disk: one document per version of a program, its content beside what lists need."""

from dataclasses import asdict
from typing import ClassVar

from chassis.mongo import Document
from chassis.repository import Repository
from chassis.sealing import Sealer
from services.moments.programs.domain.program import Module, Program, ProgramKind, Step
from services.moments.programs.domain.release import Release, ReleaseState


class Releases(Repository[Release]):
    collection: ClassVar[str] = "releases"
    noun: ClassVar[str] = "program version"

    def to_document(self, aggregate: Release, sealer: Sealer | None) -> Document:
        program = aggregate.program
        return {
            "program": program.code,
            "program_version": program.version,
            "state": aggregate.state.value,
            "uploaded_by": aggregate.uploaded_by,
            "uploaded_at": aggregate.uploaded_at,
            "published_by": aggregate.published_by,
            "published_at": aggregate.published_at,
            "content": asdict(program),
        }

    def from_document(self, document: Document, sealer: Sealer | None) -> Release:
        program = _program(document["content"])
        return Release(
            id=program.id,
            program=program,
            uploaded_by=document["uploaded_by"],
            uploaded_at=document["uploaded_at"],
            state=ReleaseState(document["state"]),
            published_by=document["published_by"],
            published_at=document["published_at"],
            version=document["version"],
            position=document["position"],
        )


def _program(content: Document) -> Program:
    modules = tuple(
        Module(**{**module, "steps": tuple(Step(**step) for step in module["steps"])})
        for module in content["modules"]
    )
    return Program(**{**content, "kind": ProgramKind(content["kind"]), "modules": modules})
