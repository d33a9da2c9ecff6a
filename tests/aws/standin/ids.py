"""Key ids, unique ids, secrets and tokens that look like the real ones."""

import base64
import secrets
import string

_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_SECRET = string.ascii_letters + string.digits + "/+"
_TOKEN_HEAD = "IQoJb3JpZ2luX2Vj"


def unique_id(prefix):
    """AIDA… of a user, AROA… of a role."""
    return prefix + "".join(secrets.choice(_BASE32) for _ in range(17))


def access_key_id(prefix, account):
    """20 characters that hold the account as real ones do: in the 10 bytes behind the
    prefix, a set bit, the account in 40 bits, and 39 that are random."""
    number = 1 << 79 | int(account) << 39 | secrets.randbits(39)
    return prefix + base64.b32encode(number.to_bytes(10, "big")).decode("ascii")


def secret_key():
    return "".join(secrets.choice(_SECRET) for _ in range(40))


def session_token(length=828):
    body = base64.b64encode(secrets.token_bytes(length)).decode("ascii")
    return (_TOKEN_HEAD + body)[:length]


def request_id():
    digits = secrets.token_hex(16)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
