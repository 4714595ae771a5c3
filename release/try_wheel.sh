#!/usr/bin/env bash
# Install a built wheel into an empty environment, outside of the clone and without torch, and use it:
# pip check, doctor, a photograph, a training, and a page. PYTHON chooses the interpreter.
#
#   release/try_wheel.sh dist/petwidgets-0.1.0-py3-none-any.whl
set -euo pipefail
wheel=$(realpath "$1")
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
unset PYTHONPATH
export PETWIDGETS_HOME=$place/home
cd "$place"

"${PYTHON:-python3}" -m venv venv
venv/bin/python -m pip install --quiet "petwidgets[app] @ file://$wheel"
venv/bin/python -m pip check
venv/bin/petwidgets doctor
venv/bin/python -m petwidgets --version
if venv/bin/python -c 'import torch' 2>/dev/null; then
  echo "torch came along with a light install" >&2
  exit 1
fi
examples=$(venv/bin/python -c 'from petwidgets.panels.classify import examples; print(examples.FOLDER)')
venv/bin/petwidgets classify "$examples"
venv/bin/petwidgets train --data sample --recipe baseline --limit-per-breed 5 --json

venv/bin/petwidgets serve --port "${PORT:-8866}" >serve.log 2>&1 &
server=$!
trap 'kill "$server"; wait "$server" || true; rm -rf "$place"' EXIT
venv/bin/python - "http://127.0.0.1:${PORT:-8866}/" <<'CODE'
import sys
import time
from urllib.request import urlopen

for _ in range(120):
    try:
        page = urlopen(sys.argv[1], timeout=60).read().decode()
        break
    except OSError:
        time.sleep(0.5)
else:
    sys.exit("the server does not answer")
assert "petwidgets" in page, page[:500]
print(f"The page has {len(page):,} characters.")
CODE
