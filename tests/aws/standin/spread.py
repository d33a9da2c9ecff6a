"""How a change spreads: AWS takes it at once, and others learn of it late (facts 9.4).

No time is documented. Here a dial says how many seconds IAM itself needs for each kind of
thing; a region of STS needs a part of that, always the same one, so that regions differ,
STS is ahead of IAM, and a run can be repeated.
"""

import zlib

KINDS = ("keys", "principals", "roles", "policies")
LONG_AGO = float("-inf")


def long_ago(_kind):
    """Of what was always there."""
    return LONG_AGO


class Consistency:
    def __init__(self):
        self._seconds = dict.fromkeys(KINDS, 0.0)

    def set(self, **seconds):
        """By kind; the others stay as they are."""
        unknown = set(seconds) - set(KINDS)
        if unknown:
            raise ValueError(f"nothing that spreads: {', '.join(sorted(unknown))}")
        self._seconds.update({kind: float(value) for kind, value in seconds.items()})

    def clear(self):
        self._seconds = dict.fromkeys(KINDS, 0.0)

    def lag_s(self, kind, service="iam", region=""):
        """How long a change of this kind takes to be seen there."""
        if service == "iam":
            return self._seconds[kind]
        percent = 40 + zlib.crc32(f"{service} {region}".encode()) % 41
        return self._seconds[kind] * percent / 100


class Spread:
    """A value with its past. What others see is what it was when their news left."""

    def __init__(self, value, since=LONG_AGO):
        self._past = [(since, value)]

    @property
    def value(self):
        return self._past[-1][1]

    def set(self, value, since):
        self._past.append((since, value))

    def settle(self, value):
        """As if it had been so for ever."""
        self._past = [(LONG_AGO, value)]

    def seen(self, now, lag_s):
        """None for what nobody there has heard of yet. Without a lag the clock does not
        matter: a test may have turned it back."""
        if not lag_s:
            return self.value
        for since, value in reversed(self._past):
            if since <= now - lag_s:
                return value
        return None
