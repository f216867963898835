#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Recomputes every cut-off of every claim and compares it with the program's.

Usage: cutoffs.py PRINT_CUTOFFS, the test tool that prints its table. Nothing is
taken over from the program: p = 2^-H is enclosed by two decimals that are
proved with integers, and every sum is carried along twice, rounded down and
rounded up. A cut-off is accepted only where both ends of the interval agree.
"""

import subprocess
import sys
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from fractions import Fraction

DIGITS = 40
DOWN = Context(prec=DIGITS, rounding=ROUND_FLOOR, Emin=-(10**9), Emax=10**9)
UP = Context(prec=DIGITS, rounding=ROUND_CEILING, Emin=-(10**9), Emax=10**9)
EXACT = Context(prec=200)
ONE = Decimal(1)

APT_WINDOW = 512
SHORT_WINDOW = 2**13
LONG_WINDOW = 2**17


def enclose_chances():
    """(lower, upper) of 2^(-m/1000) for m = 0..1000: the thousandth root of
    1/2, enclosed in integers by bisection, multiplied on."""
    scale = 10**DIGITS
    half = scale**1000 // 2
    low, high = 0, scale
    while high - low > 1:
        middle = (low + high) // 2
        if middle**1000 <= half:
            low = middle
        else:
            high = middle
    low = EXACT.divide(Decimal(low), Decimal(scale))
    high = EXACT.divide(Decimal(high), Decimal(scale))
    chances = [(ONE, ONE)]
    for _ in range(1000):
        chances.append(
            (
                DOWN.multiply(chances[-1][0], low),
                UP.multiply(chances[-1][1], high),
            )
        )
    # 2^-1 is known, which checks the walk there.
    assert chances[1000][0] <= Decimal("0.5") <= chances[1000][1]
    return chances


def factorials(context):
    """0!, 1!, ..., every product rounded as the context has it."""
    table = [ONE]
    for k in range(1, LONG_WINDOW + 1):
        table.append(context.multiply(table[-1], Decimal(k)))
    return table


FACTORIALS_DOWN = factorials(DOWN)
FACTORIALS_UP = factorials(UP)


def power(context, base, exponent):
    """base^exponent, every product rounded as the context has it."""
    result = ONE
    while exponent:
        if exponent & 1:
            result = context.multiply(result, base)
        base = context.multiply(base, base)
        exponent >>= 1
    return result


def tail(n, k, p, is_upper, limit):
    """A bound of P(X >= k), X ~ binomial(n, p), for this very p; from above or
    from below. Ends early once it is more than the limit."""
    context, other = (UP, DOWN) if is_upper else (DOWN, UP)
    above = FACTORIALS_UP if is_upper else FACTORIALS_DOWN
    below = FACTORIALS_DOWN if is_upper else FACTORIALS_UP
    q = context.subtract(ONE, p)
    odds = context.divide(p, other.subtract(ONE, p))
    term = context.divide(above[n], other.multiply(below[k], below[n - k]))
    term = context.multiply(term, power(context, p, k))
    term = context.multiply(term, power(context, q, n - k))
    total = term
    while k < n and total <= limit and term > total.scaleb(-20):
        ratio = context.multiply(
            context.divide(Decimal(n - k), Decimal(k + 1)), odds
        )
        term = context.multiply(term, ratio)
        total = context.add(total, term)
        k += 1
    if is_upper and k < n:
        # Ratios fall: the rest is less than a geometric series of the last.
        assert ratio < 1
        rest = UP.divide(UP.multiply(term, ratio), DOWN.subtract(ONE, ratio))
        total = UP.add(total, rest)
    return total


def is_rare(n, k, chance, alpha):
    """Surely P(X >= k) <= alpha? The tail grows with p: p's upper bound."""
    return k > n or tail(n, k, chance[1], True, alpha) <= alpha


def is_common(n, k, chance, alpha):
    """Surely P(X >= k) > alpha?"""
    return k <= n and tail(n, k, chance[0], False, alpha) > alpha


def check_quantile(n, cutoff, chance, alpha):
    """Is cutoff the smallest k with P(X >= k) <= alpha?"""
    return is_rare(n, cutoff, chance, alpha) and is_common(
        n, cutoff - 1, chance, alpha
    )


def check_rct(claim, bits, cutoff, chance):
    exact = Fraction(bits * 1000, claim)
    return cutoff == 1 + -(-exact.numerator // exact.denominator)


def check_apt(claim, bits, cutoff, chance):
    # Of the 511 others, cutoff - 1 or more equal the first.
    alpha = EXACT.divide(ONE, Decimal(2**bits))
    if cutoff == APT_WINDOW:  # the cap: with all 511 others equal it fires
        return is_common(APT_WINDOW - 1, APT_WINDOW - 2, chance, alpha)
    return check_quantile(APT_WINDOW - 1, cutoff - 1, chance, alpha)


def check_count(window, bits, cutoff, chance):
    alpha = EXACT.divide(ONE, Decimal(2**bits))
    if cutoff == window:  # the cap, as above
        return is_common(window, window - 1, chance, alpha)
    return check_quantile(window, cutoff, chance, alpha)


def check_short(claim, bits, cutoff, chance):
    return check_count(SHORT_WINDOW, bits, cutoff, chance)


def check_long(claim, bits, cutoff, chance):
    return check_count(LONG_WINDOW, bits, cutoff, chance)


def run_bound(run, p_power, wrong, context):
    starts = context.multiply(Decimal(LONG_WINDOW - run), wrong)
    return context.multiply(p_power, context.add(ONE, starts))


def check_run(claim, bits, cutoff, chance):
    alpha = EXACT.divide(ONE, Decimal(2**bits))
    low, high = chance
    high_here = run_bound(
        cutoff, power(UP, high, cutoff), UP.subtract(ONE, low), UP
    )
    low_before = run_bound(
        cutoff - 1, power(DOWN, low, cutoff - 1), DOWN.subtract(ONE, high),
        DOWN,
    )
    return high_here <= alpha < low_before


CHECKS = {
    "rct": check_rct,
    "apt": check_apt,
    "short": check_short,
    "long": check_long,
    "run": check_run,
}


def main():
    table = subprocess.run(
        [sys.argv[1]], check=True, capture_output=True, text=True
    ).stdout.split("\n")[:-1]
    chances = enclose_chances()
    wrong = 0
    for line in table:
        test, claim, bits, cutoff = line.split()
        if not CHECKS[test](
            int(claim), int(bits), int(cutoff), chances[int(claim)]
        ):
            print("not confirmed:", line)
            wrong += 1
    expected = {
        (test, str(claim), str(bits))
        for claim in range(1, 1001)
        for test, levels in (
            ("rct", (30, 60)), ("apt", (30, 60)), ("short", (30, 60)),
            ("long", (30, 60)), ("run", (30, 60)),
        )
        for bits in levels
    }
    if expected != {tuple(line.split()[:3]) for line in table}:
        print("the table is not complete")
        wrong += 1
    print(f"{len(table)} cut-offs, {wrong} not confirmed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
