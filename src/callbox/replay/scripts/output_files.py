"""Files that the scripts of a run write: they hold what a server sent, so no later script trusts them."""

from __future__ import annotations

import os.path
from collections.abc import Iterator

from callbox.errors import UsageError
from callbox.exchange.template import holes
from callbox.httpfile.variables.scope import FileBytes
from callbox.replay.linked_steps import LinkedScripts
from callbox.replay.ports import ReplayPorts, output_path


def outputs_of(linked: LinkedScripts) -> Iterator[str]:
    """The output files of the scripts with fixed names. An earlier run may have written them."""
    for script in linked.scripts:
        for step in script.steps:
            for output in step.outputs:
                if output.mark != "<>" and not holes(output.path.text):
                    yield output_path(script.name, output.path.text)


def track_outputs(ports: ReplayPorts, written: set[str]) -> ReplayPorts:
    """Ports that add each file the run writes to `written`, and recognise these files when the run reads them.

    They hold what a server has sent. So they are sent as they are, and are read neither as a script nor as an
    environment.
    """

    def is_written(path: str) -> bool:
        return bool(written) and os.path.realpath(os.path.expanduser(path)) in written

    def read_file(path: str) -> bytes:
        if is_written(path):
            problem = f"{path} is written by this run from a response, and is not read as a file of yours"
            raise UsageError(problem, hint="pass values on by a capture, or by client.global")
        return ports.read_file(path)

    def write(folder: str, name: str, data: bytes, is_overwriting: bool) -> str:
        path = ports.write_file(folder, name, data, is_overwriting)
        written.add(os.path.realpath(path))
        return path

    def open_file(path: str) -> FileBytes:
        found = ports.open_file(path)
        return found._replace(is_foreign=True) if is_written(path) else found

    return ports._replace(write_file=write, open_file=open_file, read_file=read_file)
