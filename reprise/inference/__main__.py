"""Serve a model without a store or a run, as its image does: `python -m reprise.inference`."""

import argparse
import sys

from reprise.runtime import level


def main() -> int:
    """Serve until told to end; return the exit status."""
    level.take_on()  # before NumPy is imported
    from reprise.errors import RepriseError
    from reprise.inference.access_log import LOGS
    from reprise.inference.http_server import listen, serve
    from reprise.inference.load import load_model
    from reprise.tracking.uris import is_model_uri

    parser = argparse.ArgumentParser(prog="reprise.inference", description=__doc__)
    parser.add_argument("--model", default="/model", help="folder of the model, or a model URI")
    parser.add_argument("--host", default="0.0.0.0", help="address to listen on")
    parser.add_argument("--port", type=int, default=9696, help="port to listen on")
    parser.add_argument("--workers", type=int, default=1, help="processes that serve")
    parser.add_argument("--max_megabytes", type=int, default=16, help="largest body of a request")
    parser.add_argument(
        "--access_log", choices=LOGS, default="none", help="how requests are logged"
    )
    options = parser.parse_args()
    try:
        with listen(options.host, options.port) as address:
            loaded = load_model(options.model, store=is_model_uri(options.model))
            print(f"serving {options.model} on {options.host}:{options.port}", flush=True)
            serve(loaded, address, options.workers, options.max_megabytes, options.access_log)
    except RepriseError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
