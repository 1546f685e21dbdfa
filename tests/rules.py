"""docs/rules.md, made from the sentences in docs/rules.yaml and from the marks on the tests.

`python -m tests.rules write` writes it, `check` compares. Marks are read from the source without importing it, so a
rule counts as built exactly when a test in the repository names it.
"""

import ast
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "docs" / "rules.yaml"
PAGE = ROOT / "docs" / "rules.md"
_KINDS = ("rule", "decision")

_HEAD = """# Rules

What the product is to do, and which tests show that it does. Made by `python -m tests.rules write` from
[rules.yaml](rules.yaml) and from the marks `@pytest.mark.rule` and `@pytest.mark.decision` of the tests.

`built`: a test carries its number; where a part of the sentence is not built, it says which. `not built`: none does,
with what it waits for where that is known. `outside`: not for software to keep, with the reason.
"""


@dataclass(frozen=True, slots=True)
class Rule:
    """One numbered sentence. `outside` is why no software keeps it, `waits` what it is not built without, if known.

    `lacks` is the part of the sentence that is not built of one that otherwise is.
    """

    number: str
    sentence: str
    outside: str | None = None
    waits: str | None = None
    lacks: str | None = None


@dataclass(frozen=True, slots=True, order=True)
class Proof:
    """A test that carries a number."""

    path: str
    name: str

    @property
    def link(self) -> str:
        """The test's sentence, leading to its file."""
        return f"[{self.name.removeprefix('test_').replace('_', ' ')}](../{self.path})"


def groups() -> Mapping[str, Sequence[Rule]]:
    """The rules by group, in order; the decisions are the last group."""
    content: dict[str, dict[str, Any]] = yaml.safe_load(SOURCE.read_text("utf-8"))
    return {name: [_rule(number, said) for number, said in rules.items()] for name, rules in content.items()}


@lru_cache(maxsize=1)
def known_numbers() -> frozenset[str]:
    """Every number a test may name."""
    return frozenset(rule.number for rules in groups().values() for rule in rules)


def _rule(number: str, said: str | dict[str, str]) -> Rule:
    if isinstance(said, str):
        return Rule(number, said)
    return Rule(number, **said)


def proofs(root: Path) -> Mapping[str, Sequence[Proof]]:
    """The tests below `tests/` and `services/` by the numbers they carry."""
    found: dict[str, list[Proof]] = defaultdict(list)
    files = [*root.glob("tests/**/test_*.py"), *root.glob("services/**/test_*.py")]
    for file in sorted(files):
        for name, numbers in marked(ast.parse(file.read_text("utf-8"))):
            for number in numbers:
                found[number].append(Proof(file.relative_to(root).as_posix(), name))
    return found


def marked(module: ast.Module) -> Iterator[tuple[str, Sequence[str]]]:
    """Each test of a module with the numbers of its own marks, its class's and its module's."""
    yield from _marked_in(module, _of_pytestmark(module))


def _marked_in(
    scope: ast.Module | ast.ClassDef, inherited: Sequence[str]
) -> Iterator[tuple[str, Sequence[str]]]:
    for node in scope.body:
        if isinstance(node, ast.ClassDef):
            yield from _marked_in(node, [*inherited, *_of_decorators(node), *_of_pytestmark(node)])
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield node.name, [*inherited, *_of_decorators(node)]


def _of_decorators(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    return [number for decorator in node.decorator_list for number in _numbers(decorator)]


def _of_pytestmark(scope: ast.Module | ast.ClassDef) -> list[str]:
    said = [node.value for node in scope.body if isinstance(node, ast.Assign) and _names_pytestmark(node)]
    return [number for value in said for call in ast.walk(value) for number in _numbers(call)]


def _names_pytestmark(node: ast.Assign) -> bool:
    return any(isinstance(target, ast.Name) and target.id == "pytestmark" for target in node.targets)


def _numbers(node: ast.AST) -> list[str]:
    if not isinstance(node, ast.Call) or ast.unparse(node.func) not in {
        f"pytest.mark.{kind}" for kind in _KINDS
    }:
        return []
    return [str(given.value) for given in node.args if isinstance(given, ast.Constant)]


def page(rules: Mapping[str, Sequence[Rule]], found: Mapping[str, Sequence[Proof]]) -> str:
    """The whole page; the first table counts the states of each group."""
    counts = ["| Group | built | not built | outside |", "|---|---:|---:|---:|"]
    tables: list[str] = []
    total: Counter[str] = Counter()
    for name, group in rules.items():
        states = Counter(_state(rule, found) for rule in group)
        total += states
        counts.append(_count(f"[{name}](#{_anchor(name)})", states))
        tables += ["", f"## {name}", "", "| Rule | Sentence | State | Tests |", "|---|---|---|---|"]
        tables += [_row(rule, found) for rule in group]
    return "\n".join([_HEAD, *counts, _count("**Total**", total), *tables, ""])


def _state(rule: Rule, found: Mapping[str, Sequence[Proof]]) -> str:
    if rule.number in found:
        return "built"
    return "outside" if rule.outside else "not built"


def _row(rule: Rule, found: Mapping[str, Sequence[Proof]]) -> str:
    state = _state(rule, found)
    why = {
        "built": rule.lacks and f"without {rule.lacks}",
        "outside": rule.outside,
        "not built": rule.waits and f"waits for {rule.waits}",
    }.get(state)
    told = f"{state}: {why}" if why else state
    tests = "<br>".join(proof.link for proof in sorted(set(found.get(rule.number, ()))))
    return f"| {rule.number} | {rule.sentence} | {told} | {tests} |"


def _count(name: str, states: Mapping[str, int]) -> str:
    return (
        "| " + " | ".join([name, *(str(states.get(s, 0)) for s in ("built", "not built", "outside"))]) + " |"
    )


def _anchor(name: str) -> str:
    return "".join(c for c in name.lower().replace(" ", "-") if c.isalnum() or c == "-")


def main(arguments: Sequence[str]) -> int:
    """0 when the page is written or right; 1 with one line when it is not."""
    fresh = page(groups(), proofs(ROOT))
    match arguments:
        case ["write"]:
            PAGE.write_text(fresh, "utf-8")
            return 0
        case ["check"]:
            if PAGE.exists() and PAGE.read_text("utf-8") == fresh:
                return 0
            print(
                "docs/rules.md is not what the tests say: run `python -m tests.rules write`.", file=sys.stderr
            )
            return 1
    print("usage: python -m tests.rules write|check", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
