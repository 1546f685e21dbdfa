"""import-linter keeps the layers, for the repository and for a small copy of it that breaks them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import ROOT


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-logo", "--no-cache"]
    command += ["--config", str(ROOT / ".importlinter")]
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def a_house(folder: Path, **changed: str) -> Path:
    sources = {
        "contracts/message.py": "",
        "chassis/work.py": "import contracts.message",
        "services/flags/domain/flag.py": "import chassis.work",
        "services/moments/app.py": "import chassis.work",
    }
    named = {path.replace("__", "/") + ".py": text for path, text in changed.items()}
    for path, text in (sources | named).items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    for package in ("services/flags", "services/flags/domain", "services/moments"):
        (folder / package / "__init__.py").touch()
    return folder


@pytest.mark.slow
def test_the_repository_keeps_its_import_contracts() -> None:
    done = lint(ROOT)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_a_house_in_order_is_left_alone(tmp_path: Path) -> None:
    done = lint(a_house(tmp_path))

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "text", "broken"),
    [
        ("services__flags__app", "import services.moments.app", "No service imports another"),
        ("chassis__outbox", "import services.flags.domain.flag", "nobody looks up"),
        ("contracts__extra", "import chassis.work", "nobody looks up"),
        ("contracts__wire", "import aiokafka", "Only the chassis talks to the broker"),
        ("contracts__files", "import yaml", "needs pydantic alone"),
    ],
)
def test_a_broken_import_contract_is_seen(tmp_path: Path, path: str, text: str, broken: str) -> None:
    done = lint(a_house(tmp_path, **{path: text}))

    assert done.returncode == 1
    assert any(broken in line and "BROKEN" in line for line in done.stdout.splitlines()), done.stdout
