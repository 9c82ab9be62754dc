"""One click command per entry point: each parses, calls, logs, exits. All compute at one level."""

from reprise.runtime import level

level.take_on()  # before a step imports NumPy
