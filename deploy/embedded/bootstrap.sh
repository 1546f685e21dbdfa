#!/bin/sh
# Makes .venv from the lock, and does nothing when it is current. Needs Python 3.11 or newer with venv, no more.
# Everything it says goes to stderr: what a target prints on stdout is its result.
set -eu

cd "$(dirname "$0")/../.."
UV_VERSION=0.13.8
STAMP=.venv/.current

wanted=$(cat uv.lock pyproject.toml ./*/pyproject.toml services/*/pyproject.toml deploy/embedded/bootstrap.sh | cksum)
is_current() { [ -x .venv/bin/python ] && [ "$(cat $STAMP 2>/dev/null)" = "$wanted" ]; }
is_current && exit 0

fail() { echo "$1" >&2; exit 1; }
say() { echo "• $1" >&2; }

# Two targets at once (`make -j`) take turns.
if command -v flock >/dev/null; then
    mkdir -p .sob
    exec 9>.sob/bootstrap.lock
    flock 9
    is_current && exit 0
fi

python=
for candidate in python3 python3.13 python3.12 python3.11; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
[ -n "$python" ] || fail "Python 3.11 or newer is missing: install it (Debian: apt install python3 python3-venv)."
"$python" -c 'import venv, ensurepip' 2>/dev/null ||
    fail "Python's venv or pip is missing: install it (Debian: apt install python3-venv)."

if [ ! -x .venv/bin/python ]; then
    say "Making .venv with $("$python" --version)"
    "$python" -m venv .venv >&2 || fail "No virtual environment could be made in .venv: see above."
fi
uv=.venv/uv/bin/uv
if [ "$($uv --version 2>/dev/null | cut -d' ' -f2)" != "$UV_VERSION" ]; then
    say "Fetching uv $UV_VERSION"
    .venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip >&2
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --upgrade --target .venv/uv "uv==$UV_VERSION" >&2 ||
        fail "uv could not be fetched from PyPI: is there a network, or a mirror in pip's settings?"
fi
say "Installing the locked packages"
# The machine's own certificates: a hospital's network often has a proxy with one of its own.
UV_SYSTEM_CERTS=${UV_SYSTEM_CERTS:-true} UV_PYTHON_DOWNLOADS=never UV_PROJECT_ENVIRONMENT=.venv "$uv" sync --frozen --quiet --inexact --compile-bytecode \
    --python .venv/bin/python >&2 || fail "The locked packages could not be installed: see above."
# Draws PDFs; without it everything else works, and a PDF is answered with 503.
draws() { .venv/bin/python -W ignore -c 'import weasyprint' >/dev/null 2>&1; }
if ! draws && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "Installing libpango, which draws PDFs"
    { apt-get -qq update; DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core; } >/dev/null 2>&1 || true
fi
draws || say "No PDFs can be made: install libpango (Debian: apt install libpango-1.0-0 libpangoft2-1.0-0 fonts-dejavu-core)."
echo "$wanted" >$STAMP
