"""TensorFlow and Keras, imported as the network needs them. Importing this module takes seconds."""

import os
import sys

from reprise.runtime import stderr


def _import_quietly() -> None:
    """Import TensorFlow, whose notes go past Python to file descriptor 2."""
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    if "tensorflow" not in sys.modules:
        with stderr.aside():
            import tensorflow  # noqa: F401


_import_quietly()

import keras  # noqa: E402
import tensorflow as tf  # noqa: E402

__all__ = ["keras", "tf"]
