"""Run a module that ends with the process that started it.

python -m petwidgets.common.child MODULE [ARGUMENT ...]
"""

from __future__ import annotations

import os
import runpy
import sys

from petwidgets.common import processes

if __name__ == "__main__":
    processes.go_with_parent(lambda: os._exit(1), os.environ.pop(processes.PARENT))
    sys.argv.pop(0)
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
