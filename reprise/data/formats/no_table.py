"""What often lies where a table should be: said as what it is, with the way out."""

import re

from reprise.data.formats.text_encoding import start_as_utf8
from reprise.errors import RepriseError

_WAYS_OUT = (
    (rb"version https://git-lfs\.github\.com", "a Git LFS pointer", "run `git lfs pull` there"),
    (rb"(?i)\s*(<!doctype html|<html|<!--)", "a web page", "download the table itself, signed in"),
    (rb"(?i)\s*<stata_dta>|<stata", "a Stata file", "export it as Parquet"),
    (rb"(?i)\s*<svg", "a picture", "name a table"),
    # A root that holds elements: names of columns may be tags too, but those hold text.
    (rb"(?i)\s*<\?xml|\s*<[a-z][\w:.-]*(\s[^<>]*)?>\s*<", "an XML document", "export it as CSV"),
    (rb"\s*[\w$.]+\(\s*[\[{]", "JSON within a call (JSONP)", "take the call away"),
    (rb"%PDF-", "a PDF", "export its table as CSV"),
    (rb"\x89PNG|\xff\xd8\xff|GIF8|II\*\x00|MM\x00\*|RIFF....WEBP", "a picture", "name a table"),
    (rb"SQLite format 3\x00", "an SQLite database", "name it as sqlite:///<path>, with a query"),
    (rb"\x89HDF", "an HDF5 file", "export it as Parquet"),
    (rb"\x80[\x02-\x05]", "a pickle, which would run code", "save the table as Parquet"),
    (rb"\{\\rtf", "a text document", "export its table as CSV"),
    (rb"\$FL[23]", "an SPSS file", "export it as Parquet"),
    (rb"\0{12}\xc2\xea\x81\x60", "a SAS file", "export it as Parquet"),
    (rb"RD[AXB][23]\n", "data of R", "export it as Parquet"),
    (rb"\x93NUMPY", "an array of NumPy", "save the table as Parquet"),
    (rb"MATLAB 5", "data of MATLAB", "export it as CSV"),
    (rb"CDF[\x01\x02\x05]", "a NetCDF file", "export it as Parquet"),
    (rb"Obj\x01", "an Avro file", "export it as Parquet"),
    (rb"ORC", "an ORC file", "export it as Parquet"),
    (rb"FEA1", "a Feather file of version 1", "write it as Parquet"),
    (rb"7z\xbc\xaf\x27\x1c|Rar!|PK[\x03\x05]", "an archive", "unpack it"),
)
_TAR = slice(257, 262)


def refuse_other_things(start: bytes, source: str) -> None:
    """Raise RepriseError where the first bytes of a file are those of something well-known."""
    found = [(what, way) for form, what, way in _WAYS_OUT if re.match(form, start, re.DOTALL)]
    if start[_TAR] == b"ustar":
        found = [("an archive", "unpack it")]
    if not found and b"\0" in start.rstrip(b"\0\x1a\r\n") and start_as_utf8(start) == start:
        found = [("a file of bytes, not of text", "export it as CSV or Parquet")]
    for what, way in found:
        raise RepriseError(f"data must be a table, got {what} in '{source}': {way}")
