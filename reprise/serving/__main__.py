"""Serve a model without a store or a run, as its image does: `python -m reprise.serving`."""

import argparse
import sys

from reprise.errors import RepriseError
from reprise.loading import load_model
from reprise.serving.server import listen, serve


def main() -> int:
    """Serve until told to end; return the exit status."""
    parser = argparse.ArgumentParser(prog="reprise.serving", description=__doc__)
    parser.add_argument("--model", default="/model", help="folder of the model, or a model URI")
    parser.add_argument("--host", default="0.0.0.0", help="address to listen on")
    parser.add_argument("--port", type=int, default=9696, help="port to listen on")
    parser.add_argument("--workers", type=int, default=1, help="processes that serve")
    parser.add_argument("--max_megabytes", type=int, default=16, help="largest body of a request")
    options = parser.parse_args()
    try:
        with listen(options.host, options.port) as address:
            loaded = load_model(options.model)
            print(f"serving {options.model} on {options.host}:{options.port}", flush=True)
            serve(loaded, address, options.workers, options.max_megabytes)
    except RepriseError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
