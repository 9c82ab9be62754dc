"""How much more, or less, of something a table may have by chance."""

import math

# One table in so many, of the same origin, has more rows of a kind than this allows for.
_CHANCE = 1e-4
# What is only known from some rows is taken at the upper end of its interval, and half as much
# again: ordinary tables differ by more than chance.
_SURE, _MARGIN = 0.95, 1.5


def likely_share(count: int, rows: int) -> float:
    """The share of which `count` of `rows` were seen, as large as it may well be in other tables.

    The upper end of the 95% interval of Clopper and Pearson (Biometrika 26, 1934), half as much
    again, rounded up to two digits.
    """
    from scipy.special import betaincinv

    if count >= rows:
        return 1.0
    share = _MARGIN * float(betaincinv(count + 1, rows - count, _SURE))
    return min(1.0, round_up(share, 2))


def most_rows(share: float, rows: int, exact: bool) -> int:
    """How many of `rows` may be of a kind that has this share of them.

    At most that share, where `exact`; otherwise as many as come together by chance, which is the
    quantile of the binomial distribution that one table in ten thousand exceeds.
    """
    from scipy.special import bdtr

    most = math.floor(share * rows * (1 + 1e-12))
    if exact or share in (0, 1):
        return min(rows, most)
    low, high = most - 1, rows
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if bdtr(middle, rows, share) >= 1 - _CHANCE else (middle, high)
    return max(most, high)


def round_up(value: float, digits: int) -> float:
    """The next number with so many significant digits that is not below this."""
    if value == 0 or not math.isfinite(value):
        return value
    power = digits - 1 - math.floor(math.log10(abs(value)))
    rounded = float(f"{math.ceil(value * 10.0**power) / 10.0**power:.15g}")
    return rounded if rounded >= value else value
