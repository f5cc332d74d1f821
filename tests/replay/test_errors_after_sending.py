"""An error after the response was received does not hide that the request was sent."""

from __future__ import annotations

from callbox.replay.run_options import Plan
from callbox.report.result import tally_of


def test_result_of_an_interrupted_script_has_the_exchange(run, server) -> None:
    result = run("GET BASE/a\n\n> {% while (1); %}\n", Plan(deadline_s=1.0))[0]

    assert result.outcome == "error"
    assert result.record is not None
    assert result.time
    assert not tally_of([result]).has_sent_nothing
