"""docs/scoring-and-serving.md: what it says to type gives what it shows."""

import json
import re
import subprocess

from .conftest import ROOT
from .serving import serve


def test_curl_examples_in_the_pages_do_what_the_pages_show(shop, tmp_path):
    page = (ROOT / "docs" / "scoring-and-serving.md").read_text()
    section = page.partition("## Serve")[2].partition("\n## ")[0]
    examples = re.findall(
        r"^```sh\n(curl (?:(?!```).)+?)\n```\n\n```json\n(.+?)\n```$", section, re.M | re.S
    )
    assert len(examples) >= 3
    server = serve(shop, tmp_path / "log.txt", "models:/reprise@champion")
    try:
        for shown_command, shown in examples:
            command = shown_command.replace(":9696", f":{server.port}")
            done = subprocess.run(
                ["bash", "-c", command], capture_output=True, text=True, check=False, cwd=tmp_path
            )
            assert done.returncode == 0, done.stderr
            assert _without_numbers(done.stdout) == _without_numbers(shown), command
    finally:
        server.stop()


def _without_numbers(text: str) -> object:
    """An answer but for its predictions: the page's model is a tuned network."""
    return json.loads(text, parse_float=lambda digits: "a number")
