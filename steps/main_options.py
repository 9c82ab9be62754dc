"""What `main` is asked for, in types."""

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from reprise.data.split_rule import Split, SplitOptions
from reprise.errors import hidden

if TYPE_CHECKING:
    from reprise.data.read_options import Columns, Header
    from reprise.predictor import Missing


@dataclass(frozen=True)
class MainOptions:
    """The parameters of `main`, as MLproject orders them."""

    data: str
    query: str
    target: str
    task: str
    split: Split
    validation_fraction: float
    test_fraction: float
    seed: int
    header: "Header"
    missing: "Missing"
    drop: "Columns"
    contract: str
    models: str
    tune_model: str
    trials: int
    sampler: str
    pruner: str
    ensemble: str
    metric: str
    model_name: str
    gate: str
    promote: str
    refit: str
    workers: int
    scheduler: str
    cache: str
    execution: str
    dirty: str

    def split_options(self) -> SplitOptions:
        """How rows are divided; RepriseError where none would be left to train on."""
        return SplitOptions(self.split, self.validation_fraction, self.test_fraction, self.seed)

    def given(self, *names: str) -> dict[str, Any]:
        """The parameters of these names: what `main` hands on to a step."""
        return {name: getattr(self, name) for name in names}

    def texts(self) -> dict[str, str]:
        """Every parameter as people spell it, without secrets of URLs."""
        return {each.name: hidden(str(getattr(self, each.name))) for each in fields(self)}
