"""Import a module at its first use."""

from __future__ import annotations

import sys
import threading
from importlib import util
from types import ModuleType
from typing import Any

_loading = threading.RLock()


class _Waiting(ModuleType):
    """A module that loads at the first access to a name in it.

    A module of `importlib.util.LazyLoader` loads at the next `import` already, used or not.
    """

    def __getattr__(self, name: str) -> Any:
        spec = self.__spec__
        with _loading:
            if spec is not None and spec.loader is not None and "__path__" not in vars(self):
                self.__path__ = spec.submodule_search_locations or []
                spec.loader.exec_module(self)
        return super().__getattribute__(name)


def load_at_first_use(package: str) -> None:
    """Load a package at the first use of anything in it, unless it is imported already.

    A package that is not installed is ignored.
    """
    spec = None if package in sys.modules else util.find_spec(package)
    if spec is None:
        return
    sys.modules[package] = module = util.module_from_spec(spec)
    del module.__path__  # importing a submodule looks it up, and so loads the package
    module.__class__ = _Waiting
