"""Side doors of the project, beside its entry points.

`python -m reprise stop` ends its fork servers now, not after minutes; `open-store` makes the
tracking store ready before several programs use it at once; `ui [port]` shows it; `key <name>`
makes a pair of keys to sign versions with; `level` prints what `env` takes to start a program at
the level of instructions that everything here computes at, such as a worker of Dask.
"""

import sys


def main(arguments: list[str]) -> None:
    """Open one of the doors; exits with a line that names them where there is no such door."""
    match arguments:
        case ["stop"]:
            from reprise.runtime.fork_client import stop_servers

            print(f"fork servers asked to end: {stop_servers()}")
        case ["open-store"]:
            from reprise.tracking import store

            if not store.is_ready():
                store.open_store()
        case ["ui"]:
            _show("5000")
        case ["ui", port]:
            _show(port)
        case ["level"]:
            from reprise.runtime.level import as_arguments

            print(*as_arguments())
        case ["key", name]:
            _make_keys(name)
        case _:
            sys.exit("usage: python -m reprise stop | open-store | ui [port] | key <name> | level")


def _show(port: str) -> None:
    from reprise.tracking import ui

    ui.show(int(port) if port.isdecimal() else 0)


def _make_keys(name: str) -> None:
    from reprise.errors import RepriseError
    from reprise.provenance.signing import PUBLIC_OF_MODELS, make_pair
    from reprise.tracking.contract import SIGNING_KEY_VARIABLE

    try:
        private, public, keyid = make_pair(name)
    except RepriseError as error:
        sys.exit(f"error: {error}")
    print(f"key {keyid[:12]}: register signs with it after")
    print(f"  export {SIGNING_KEY_VARIABLE}={private}")
    print(f"keep that file secret, and give away {public}: verify and trust take it")
    print(f"and {public.with_suffix(PUBLIC_OF_MODELS)}: the tool of model-signing takes it")


if __name__ == "__main__":
    main(sys.argv[1:])
