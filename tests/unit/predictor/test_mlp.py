"""Networks as NumPy computes them."""

from itertools import pairwise

import numpy as np
import pytest

from reprise.predictor import (
    Network,
)


def network(*sizes: int, scale: float | None = None) -> Network:
    random = np.random.default_rng(1)
    layers = [
        (random.normal(size=pair).astype("float32"), random.normal(size=pair[1]).astype("float32"))
        for pair in pairwise(sizes)
    ]
    return Network(layers, scale, 5.0 if scale else 0.0)


def test_a_network_of_numbers_is_relu_layers_scaled_to_the_target():
    net = network(3, 4, 1, scale=2.0)
    inputs = np.random.default_rng(2).normal(size=(7, 3))
    (w0, b0), (w1, b1) = net.layers
    expected = (np.maximum(inputs @ w0 + b0, 0) @ w1 + b1)[:, 0] * 2.0 + 5.0
    outputs = net.predict(inputs)
    assert outputs.dtype == np.float64
    assert outputs.shape == (7,)
    np.testing.assert_allclose(outputs, expected, rtol=1e-5)


def test_a_network_of_classes_ends_in_softmax():
    net = network(3, 4)
    inputs = np.random.default_rng(2).normal(size=(7, 3)) * 100
    powers = np.exp(inputs @ net.layers[0][0] + net.layers[0][1])
    probabilities = net.predict(inputs)
    assert probabilities.shape == (7, 4)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, rtol=1e-12)
    np.testing.assert_allclose(probabilities, powers / powers.sum(1, keepdims=True), atol=1e-3)


def test_a_network_gives_a_row_the_same_bits_in_any_company():
    net = network(5, 16, 3)
    inputs = np.random.default_rng(3).normal(size=(300, 5))
    together = net.predict(inputs)
    for rows in ([0], [127], [128], [299], range(7, 300), range(0, 300, 3)):
        assert np.array_equal(together[rows], net.predict(inputs[rows]))


def test_a_network_gives_nothing_for_no_rows():
    assert network(3, 4, 1, scale=1.0).predict(np.zeros((0, 3))).shape == (0,)
    assert network(3, 4).predict(np.zeros((0, 3))).shape == (0, 4)


@pytest.mark.parametrize("net", [network(3, 4, 1, scale=0.3), network(3, 4), network(2, 9, 9, 3)])
def test_a_saved_network_comes_back_bit_for_bit(net, tmp_path):
    net.save(tmp_path / "network.npz")
    back = Network.load(tmp_path / "network.npz")
    assert (back.scale, back.offset) == (net.scale, net.offset)
    inputs = np.random.default_rng(4).normal(size=(9, net.layers[0][0].shape[0]))
    assert np.array_equal(back.predict(inputs), net.predict(inputs))
