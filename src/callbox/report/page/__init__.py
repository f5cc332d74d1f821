"""The parts of the HTML report: its looks, text as spans, the waterfall, one request unfolded. Pure."""
