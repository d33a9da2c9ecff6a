"""MFA devices: six digits that change every 30 seconds (RFC 6238), each good once."""

import base64
import hashlib
import hmac
import struct

_STEP_S = 30


def code_at(seed, seconds):
    """seed: base32, as a QR code of AWS holds it."""
    key = base64.b32decode(seed)
    digest = hmac.new(key, struct.pack(">Q", int(seconds) // _STEP_S), hashlib.sha1).digest()
    start = digest[-1] & 15
    number = struct.unpack(">I", digest[start:start + 4])[0] & 0x7FFFFFFF
    return f"{number % 1000000:06d}"


class Device:
    def __init__(self, seed):
        self._seed = seed
        self._used = set()

    def accept(self, code, now):
        """Of this step and the one before; the second use of a code is refused."""
        for moment in (now, now - _STEP_S):
            step = int(moment) // _STEP_S
            if step not in self._used and code == code_at(self._seed, moment):
                self._used.add(step)
                return True
        return False
