"""`petwidgets serve`: the dashboard."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from petwidgets.common import limits, processes

if TYPE_CHECKING:
    import argparse


def serve_dashboard(options: argparse.Namespace) -> int:
    """Serve the dashboard until Ctrl-C."""
    from petwidgets.server.address import TOKEN, Address
    from petwidgets.server.capacity import Limits
    from petwidgets.server.serve import serve

    if options.token:
        processes.hide_option("--token", options.token, TOKEN)
    # Child processes inherit the environment of this process.
    options_given = ((limit, getattr(options, limit.key)) for limit in limits.LIMITS)
    os.environ.update(limits.variables(options_given))
    place = Address(
        options.host,
        options.port,
        options.token or os.environ.get(TOKEN, ""),
        options.base_url,
        tuple(options.allow_host),
        options.no_token,
    )
    room = Limits(options.max_kernels, options.max_per_address, options.kernel_mb)
    return serve(place, engine=options.engine, days=options.keep_days, limits=room)
