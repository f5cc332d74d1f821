"""Environments for the shell: the same that a replay of a script in this folder has."""

from __future__ import annotations

from collections.abc import Mapping

from callbox.exchange.secret import Secret
from callbox.replay import environment_file_search
from callbox.replay.ports import real_ports
from callbox.replay.run_options import Plan


def read_environment(name: str) -> dict[str, str | Secret]:
    """The variables of an environment, as for a replay of a script in this folder."""
    chosen = environment_file_search.choose_environments(".", Plan(stages=(name,)), real_ports())
    values: dict[str, str] = {}
    for layer in reversed(chosen.layers):
        values.update({key: template.text for key, template in layer.values.items()})
    return {key: Secret(value) if key in chosen.secret_names else value for key, value in values.items()}


def read_environment_options(name: str) -> Mapping[str, object]:
    """The TLS options that an environment sets."""
    return environment_file_search.choose_environments(".", Plan(stages=(name,)), real_ports()).options


def list_environments() -> list[str]:
    """The names of the environments that a script in this folder can be run in."""
    return environment_file_search.list_environments(".", real_ports())
