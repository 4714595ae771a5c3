"""petwidgets: image classification of 37 pet breeds as an instrument panel.

`__init__.pyi` lists the public names. Each is imported at its first use: a worker of the engine
needs no widgets, and a page imports only the panels that it shows.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__version__ = "0.1.0"
