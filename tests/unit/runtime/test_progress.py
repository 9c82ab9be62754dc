"""How far work is: what is said of it, what travels, and that time left is told only if known."""

from reprise.runtime.progress import Advance, Pace, Tally


def test_an_advance_travels_as_a_line_and_other_lines_are_none():
    sent = Advance("trials", 4, 20, 'best rmse 53.6 "quoted"\n', at_most=True)
    assert "\n" not in sent.to_line()
    assert Advance.from_line(sent.to_line()) == sent
    assert Advance.from_line("trials 4/20") is None
    assert Advance.from_line("\x1eno advance") is None
    assert Advance.from_line('\x1e{"unknown": 1}') is None


def test_the_time_left_goes_by_the_pace_since_the_work_was_first_heard_of():
    pace = Pace()
    assert pace.shown(Advance("trials", 10, 20), now=100.0) == "trials 10/20"
    assert pace.shown(Advance("trials", 11, 20), now=101.0) == "trials 11/20"  # too early
    said = pace.shown(Advance("trials", 12, 20, "best rmse 5"), now=110.0)
    assert said == "trials 12/20, best rmse 5, about 0:40 left"
    assert pace.shown(Advance("trials", 20, 20), now=150.0) == "trials 20/20"


def test_no_time_is_told_of_work_that_may_end_sooner_or_whose_end_nobody_knows():
    for advance in (Advance("epochs", 50, 200, at_most=True), Advance("rows read", 1_000_000)):
        pace = Pace()
        pace.shown(Advance(advance.what, 1, advance.total, at_most=advance.at_most), now=0.0)
        assert "left" not in pace.shown(advance, now=60.0)


def test_another_kind_of_work_has_a_pace_of_its_own():
    pace = Pace()
    pace.shown(Advance("rows read", 1_000), now=0.0)
    pace.shown(Advance("columns prepared", 1, 11), now=100.0)
    assert pace.shown(Advance("columns prepared", 6, 11), now=110.0).endswith("about 0:10 left")


def test_a_tally_adds_up_what_several_did():
    heard: list[Advance] = []
    tally = Tally(heard.append, "rows written", 10)
    tally.add(3)
    tally.add(7)
    assert [advance.count for advance in heard] == ["rows written 3/10", "rows written 10/10"]
