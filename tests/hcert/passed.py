"""How far the codec agrees with what others published, as a table for the README: `python -m tests.hcert.passed`."""

from collections import Counter
from collections.abc import Iterator

from click import echo

from tests.hcert.published import ALL, STAGES


def stages() -> Iterator[tuple[str, int, int, int]]:
    """For each stage: how many vectors state an outcome, how many of those want a failure, how many agree."""
    stated, failing, agreed = Counter[str](), Counter[str](), Counter[str]()
    for vector in ALL:
        outcome = vector.outcome()
        stated.update(vector.expected.keys())
        failing.update(stage for stage, passes in vector.expected.items() if not passes)
        agreed.update(stage for stage, passes in vector.expected.items() if outcome[stage] is passes)
    for stage, name in STAGES.items():
        yield name, stated[stage], failing[stage], agreed[stage]


def main() -> None:
    echo("| stage | stated | of these must fail | agree |\n|---|---|---|---|")
    rows = list(stages())
    for name, stated, failing, agreed in rows:
        echo(f"| {name} | {stated} | {failing} | {agreed} |")
    _names, *counts = zip(*rows, strict=True)
    echo(f"| all {len(ALL)} vectors | {' | '.join(str(sum(map(int, column))) for column in counts)} |")


if __name__ == "__main__":
    main()
