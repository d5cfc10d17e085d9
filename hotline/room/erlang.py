"""How many seats a telephone room needs: Erlang's formulas for one queue in its steady state.

Erlang A (M/M/n+M) where callers hang up, Erlang C (M/M/n) where nobody does. C errs to too many
seats the more callers hang up, A to a few too few (Robbins et al., Winter Simulation Conference
2010): a plan shows both. Times are in seconds; seats stay fractions of people until the last step.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import exp, expm1, floor, inf, lgamma, log
from statistics import NormalDist

# A state so much rarer than the most frequent one adds nothing that can be seen.
RARE = 1e-15
MOST_SEATS = 10_000


@dataclass(frozen=True, slots=True)
class Traffic:
    """Calls that come to a queue: `calls` in `period_s`, each `handle_s` at a seat on average.

    `patience_s` is how long callers wait on average before they hang up, None where nobody does.
    """

    calls: float
    period_s: float
    handle_s: float
    patience_s: float | None = None

    @property
    def erlangs(self) -> float:
        """How many seats would be busy at any time, were each call taken at once."""
        return self.calls / self.period_s * self.handle_s

    def on_quantile(self, share: float, variation: float) -> "Traffic":
        """Give the traffic that is exceeded in 1 - `share` of such periods.

        `variation` is the coefficient of variation of the rate from day to day: calls vary by more
        than chance alone.
        """
        calls = self.calls * (1 + NormalDist().inv_cdf(share) * variation)
        return Traffic(max(0.0, calls), self.period_s, self.handle_s, self.patience_s)


@dataclass(frozen=True, slots=True)
class Service:
    """What callers meet: shares of all calls, 0..1, and the seconds that a call waits on average.

    `within` were answered in the seconds that were asked for, `abandoned` hung up before; `busy` is
    the share of the seats' time in which they have a call (占用率).
    """

    within: float
    abandoned: float
    wait_s: float
    busy: float


def service(seats: int, traffic: Traffic, within_s: float) -> Service:
    """Give what callers meet where so many sit: nobody in time in a queue that grows for ever."""
    if seats < 0:
        raise ValueError(f"{seats} seats")
    if traffic.erlangs <= RARE:
        return Service(1.0, 0.0, 0.0, 0.0)
    if traffic.patience_s is None:
        return _patient(seats, traffic, within_s)
    return _impatient(seats, traffic, traffic.patience_s, within_s)


def seats_needed(traffic: Traffic, within_s: float, share: float) -> int:
    """Give the fewest seats that answer that share of all calls within so many seconds."""
    if not 0 < share < 1:
        raise ValueError(f"a share of {share}")
    too_few, enough = 0, max(1, floor(traffic.erlangs) + 1)
    while service(enough, traffic, within_s).within < share:
        if enough >= MOST_SEATS:
            raise ValueError(f"{traffic.erlangs:.0f} erlangs are more than {MOST_SEATS} seats take")
        too_few, enough = enough, min(2 * enough, MOST_SEATS)
    if traffic.erlangs <= RARE:
        return 0
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        if service(middle, traffic, within_s).within < share:
            too_few = middle
        else:
            enough = middle
    return enough


def _patient(seats: int, traffic: Traffic, within_s: float) -> Service:
    load = traffic.erlangs
    if seats <= load:
        return Service(0.0, 0.0, inf, 1.0)
    blocked = 1.0  # Erlang B, by its recursion over the seats
    for one in range(1, seats + 1):
        blocked = load * blocked / (one + load * blocked)
    waits = blocked / (1 - load / seats * (1 - blocked))
    freed = (seats - load) / traffic.handle_s
    return Service(1 - waits * exp(-freed * within_s), 0.0, waits / freed, load / seats)


def _impatient(seats: int, traffic: Traffic, patience_s: float, within_s: float) -> Service:
    """Sum over how many wait.

    Who finds j before them is answered after V, if they are there still; 1 - e^(-V / patience) is
    Beta(j + 1, c) distributed, c = seats * patience / handle.
    """
    rate = traffic.calls / traffic.period_s
    weights = dict(_weights(seats, traffic, patience_s))
    total = sum(weights.values())
    turned = seats * patience_s / traffic.handle_s
    gone = -expm1(-within_s / patience_s)
    within = sum(weight for calls, weight in weights.items() if calls < seats) / total
    waiting = 0.0
    tail = -expm1((turned + 1) * log(1 - gone)) if gone < 1 else 1.0
    for before in range(max(weights) - seats + 1):
        share = weights.get(seats + before, 0.0) / total
        waiting += share * before
        within += share * turned / (turned + before + 1) * max(0.0, tail)
        tail -= _step(before + 1, turned + 1, gone)
    abandoned = min(1.0, waiting / patience_s / rate)
    answered = rate * (1 - abandoned)
    busy = answered * traffic.handle_s / seats if seats else 0.0
    return Service(within, abandoned, waiting / rate, min(1.0, busy))


def _weights(seats: int, traffic: Traffic, patience_s: float) -> Iterator[tuple[int, float]]:
    """Give how often so many calls are there, up to a factor: from the most frequent, both ways."""
    rate = traffic.calls / traffic.period_s

    def leaving(calls: int) -> float:
        return min(calls, seats) / traffic.handle_s + max(0, calls - seats) / patience_s

    top = 0
    while leaving(top + 1) < rate:
        top += 1
    yield top, 1.0
    weight, calls = 1.0, top
    while calls > 0 and weight > RARE:
        weight, calls = weight * leaving(calls) / rate, calls - 1
        yield calls, weight
    weight, calls = 1.0, top
    while weight > RARE:
        calls += 1
        weight *= rate / leaving(calls)
        yield calls, weight


def _step(first: float, second: float, share: float) -> float:
    """Give I(first, second) - I(first + 1, second) of the regularised incomplete beta function."""
    if share <= 0 or share >= 1:
        return 0.0
    beta = lgamma(first) + lgamma(second) - lgamma(first + second)
    return exp(first * log(share) + second * log(1 - share) - beta) / first
