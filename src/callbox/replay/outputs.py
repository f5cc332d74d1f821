"""Files that a script writes. They hold what a server has sent, so `<@` does not take them for templates."""

from __future__ import annotations

import os.path
from collections.abc import Iterator

from callbox.httpfile.template import holes
from callbox.httpfile.variables.scope import FileBytes
from callbox.replay.imports import Linked
from callbox.replay.ports import Ports, output_path


def outputs_of(linked: Linked) -> Iterator[str]:
    """The files that the scripts write, as far as their names are written out: another run may have written them."""
    for script in linked.scripts:
        for step in script.steps:
            for output in step.outputs:
                if output.mark != "<>" and not holes(output.path.text):
                    yield output_path(script.name, output.path.text)


def noting_outputs(ports: Ports, written: set[str]) -> Ports:
    """The ports of a run that adds the files it writes to `written`, and knows them when it opens them."""

    def write(folder: str, name: str, data: bytes, is_overwriting: bool) -> str:
        path = ports.write_file(folder, name, data, is_overwriting)
        written.add(os.path.realpath(path))
        return path

    def open_file(path: str) -> FileBytes:
        found = ports.open_file(path)
        is_foreign = bool(written) and os.path.realpath(os.path.expanduser(path)) in written
        return found._replace(is_foreign=True) if is_foreign else found

    return ports._replace(write_file=write, open_file=open_file)
