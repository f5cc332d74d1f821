"""Lines of other tools (curl, HTTPie, http-prompt, HttpRepl) translated into ours."""
