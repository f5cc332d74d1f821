"""The command `callbox replay`: its command line, console, reports and exports."""
