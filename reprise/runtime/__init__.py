"""Processes of this machine: fork server and client, locks, progress, stderr, cores, paths."""
