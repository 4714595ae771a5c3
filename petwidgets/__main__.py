"""`python -m petwidgets` is the command line, also where no script is on the path."""

import sys

from petwidgets.cli import main

if __name__ == "__main__":
    sys.exit(main())
