"""What main is asked for: every parameter, typed, and nothing else."""

from dataclasses import fields

import pytest

from reprise.data.split_rule import Split
from reprise.errors import RepriseError
from reprise.provenance.fingerprint import fingerprint
from steps.command import command_of, parse_step
from steps.main_options import MainOptions


def options(*arguments: str) -> MainOptions:
    return MainOptions(**command_of("main").parse(list(arguments)))


def test_the_options_are_the_parameters_of_main():
    declared = [parameter.name for parameter in command_of("main").params]
    assert [each.name for each in fields(MainOptions)] == declared


def test_an_unknown_option_is_no_option_and_a_missing_one_has_no_value():
    given = command_of("main").parse([])
    with pytest.raises(TypeError, match="unexpected keyword argument 'sead'"):
        MainOptions(**given, sead=1)
    del given["seed"]
    with pytest.raises(TypeError, match="'seed'"):
        MainOptions(**given)


def test_a_split_is_parsed_once_and_spelled_as_it_was():
    asked = options("--split", "time:sold at", "--seed", "7")
    assert asked.split == Split("time", "sold at")
    assert asked.split_options().split == asked.split
    assert asked.given("split", "seed") == {"split": asked.split, "seed": 7}
    assert asked.texts()["split"] == "time:sold at"
    assert options(*(f"--{name}={text}" for name, text in asked.texts().items())) == asked


@pytest.mark.parametrize("entry_point", ["main", "prepare"])
def test_an_unknown_split_is_refused_in_one_line(entry_point):
    with pytest.raises(RepriseError) as caught:
        parse_step(entry_point, {"split": "weekly"})
    assert str(caught.value) == (
        "split must be random, time:<column> or group:<column>, got 'weekly': choose one of these"
    )


def test_fractions_that_leave_nothing_are_refused():
    with pytest.raises(RepriseError, match=r"got 0\.5 \+ 0\.5 = 1: choose less than 1"):
        options("--validation_fraction", "0.5", "--test_fraction", "0.5").split_options()


def test_a_fingerprint_keeps_parameters_as_json_has_them():
    parameters = parse_step(
        "prepare", {"split": "group:who", "seed": "1e1", "missing": "auto, -999"}
    )
    assert parameters["split"] == "group:who"
    identity = fingerprint("prepare", parameters)
    assert identity.parameters == {
        "query": "none",
        "target": "target",
        "task": "auto",
        "split": "group:who",
        "validation_fraction": 0.2,
        "test_fraction": 0.2,
        "seed": 10,
        "header": "auto",
        "missing": "auto,-999",
        "drop": "none",
    }
