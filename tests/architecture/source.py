"""The repository as modules that can be asked what they import, define and call."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("contracts", "chassis", "services")
EVERYTHING = (*PRODUCT, "deploy", "bench", "tests")


@dataclass(frozen=True)
class Module:
    """One Python file: its path in the repository and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def is_test(self) -> bool:
        """Whether it is a test or belongs to tests."""
        return "tests" in self.path.split("/")[:-1]

    @property
    def parts(self) -> Sequence[str]:
        return self.path.split("/")

    @cached_property
    def nodes(self) -> Sequence[ast.AST]:
        return list(ast.walk(self.tree))

    @cached_property
    def imports(self) -> Sequence[tuple[int, str]]:
        """Line and full name of everything imported; `from a import b` is `a.b`."""
        found: list[tuple[int, str]] = []
        for node in self.nodes:
            if isinstance(node, ast.Import):
                found += [(node.lineno, alias.name) for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                found += [(node.lineno, f"{node.module}.{alias.name}") for alias in node.names]
        return found

    @property
    def classes(self) -> Iterator[ast.ClassDef]:
        return (node for node in self.nodes if isinstance(node, ast.ClassDef))

    @property
    def calls(self) -> Iterator[tuple[ast.Call, str]]:
        """Each call with what is called, as written."""
        return ((node, ast.unparse(node.func)) for node in self.nodes if isinstance(node, ast.Call))


def modules(*folders: str, root: Path = ROOT) -> list[Module]:
    """Every module below the folders, in order."""
    files = [file for folder in folders for file in sorted((root / folder).rglob("*.py"))]
    return [Module(file.relative_to(root).as_posix(), file.read_text("utf-8")) for file in files]


def services(root: Path = ROOT) -> list[Path]:
    """The folders of services that have code."""
    return sorted(folder for folder in (root / "services").iterdir() if list(folder.glob("*.py")))
