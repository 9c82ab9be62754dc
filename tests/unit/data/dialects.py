"""Tables as text, in any dialect and encoding that people's programs write."""

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa
from hypothesis import strategies as st

# Language -> what its words are, and the encodings in which its programs write them.
LANGUAGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "english": ("north south winter market river garden street school", ("ascii",)),
    "german": ("Köln München Straße grün Größe Übung schön mäßig", ("cp1252", "mac_roman")),
    "french": ("Hélène façade été garçon forêt Noël où élève", ("cp1252", "mac_roman")),
    "spanish": ("España niño mañana José corazón Málaga dueño café", ("cp1252", "mac_roman")),
    "polish": ("Łódź żółty Kraków święto gęś ćma Poznań źródło", ("cp1250",)),
    "czech": ("Příbram žlutý kůň večeře město řeka čtvrtek štěstí", ("cp1250",)),
    "turkish": ("İstanbul ığdır şehir güneş çiçek soğuk ağaç yağmur", ("cp1254",)),
    "russian": ("Москва река город Казань зима улица школа дом", ("cp1251", "koi8_r")),
    "greek": ("Αθήνα ποτάμι πόλη χειμώνας δρόμος σχολείο σπίτι βουνό", ("cp1253",)),
    "hebrew": ("ירושלים נהר עיר חורף רחוב בית ספר הר", ("cp1255",)),
    "japanese": ("東京 大阪 名古屋 太郎 花子 カタカナ ひらがな 学校", ("cp932", "euc_jp")),
    "chinese": ("北京 上海 广州 学校 河流 冬天 街道 城市", ("gb18030",)),
    "korean": ("서울 부산 학교 겨울 거리 도시 강물 시장", ("euc_kr",)),
}
UNICODE = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be")
WORDS = {name: words.split() for name, (words, _) in LANGUAGES.items()}
COLUMNS = ("size", "Preis", "weight kg", "x1", "colour", "city_name", "a/b", "Wert 2")
QUOTING = ("minimal", "all", "text")


@dataclass(frozen=True)
class Text:
    """A table and how it is written; `rows` are the fields that are to be read again.

    `above` are lines before the header; `nothing` are places of rows before which a row of nothing
    stands; `repeated` of those before which the header stands again. `padded` stands around names.
    """

    names: list[str]
    rows: list[list[str]]
    encoding: str = "utf-8"
    delimiter: str = ","
    quoting: str = "minimal"
    end: str = "\n"
    above: tuple[str, ...] = ()
    named: bool = True
    units: bool = False
    trailing: int = 0
    nothing: tuple[int, ...] = ()
    repeated: tuple[int, ...] = ()
    total: bool = False
    padded: str = ""
    packed: str = "plain"
    ended: bool = True

    @property
    def columns(self) -> list[str]:
        """The names that are to be read."""
        return self.names if self.named else [f"column_{n + 1}" for n in range(len(self.names))]

    def content(self) -> bytes:
        """The file."""
        lines = list(self.above)
        header = self._line([f"{self.padded}{name}{self.padded}" for name in self.names])
        lines += [header] * self.named
        lines += [self._line(["(kg)"] * len(self.names))] * self.units
        for place, row in enumerate(self.rows):
            lines += [self._line([""] * len(self.names))] * (place in self.nothing)
            lines += [header] * (place in self.repeated)
            lines.append(self._line(row))
        if self.total:
            lines.append(self._line(["Total", "17", *[""] * (len(self.names) - 2)]))
        text = self.end.join(lines) + self.end * self.ended
        return PACKERS[self.packed](text.encode(self.encoding))

    def _line(self, fields: list[str]) -> str:
        return self.delimiter.join([*map(self._field, fields), *[""] * self.trailing])

    def _field(self, field: str) -> str:
        special = any(mark in field for mark in (self.delimiter, '"', "\n", "\r"))
        word = self.quoting == "text" and field.strip() and not field.strip()[0].isdigit()
        if special or self.quoting == "all" or word:
            return '"' + field.replace('"', '""') + '"'
        return field


