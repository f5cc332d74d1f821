"""What a step is called in files that a run leaves behind: names of snapshots, the list of what failed."""

from __future__ import annotations

from callbox.exchange.redaction import mask_named
from callbox.httpfile.model import Step


def public_label(step: Step) -> str:
    """Its name, else its title, else method and URL, without credentials.

    Of a curl command that has no name only the URL is said: any other word of it may be a password.
    """
    if step.name or step.title or not step.command:
        return mask_named(step.label)
    url = next((word.strip("'\"") for word in step.label.split() if "://" in word), f"#{step.number}")
    return mask_named(f"curl {url}")
