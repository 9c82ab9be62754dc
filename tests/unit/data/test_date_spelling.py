"""Text that is dates throughout, in whatever form."""

import pandas as pd
import pytest

from reprise.data.columns import kind_with_format, plain_values

# Form -> two texts of it, and the days (or moments) that they are.
SPELLED = {
    "%d-%b-%y": ("12-Jul-18 3-AUG-19", "2018-07-12 2019-08-03"),
    "%d %b %Y": ("12 May 2018|3 Jun 2019", "2018-05-12 2019-06-03"),
    "%d %B %Y": ("12 May 2018|3 June 2019", "2018-05-12 2019-06-03"),
    "%d. %N %Y": ("12. Mai 2018|3. Dezember 2019", "2018-05-12 2019-12-03"),
    "%d %N %Y": ("12 août 2018|3 févr 2019", "2018-08-12 2019-02-03"),
    "%d de %N de %Y": ("12 de julio de 2018|3 de enero de 2019", "2018-07-12 2019-01-03"),
    "%A, %B %d, %Y": ("Thursday, July 12, 2018|Friday, July 13, 2018", "2018-07-12 2018-07-13"),
    "%d%b%Y:%H:%M:%S": ("12JUL2018:10:20:30 13JUL2018:00:00:00", "2018-07-12T10:20:30 2018-07-13"),
    "%d.%m.%y": ("01.02.18 03.04.18", "2018-02-01 2018-04-03"),
    "%d.%m.%Y": ("01.02.2018 03.04.2018", "2018-02-01 2018-04-03"),
    "%m/%d/%y": ("01/02/18 03/04/18", "2018-01-02 2018-03-04"),
    "%d/%m/%y": ("01/02/18 13/04/18", "2018-02-01 2018-04-13"),
    "%m/%d/%Y %I:%M %p": ("7/12/2018 3:45 PM|7/12/2018 12:00 AM", "2018-07-12T15:45 2018-07-12"),
    "%Y-%m": ("2016-01 2016-12", "2016-01-01 2016-12-01"),
    "%m/%Y": ("01/2016 12/2016", "2016-01-01 2016-12-01"),
    "%b-%y": ("Jan-16 May-17", "2016-01-01 2017-05-01"),
    "%N %Y": ("Mär 2018|Okt 2018", "2018-03-01 2018-10-01"),
    "%G-W%V": ("2016-W05 2020-W53", "2016-02-01 2020-12-28"),
    "%G-W%V-%u": ("2016-W05-3 2020-W53-7", "2016-02-03 2021-01-03"),
    "%YQ%q": ("2016Q1 2016q4", "2016-01-01 2016-10-01"),
    "Q%q %Y": ("Q1 2016|Q3 2016", "2016-01-01 2016-07-01"),
    "%qQ%y": ("1Q16 4Q17", "2016-01-01 2017-10-01"),
    "%Y年%m月%d日": ("2018年7月12日 2019年12月3日", "2018-07-12 2019-12-03"),
    "%d/%b/%Y:%H:%M:%S %z": (
        "12/Jul/2018:10:20:30 +0200|13/Jul/2018:00:00:00 +0000",
        "2018-07-12T08:20:30 2018-07-13",
    ),
    "ISO8601": ("2024-01-31T10:00:00+02:00 2024-02-29", "2024-01-31T08:00 2024-02-29"),
    "%Y-%m-%dT%H:%M:%S%z": (
        "2024-01-31T10:00:00+02:00 2024-01-31T10:00:00Z",
        "2024-01-31T08:00 2024-01-31T10:00",
    ),
}


@pytest.mark.parametrize("form", SPELLED)
def test_the_form_of_dates_is_found_and_read(form):
    spelled, days = SPELLED[form]
    texts = pd.Series(spelled.split("|" if "|" in spelled else " "), name="when", dtype="str")
    assert kind_with_format(texts) == f"datetime:{form}"
    read = plain_values(texts, f"datetime:{form}")
    assert read.tolist() == [pd.Timestamp(day) for day in days.split()]
    json = plain_values(texts.astype("object"), f"datetime:{form}")
    assert json.tolist() == read.tolist()


@pytest.mark.parametrize(
    "words",
    [
        "2018-194 2018-195",
        "10:30 11:45",
        "Q1 Q2",
        "2016-W54 2016-W05",
        "2016Q5 2016Q1",
        "May June",
        "12-Jul-18 soon",
        "13/13/18 01/01/18",
        "31/12/2018 12/31/2018",
        "1.2.3 10.20.30",
    ],
)
def test_other_text_is_no_date(words):
    assert kind_with_format(pd.Series(words.split(), dtype="str")) == "text"
