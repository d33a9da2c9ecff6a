"""MFA devices: six digits that change every 30 seconds (RFC 6238), each good once."""

import base64
import hashlib
import hmac
import struct
import time

STEP_S = 30


def code_at(seed, seconds):
    """seed: base32, as a QR code of AWS holds it."""
    key = base64.b32decode(seed)
    digest = hmac.new(key, struct.pack(">Q", int(seconds) // STEP_S), hashlib.sha1).digest()
    start = digest[-1] & 15
    number = struct.unpack(">I", digest[start:start + 4])[0] & 0x7FFFFFFF
    return f"{number % 1000000:06d}"


class Device:
    """What AWS keeps of a device. seed: None for one that has no six digits, a FIDO key."""

    def __init__(self, seed):
        self._seed = seed
        self._used = set()

    def accept(self, code, now):
        """Of this step, the one before and the one after, for clocks differ; the second use
        of a code is refused."""
        if self._seed is None:
            return False
        for moment in (now, now - STEP_S, now + STEP_S):
            step = int(moment) // STEP_S
            if step not in self._used and code == code_at(self._seed, moment):
                self._used.add(step)
                return True
        return False


class Fob:
    """The device in a person's hand. now: the stand-in's clock."""

    def __init__(self, seed, now):
        self._seed = seed
        self._now = now
        self._last = -1

    def fresh(self):
        """A code that it has not shown before: of this step or the next one, which AWS takes
        too; otherwise time must pass."""
        while self._last > int(self._now()) // STEP_S:
            time.sleep(0.2)
        self._last = max(self._last + 1, int(self._now()) // STEP_S)
        return code_at(self._seed, self._last * STEP_S)

    def stale(self):
        """A code of ten minutes ago: well-formed, and wrong."""
        return code_at(self._seed, self._now() - 20 * STEP_S)
