"""What the results of a run must not show: each is given the values that are secret, for its reports to mask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from callbox.exchange.secret import Secret
from callbox.httpfile.variables.scope import Surroundings
from callbox.replay.survey import Surveyed
from callbox.report.result import Result


def covered(results: Iterable[Result], surroundings: Surroundings, surveyed: Iterable[Surveyed]) -> Iterator[Result]:
    """The results, each with all that is known to be secret: a server may answer one with what another has sent."""
    used = {Secret(text) for found in surveyed for text in found.secrets}
    for result in results:
        secrets = used | said_secrets(surroundings)
        yield result._replace(secrets=tuple({*result.secrets, *secrets})) if secrets else result


def said_secrets(surroundings: Surroundings) -> set[Secret]:
    """What the user said to be secret: it is to be masked in every result, also where it was not asked for."""
    layers = (*surroundings.above, *surroundings.below)
    items = (item for layer in layers if layer.values for item in layer.values.items())
    found = ((name, value if isinstance(value, str) else value.text) for name, value in items)
    return {Secret(value) for name, value in found if value and surroundings.is_secret(name)}
