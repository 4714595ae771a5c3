# ruff: noqa: INP001 - it is read by JupyterHub, and imported by nobody
"""A JupyterHub whose users get the dashboard, each in a server of their own.

Used with `jupyterhub -f docs/jupyterhub_config.py`; see docs/jupyterhub.md.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

c = get_config()  # noqa: F821 - JupyterHub supplies it

NOTEBOOK = Path(__file__).resolve().parents[1] / "app.ipynb"

c.JupyterHub.bind_url = "http://127.0.0.1:8000"

# For a trial on one machine: whoever comes is believed, and all servers run as one user of the
# system. A hub that others reach needs an authenticator and a spawner that keep people apart.
c.JupyterHub.authenticator_class = "dummy"
c.JupyterHub.spawner_class = "simple"
c.Authenticator.allow_all = True
c.Authenticator.username_pattern = "[a-z][a-z0-9-]*"  # a name becomes a folder
c.SimpleLocalProcessSpawner.home_dir_template = str(Path.home() / "petwidgets-hub" / "{username}")

# The dashboard comes first; JupyterLab is at /user/NAME/lab.
c.Spawner.cmd = [sys.executable, "-m", "jupyterhub.singleuser"]
c.Spawner.default_url = "/voila/render/app.ipynb"
c.Spawner.notebook_dir = "~"
c.Spawner.http_timeout = 120

c.Spawner.environment = {
    # One engine for all where there is an address, else one for each page, a gigabyte each.
    "PETWIDGETS_ENGINE": os.environ.get("PETWIDGETS_ENGINE", "local"),
    # Here a page has one visitor, its user, who may look at folders and keep runs.
    "PETWIDGETS_VISITORS": "0",
}


def give_notebook(spawner: Any) -> None:
    """A copy of the notebook for each user, to change at will."""
    home = Path(spawner.home_dir)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (home / NOTEBOOK.name).exists():
        shutil.copy(NOTEBOOK, home)


c.Spawner.pre_spawn_hook = give_notebook
