"""Run `.http` scripts: selection, schedule, sending through a session, checks, captures and results.

This package prints nothing.
"""