def zipped(content: bytes) -> bytes:
    """A zip file with one table."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("table.csv", content)
    return sink.getvalue()


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zip": zipped,
    "zstandard": lambda content: pa.compress(content, "zstd", asbytes=True),
}


def _fields(draw: st.DrawFn, kind: str, language: str, decimal: str, rows: int) -> list[str]:
    """The fields of a column."""
    words = st.sampled_from(WORDS[language])
    number = st.integers(-9999, 9999)
    column: dict[str, st.SearchStrategy[str]] = {
        "whole": number.map(str),
        "fraction": number.map(lambda n: f"{n / 16:.4f}".replace(".", decimal)),
        "word": words,
        "phrase": st.tuples(
            words, st.sampled_from([" ", ", ", "; ", "\n", '"', " | ", "\t"]), words
        ).map("".join),
        "day": st.integers(10, 28).map(lambda n: f"2024-01-{n}"),
        "flag": st.sampled_from(["true", "false"]),
    }
    fields = draw(st.lists(column[kind], min_size=rows, max_size=rows))
    gaps = draw(st.sets(st.integers(0, rows - 1), max_size=rows // 4))
    gap = draw(st.sampled_from(["", "NA"]))
    return [gap if place in gaps else field for place, field in enumerate(fields)]


@st.composite
def texts(draw: st.DrawFn) -> Text:
    """Tables of a few columns of any kind, in any dialect."""
    language = draw(st.sampled_from(list(LANGUAGES)))
    encoding = draw(st.sampled_from((*LANGUAGES[language][1], *UNICODE)))
    delimiter = draw(st.sampled_from(",;\t|"))
    decimal = draw(st.sampled_from(".,")) if delimiter == ";" else "."
    kinds = draw(
        st.lists(
            st.sampled_from(("whole", "fraction", "word", "phrase", "day", "flag")),
            min_size=2,
            max_size=6,
        )
    )
    named = draw(st.integers(0, 5)) > 0
    if not named:  # what tells rows from names
        kinds = [*kinds, "fraction", "fraction"]
    rows = draw(st.integers(3, 30))
    columns = [_fields(draw, kind, language, decimal, rows) for kind in kinds]
    places = st.integers(0, rows - 1)
    typed = {"whole", "fraction", "day"} & set(kinds)
    around = named and typed
    return Text(
        names=draw(st.permutations(COLUMNS))[: len(kinds)],
        rows=[list(row) for row in zip(*columns, strict=True)],
        encoding=encoding,
        delimiter=delimiter,
        quoting=draw(st.sampled_from(QUOTING)),
        end=draw(st.sampled_from(["\n", "\r\n", "\r"])),
        above=draw(st.sampled_from(_above(delimiter, len(kinds)))) if around else (),
        named=named,
        units=bool(around) and draw(st.integers(0, 4)) == 0,
        trailing=draw(st.integers(0, 2)) if draw(st.booleans()) else 0,
        nothing=tuple(draw(st.sets(places, max_size=2))) if draw(st.booleans()) else (),
        repeated=tuple(draw(st.sets(places, max_size=1))) if around and draw(st.booleans()) else (),
        total=len(kinds) > 2 and named and draw(st.integers(0, 4)) == 0,
        padded=draw(st.sampled_from(["", "", " ", "\u00a0"])) if encoding in UNICODE else "",
        packed=draw(st.sampled_from(list(PACKERS))),
        ended=draw(st.booleans()),
    )


def _above(delimiter: str, width: int) -> list[tuple[str, ...]]:
    full = delimiter * (width - 1)
    return [
        (),
        (),
        ("Figures of the year",),
        ("Figures of the year", ""),
        (f"Figures of the year{full}", full),
        ("# made by a tool", "# on Monday"),
    ]
