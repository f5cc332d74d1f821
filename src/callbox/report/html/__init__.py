"""The HTML report: one self-contained file, without scripts or external resources."""

from callbox.report.html.page import POLICY, write

__all__ = ["POLICY", "write"]
