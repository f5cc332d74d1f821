"""Run `.http` scripts: selection, schedule, sending through a session, checks, captures and results.

Nothing is printed here.
"""
