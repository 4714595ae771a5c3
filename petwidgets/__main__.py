"""Run the command line as `python -m petwidgets`, without a script on the path."""

import sys

if __name__ == "__main__":
    if "-m" in sys.orig_argv and not getattr(sys.flags, "safe_path", False):
        del sys.path[0]  # the working folder, where a script may be called as a module is
    from petwidgets.cli.main import main

    sys.exit(main())
