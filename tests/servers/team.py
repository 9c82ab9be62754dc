"""What deploy/compose.yaml starts, as processes of this machine: PostgreSQL, S3, MLflow."""

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import yaml

from .processes import free_port, is_healthy, listens, running

ROOT = Path(__file__).resolve().parents[2]
SECRETS = (
    "POSTGRES_PASSWORD",
    "S3_ACCESS_KEY",
    "S3_SECRET_KEY",
    "MLFLOW_ADMIN_PASSWORD",
    "MLFLOW_SECRET_KEY",
)


def compose(name: str = "compose.yaml") -> dict[str, Any]:
    """The services of a compose file."""
    services: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / name).read_text())["services"]
    return services


@dataclass(frozen=True)
class Team:
    """A running server with accounts; `folder` holds all of it, `values` is its .env.

    `database` are the variables by which PostgreSQL's programs find and open the database,
    `certificate` is what its clients trust where it speaks TLS.
    """

    folder: Path
    port: int
    values: dict[str, str]
    database: dict[str, str]
    certificate: Path | None = None

    @property
    def uri(self) -> str:
        return f"{'https' if self.certificate else 'http'}://127.0.0.1:{self.port}"

    @property
    def admin(self) -> tuple[str, str]:
        return self.values["MLFLOW_ADMIN"], self.values["MLFLOW_ADMIN_PASSWORD"]

    def add_user(self, name: str) -> dict[str, str]:
        """Make an account; return the variables that its owner sets."""
        password = secrets.token_hex(12)
        answer = requests.post(
            f"{self.uri}/api/2.0/mlflow/users/create",
            auth=self.admin,
            timeout=30,
            verify=str(self.certificate) if self.certificate else True,
            json={"username": name, "password": password},
        )
        answer.raise_for_status()
        return {"MLFLOW_TRACKING_USERNAME": name, "MLFLOW_TRACKING_PASSWORD": password}


class Servers:
    """The three services, each with the command and variables that the compose file gives it.

    With a folder of cert.pem and key.pem, compose.tls.yaml has its say.
    """

    def __init__(self, folder: Path, tls: Path | None = None) -> None:
        self.folder, self.tls = folder, tls
        self.values = {name: secrets.token_hex(12) for name in SECRETS} | {"MLFLOW_ADMIN": "boss"}
        self.ports = {name: free_port() for name in ("postgres", "s3", "mlflow")}
        self.services = compose()

    def variables(self, service: str) -> dict[str, str]:
        """A service's environment as compose would fill it in, hosts and paths of this machine."""
        found = {}
        for name, text in self.services[service]["environment"].items():
            for key, value in self.values.items():
                text = text.replace(f"${{{key}:?set it in deploy/.env}}", value)
            found[name] = text
        if service == "mlflow" and self.tls:
            more = compose("compose.tls.yaml")["mlflow"]["environment"]
            found |= {name: text.replace("/tls", str(self.tls)) for name, text in more.items()}
        certificates = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
        kept = {
            name: os.environ[name] for name in ("PATH", "HOME", *certificates) if name in os.environ
        }
        return kept | found

    @property
    def database(self) -> dict[str, str]:
        """Where the database is, and who opens it."""
        variables = self.variables("mlflow")
        return {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.ports["postgres"]),
            "PGUSER": variables["PGUSER"],
            "PGPASSWORD": variables["PGPASSWORD"],
        }

    @contextmanager
    def postgres(self) -> Iterator[None]:
        """PostgreSQL with the account and database of the compose file."""
        variables, data = self.variables("postgres"), self.folder / "database"
        password = self.folder / "password"
        password.write_text(variables["POSTGRES_PASSWORD"])
        data.mkdir()
        as_postgres: list[str] = []
        if os.getuid() == 0:
            shutil.chown(data, "postgres", "postgres")
            as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
            for parent in data.parents[:-1]:
                parent.chmod(parent.stat().st_mode | 0o011)
            password.chmod(0o644)
        programs = max(Path("/usr/lib/postgresql").glob("*/bin"))
        subprocess.run(
            [
                *as_postgres,
                programs / "initdb",
                "--pgdata",
                data,
                "--auth=scram-sha-256",
                f"--username={variables['POSTGRES_USER']}",
                f"--pwfile={password}",
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd="/",
        )
        port = str(self.ports["postgres"])
        command = [
            *as_postgres,
            programs / "postgres",
            "-D",
            data,
            "-p",
            port,
            "-k",
            data,
            "-c",
            "listen_addresses=127.0.0.1",
        ]

        def ready() -> bool:
            asked = [programs / "pg_isready", "--quiet", "--host=127.0.0.1", f"--port={port}"]
            return subprocess.run(asked, check=False).returncode == 0

        with running(command, ready, self.folder / "postgres.log", folder=Path("/")):
            create = [programs / "createdb", variables["POSTGRES_DB"]]
            subprocess.run(create, env=self.database, check=True)
            yield

    @contextmanager
    def s3(self) -> Iterator[None]:
        """The S3 server, its /data in our folder."""
        shell, option, line = self.services["s3"]["entrypoint"]
        line = line.replace("/data", str(self.folder / "data"))
        line = line.replace(":9000", f"127.0.0.1:{self.ports['s3']}")
        variables = self.variables("s3")
        rclone = Path(sys.executable).parent
        variables["PATH"] = f"{rclone}:{variables['PATH']}"
        ready = lambda: listens(self.ports["s3"])  # noqa: E731
        with running([shell, option, line], ready, self.folder / "s3.log", variables):
            yield

    @contextmanager
    def mlflow(self, environment: Path) -> Iterator[Team]:
        """MLflow's server, from the environment of deploy/server/requirements.txt."""
        port = self.ports["mlflow"]
        changed = {"--host": "127.0.0.1", "--port": str(port)}
        command = [str(environment / "bin" / "mlflow")]
        for word in self.services["mlflow"]["command"][1:]:
            name, _, value = word.partition("=")
            command.append(f"{name}={changed.get(name, value)}" if value else word)
        variables = self.variables("mlflow") | {
            **self.database,
            "MLFLOW_S3_ENDPOINT_URL": f"http://127.0.0.1:{self.ports['s3']}",
            "MLFLOW_AUTH_CONFIG_PATH": str(ROOT / "deploy/server/auth.ini"),
            "MLFLOW_SERVER_ALLOWED_HOSTS": f"127.0.0.1:{port}",
        }
        variables["PATH"] = f"{environment / 'bin'}:{variables['PATH']}"
        log = self.folder / "mlflow.log"
        certificate = self.tls / "cert.pem" if self.tls else None
        ready = lambda: is_healthy(port, certificate)  # noqa: E731
        with running(command, ready, log, variables, self.folder):
            yield Team(self.folder, port, self.values, self.database, certificate)


@contextmanager
def team_server(folder: Path, environment: Path, tls: Path | None = None) -> Iterator[Team]:
    """All three, until the block ends."""
    servers = Servers(folder, tls)
    with ExitStack() as stack:
        stack.enter_context(servers.postgres())
        stack.enter_context(servers.s3())
        yield stack.enter_context(servers.mlflow(environment))
