"""petwidgets: image classification of 37 pet breeds as an instrument panel.

The public names stand in `__init__.pyi`. Each is imported when it is asked for: a worker of the
engine needs no widgets, and a page imports the panels that it shows.
"""

from importlib.metadata import version

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__version__ = version("petwidgets")
