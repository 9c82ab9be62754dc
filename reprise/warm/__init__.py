"""Processes that start warm: forked from a server that has done the slow imports once."""
