"""`python -m reprise.warm stop`: end the warm servers of this project now, not after minutes."""

import sys

from reprise.warm.client import stop_servers

if __name__ == "__main__":
    if sys.argv[1:] != ["stop"]:
        sys.exit("usage: python -m reprise.warm stop")
    print(f"warm servers asked to end: {stop_servers()}")
