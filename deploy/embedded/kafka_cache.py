"""A broker's loaded classes kept in a file, so that the next broker starts in half the time.

Only a help: where the cache cannot be made, brokers start without it.
"""

import fcntl
import hashlib
from collections.abc import Callable
from pathlib import Path

from deploy.embedded.parts import Java, cache_dir


def startup_cache(java: Java, jars: str, record: Callable[[list[str]], None]) -> list[str]:
    """The options that use the cache, which the first who asks makes by `record` (some 5 s, once a machine)."""
    if not java.has_startup_cache:
        return []
    digest = hashlib.sha256(f"{Path(java.path).resolve()} {java.major} {jars}".encode()).hexdigest()[:12]
    cache = cache_dir() / f"kafka-{digest}.aot"
    if not cache.exists():
        cache.parent.mkdir(parents=True, exist_ok=True)
        with cache.with_suffix(".lock").open("w") as guard:
            fcntl.flock(guard, fcntl.LOCK_EX)
            if not cache.exists():
                scratch = cache.with_suffix(".new")
                record([f"-XX:AOTCacheOutput={scratch}"])
                # An empty file says: tried, in vain.
                scratch.touch()
                scratch.rename(cache)
    return [f"-XX:AOTCache={cache}"] if cache.stat().st_size else []
