"""Text in the encodings that programs write is read as it was meant."""

from pathlib import Path

import pytest

from reprise.data.formats.text_encoding import as_utf8
from reprise.data.raw_table import open_table, read_table
from reprise.errors import RepriseError

TEXTS = {
    "german": "Straße;Größe\nMünchen;groß\nKöln;mäßig\nÜberlingen;schön\n",
    "french": "prénom;âge\nÉlodie;23\nHélène;40\nFrançois;31\n",
    "russian": "имя;город\nИван;Москва\nПётр;Казань\nМария;Воронеж\n",
    "japanese": "名前;都市\n太郎;東京\n花子;大阪\n一郎;名古屋\n",
    "chinese": "姓名;城市\n张三;北京\n李四;上海\n王五;广州\n",
    "korean": "이름;도시\n김철수;서울\n이영희;부산\n",
}
CASES = [
    ("german", "cp1252", "windows-1252"),
    ("german", "utf-16", "utf-16"),
    ("german", "utf-16-le", "utf-16-le"),
    ("german", "utf-16-be", "utf-16-be"),
    ("german", "utf-32", "utf-32"),
    ("french", "cp1252", "windows-1252"),
    ("french", "mac_roman", "mac-roman"),
    ("russian", "cp1251", "windows-1251"),
    ("russian", "koi8_r", "koi8-r"),
    ("japanese", "cp932", "shift-jis"),
    ("japanese", "euc_jp", "euc-jp"),
    ("chinese", "gb18030", "gb18030"),
    ("korean", "euc_kr", "euc-kr"),
]


@pytest.mark.parametrize(("language", "encoding", "said"), CASES)
def test_a_table_is_read_in_its_encoding_and_that_is_said(language, encoding, said):
    Path("table.csv").write_bytes(TEXTS[language].encode(encoding))
    Path("utf-8.csv").write_text(TEXTS[language], encoding="utf-8")
    assert open_table("table.csv").reading["encoding"].split(";")[0] == said
    assert read_table("table.csv").equals(read_table("utf-8.csv"))


@pytest.mark.parametrize(
    ("words", "encoding", "said"),
    [
        (("Köln", "Málaga", "Zürich"), "cp1252", "windows-1252"),
        (("Kraków", "Łódź", "Gdańsk"), "cp1250", "windows-1250"),
        (("Muğla", "İzmir", "Şırnak"), "cp1254", "windows-1254"),
        (("Ísafjörður", "Þingvellir", "Ýrar"), "cp1252", "windows-1252"),
    ],
)
def test_of_several_encodings_the_usual_one_is_said(words, encoding, said):
    Path("table.csv").write_bytes(
        "\n".join(["town,n", *(f"{w},1" for w in words)]).encode(encoding)
    )
    assert open_table("table.csv").reading["encoding"].split(";")[0] == said
    assert read_table("table.csv")["town"].tolist() == [*words]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_utf_8_is_read_where_it_lies_and_nothing_is_said(mark):
    path = Path("table.csv")
    path.write_text(mark + TEXTS["japanese"], encoding="utf-8")
    assert as_utf8(path, "table.csv") == (path, None)
    assert list(read_table("table.csv").columns) == ["名前", "都市"]


def test_a_strange_byte_deep_in_a_file_is_found():
    rows = b"a;b\n" + b"word;1\n" * 900_000 + "Köln;2\n".encode("cp1252")
    Path("table.csv").write_bytes(rows)
    table = read_table("table.csv")
    assert table["a"].iloc[-1] == "Köln"
    assert len(table) == 900_001


def test_a_no_break_space_in_a_name_is_a_space():
    Path("table.csv").write_bytes(b"level\xa0of\xa0knowledge, b \n1,2\n3,4\n")
    assert list(read_table("table.csv").columns) == ["level of knowledge", "b"]


@pytest.mark.parametrize("content", [b"a,b\n1,\x00\xff\x00\x00\n" * 9, bytes(range(256)) * 20])
def test_what_is_no_text_is_refused(content):
    Path("table.csv").write_bytes(b"a,b\n" + content)
    with pytest.raises(RepriseError, match=r"'table\.csv'"):
        read_table("table.csv")


def test_a_file_that_changed_is_decoded_anew():
    Path("table.csv").write_bytes("a;b\nKöln;1\n".encode("cp1252"))
    assert read_table("table.csv")["a"][0] == "Köln"
    Path("table.csv").write_bytes("a;b\nMünchen;1\n".encode("cp1252"))
    assert read_table("table.csv")["a"][0] == "München"


def test_where_another_encoding_fits_as_well_that_is_said():
    Path("table.csv").write_bytes("a;b\nkůň;1\n".encode("cp1250"))
    reading = open_table("table.csv").reading
    assert reading["encoding"].startswith("windows-1252; or windows-1250, where 'kùò' would be")


def test_lines_in_another_encoding_among_those_of_utf_8_are_refused_by_their_number():
    lines = "name,y\n" + "".join(f"Köln,{n}\nMálaga,{n}\n" for n in range(9))
    Path("table.csv").write_bytes(lines.encode() + "Zürich,9\n".encode("latin-1"))
    with pytest.raises(RepriseError, match=r"one encoding, got UTF-8 and another in line 20 of"):
        read_table("table.csv")


def test_zeros_that_a_text_was_padded_with_do_not_make_it_utf_16():
    Path("table.csv").write_bytes(b"a,y\n" + b"1,2\n" * 20 + b"\0" * 500)
    assert read_table("table.csv")["a"].tolist() == [1] * 20
