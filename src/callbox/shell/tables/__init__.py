"""The commands of the shell, one family a module. `callbox.shell.registry` joins them."""
