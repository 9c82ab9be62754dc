"""What names and values of a table hold is shown by a terminal, and not obeyed."""

from pathlib import Path

import pytest

from steps.command import execute_step

ROWS = "".join(f"{n},{('yes', 'no', 'NA')[n % 3]},{n / 8}\n" for n in range(60))


@pytest.mark.parametrize("target", ["y", "z"])
def test_control_characters_of_a_table_are_spelled(own_store, capsys, target):
    Path("table.csv").write_text(f"\x1b[2Ja,b\x1b]0;x\x07\x9b,y\n{ROWS}", encoding="utf-8")
    status = execute_step("prepare", ["--data", "table.csv", "--target", target])
    printed = capsys.readouterr()
    said = printed.out if target == "y" else printed.err
    assert status == (target != "y")
    assert r"\x1b]0;x\x07\x9b" in said
    assert not {"\x1b", "\x07", "\x9b"} & set(printed.out + printed.err)
