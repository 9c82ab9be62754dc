"""report.html: whole in one file, right for a failed main, and harmless whatever a table holds."""

import re
from pathlib import Path

from .conftest import Workplace


def page(workplace: Workplace) -> str:
    run = workplace.runs("main")[0]
    path = workplace.client.download_artifacts(run.info.run_id, "report.html")
    return Path(path).read_text(encoding="utf-8")


def test_the_report_shows_the_answer_and_loads_nothing_from_elsewhere(workplace):
    column = "<script>alert(1)</script>"
    table = workplace.folder / "table.csv"
    rows = [f"{n % 7},{n * 3 % 11},{n % 7 + n * 3 % 11 * 0.5}" for n in range(120)]
    table.write_text("\n".join([f"{column},b,target", *rows]))
    done = workplace.main("--data", str(table), "--models", "elasticnet", "--tune_model", "none")
    assert done.returncode == 0, done.stderr
    text = page(workplace)
    assert "is <strong>champion</strong>" in text
    assert column not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert text.count("data:image/png;base64,") == 3
    assert not re.findall(r'(?:src|href)="(?!data:)', text)
    assert len(text) < 3_000_000


def test_the_report_of_a_failed_main_says_why(workplace):
    assert workplace.main("--target", "tagret").returncode == 1
    text = page(workplace)
    assert "No model was registered. prepare: target must be a column of the table" in text
    assert "needs prepare" in text
