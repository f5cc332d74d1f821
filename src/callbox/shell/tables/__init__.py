"""The commands of the shell, one family a module. `callbox.shell.table` joins them."""
