"""/metrics as Prometheus reads it."""

from prometheus_client.parser import text_string_to_metric_families


class Scraped(dict[tuple[str, tuple[tuple[str, str], ...]], float]):
    """Samples by name and labels; no two are the same."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.families = {}
        for family in text_string_to_metric_families(text):
            assert family.name not in self.families
            self.families[family.name] = family
            for sample in family.samples:
                key = (sample.name, tuple(sorted(sample.labels.items())))
                assert key not in self, key
                self[key] = sample.value

    def of(self, name: str, **labels: str) -> float:
        """The value of a sample; 0 where it is not shown."""
        return self.get((name, tuple(sorted(labels.items()))), 0.0)

    def sum(self, name: str) -> float:
        """Of all samples of this name."""
        return sum(value for (known, _), value in self.items() if known == name)

    def labels(self, name: str, label: str) -> set[str]:
        """Values of a label among the samples of this name."""
        return {dict(labels)[label] for known, labels in self if known == name}
