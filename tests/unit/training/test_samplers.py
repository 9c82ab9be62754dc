"""Which combinations of hyperparameters the samplers propose."""

from dataclasses import replace

import pytest

from reprise.errors import RepriseError
from reprise.models.families import get_family
from reprise.training.search.trial import Trial
from tests.searches import always, failing, numbers, outcome, run, search

pytestmark = pytest.mark.xdist_group("search")


def test_a_batch_of_another_size_gives_the_same_random_and_grid_trials():
    for sampler in ("random", "grid"):
        results = [run(search(sampler=sampler, batch=size), numbers()) for size in (1, 4)]
        assert outcome(results[0]) == outcome(results[1])


def test_equal_searches_give_equal_trials_and_another_seed_others():
    first, again, other = (run(search(seed=seed), numbers()) for seed in (1, 1, 2))
    assert outcome(first) == outcome(again)
    assert [t.params for t in first.trials[1:]] != [t.params for t in other.trials[1:]]


def test_the_grid_of_the_elastic_net_is_four_penalties_by_three_ratios():
    result = run(search(sampler="grid", trials=50), numbers())
    found = {(trial.params["alpha"], trial.params["l1_ratio"]) for trial in result.trials}
    assert len(result.trials) == len(found) == 12
    assert len({alpha for alpha, _ in found}) == 4
    assert len({ratio for _, ratio in found}) == 3


def test_fewer_trials_than_the_grid_are_a_seeded_choice_of_it():
    whole = [trial.params for trial in run(search(sampler="grid", trials=12), numbers()).trials]
    few = [trial.params for trial in run(search(sampler="grid", trials=5), numbers()).trials]
    assert len(few) == 5
    places = [whole.index(params) for params in few]
    assert places == sorted(set(places))
    again = [trial.params for trial in run(search(sampler="grid", trials=5), numbers()).trials]
    assert few == again


@pytest.mark.parametrize("family", ["elasticnet", "rf", "gbm", "nn"])
@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_the_first_trial_is_the_defaults(sampler, family):
    found = replace(get_family(family), learn=failing(always).learn)
    seen: list[Trial] = []
    with pytest.raises(RepriseError):
        run(search(sampler=sampler, trials=2, family=found), numbers(), 1, seen)
    searched = {name: value.default for name, value in found.space("rmse").items()}
    assert seen[0].params == searched != seen[1].params
    assert [type(value) for value in seen[0].params.values()] == [
        type(value) for value in searched.values()
    ]


@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_sampled_values_lie_within_the_search_space(sampler):
    for trial in run(search(sampler=sampler, trials=8), numbers()).trials:
        for name, value in trial.params.items():
            low, high = get_family("elasticnet").hyperparameters[name].search
            assert low <= value <= high
