"""Tests compute at the level of instructions that steps do: what both compute is compared."""

from reprise.runtime import level

level.take_on()  # before a test imports NumPy
