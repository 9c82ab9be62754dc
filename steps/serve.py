"""Entry point serve: a model behind HTTP, until it is told to end."""

from steps import parameters
from steps.command import step
from steps.echo import say


@step("serve", reusable=False, serves=True)
@parameters.any_model
@parameters.option("host", "127.0.0.1", str, "address to listen on; 0.0.0.0: every one")
@parameters.option("port", 9696, parameters.whole(0, 65535), "port to listen on; 0: a free one")
@parameters.option(
    "workers", 1, parameters.whole(1, 1024), "processes that serve, each with the model"
)
@parameters.option("max_megabytes", 16, parameters.whole(1, 1024), "largest body of a request")
@parameters.option(
    "access_log",
    "none",
    parameters.OneOf("none", "json"),
    "json: a line on standard output for each request; or none",
)
@parameters.trust
def command(
    model: str,
    host: str,
    port: int,
    workers: int,
    max_megabytes: int,
    access_log: str,
    trust: str,
) -> None:
    """Serve a model: MLflow's scoring protocol on /invocations, JSON records on /predict."""
    import mlflow

    from reprise.inference.http_server import listen, serve
    from reprise.inference.load import load_model
    from reprise.registry.trust import trusted

    with listen(host, port) as address:
        loaded = load_model(model, digest=trusted(model, trust))
        if loaded.note:
            say(loaded.note)
        mlflow.set_tags(loaded.tags)
        shown = f"[{host}]" if ":" in host else host
        say(f"serving {loaded.uri} on http://{shown}:{address.getsockname()[1]}")
        serve(loaded, address, workers, max_megabytes, access_log)
    say("ended")


if __name__ == "__main__":
    command()
