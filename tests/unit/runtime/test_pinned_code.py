"""The files of the code are those that were read first, for imports too."""

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from reprise.runtime import pinned_code
from reprise.runtime.pinned_code import Pinned, files_changed_since, pin, pinned_files, take_over


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A small project, which is pinned for the test."""
    monkeypatch.setattr(pinned_code, "ROOT", tmp_path)
    monkeypatch.setattr(pinned_code, "PACKAGES", ("shelf",))
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    monkeypatch.syspath_prepend(tmp_path)
    folder = tmp_path / "shelf"
    folder.mkdir()
    for name, text in {
        "__init__.py": "",
        "first.py": "VALUE = 'old'\n",
        "page.html": "<p>",
        "table.csv": "a,b\n",
    }.items():
        (folder / name).write_text(text)
    (tmp_path / "requirements.txt").write_text("click==8\n")
    pinned_files.cache_clear()
    yield tmp_path
    pinned_files.cache_clear()
    for name in [name for name in sys.modules if name.partition(".")[0] == "shelf"]:
        del sys.modules[name]


def test_code_templates_and_lock_are_read_and_data_is_not(project):
    assert set(pinned_files()) == {
        "requirements.txt",
        "shelf/__init__.py",
        "shelf/first.py",
        "shelf/page.html",
    }


@pytest.mark.parametrize("compiled", [True, False])
def test_what_is_imported_later_is_what_was_read(project, compiled, monkeypatch):
    monkeypatch.setattr(sys, "meta_path", [f for f in sys.meta_path if not _pins(f)])
    pin()
    source = project / "shelf" / "first.py"
    source.write_text("VALUE = 'new and longer'\n")
    if compiled:  # as another process that imports the new file leaves it
        import py_compile

        py_compile.compile(str(source))
    module = import_module("shelf.first")
    assert module.VALUE == "old"
    assert module.__file__ == str(source)


def _pins(finder: object) -> bool:
    return isinstance(finder, pinned_code._Finder)


def test_what_was_saved_removed_or_added_since_is_named_and_a_touch_is_not(project):
    pinned_files()
    folder = project / "shelf"
    (folder / "__init__.py").touch()
    assert files_changed_since() == []
    (folder / "first.py").write_text("VALUE = 'new'\n")
    (folder / "page.html").unlink()
    (folder / "second.py").write_text("")
    assert files_changed_since() == ["shelf/first.py", "shelf/page.html", "shelf/second.py"]


def test_files_of_another_process_are_taken_over_and_modules_that_are_unlike_named(project):
    import_module("shelf.first")
    others = {**pinned_files(), "shelf/first.py": Pinned(b"VALUE = 'its own'", 0)}
    others["shelf/second.py"] = Pinned(b"VALUE = 'its second'", 0)
    assert take_over(pinned_files().copy()) == []
    assert take_over(others) == ["shelf/first.py"]
    assert pinned_files() == others
