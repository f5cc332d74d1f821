"""The one runner of `.http` scripts, for the shell, the command line and pytest.

Selection, order, sending through a session, checks, captures and the verdict. It prints nothing: results come out.
"""
