"""Session policies: are they such, and do they fit with the tags (facts 1.2, 1.6)?"""

import re
import zlib

from . import bearing, language, limits
from .errors import Refusal, invalid_value
from .evaluate import Source

_PACKED_MAX = 2048
_ARN = re.compile(r"arn:(aws|aws-[a-z-]+):iam::([0-9]{12}|aws):policy/[!-~]+")
_ARNS_MAX = 10


def _malformed(what):
    return Refusal("MalformedPolicyDocument", what)


def _check_document(text):
    try:
        return language.read(text)
    except language.Malformed as wrong:
        raise _malformed(str(wrong)) from None


def _check_arns(arns, account):
    if len(arns) > _ARNS_MAX:
        raise invalid_value("1 validation error detected: Value at 'policyArns' failed to satisfy "
                            "constraint: Member must have length less than or equal to 10")
    for arn in arns:
        found = _ARN.fullmatch(arn)
        if found is None:
            raise invalid_value(f"ARN {arn} is not valid.")
        if found.group(2) not in ("aws", account.id):
            raise invalid_value(f"{arn} is not in the account of the role.")


def check_document(parameters):
    """Refuses a policy that is none; before anybody is looked at."""
    if "Policy" in parameters:
        _check_document(parameters["Policy"])


def _arns(parameters):
    return [arn["arn"] for arn in limits.members(parameters, "PolicyArns", "arn")]


def sources(world, parameters, account):
    """What narrows the session; None if nothing does. A managed policy counts as it is now;
    one that is not there allows nothing."""
    found = [one for arn in _arns(parameters) for one in bearing.managed(world, account, arn)]
    if "Policy" in parameters:
        found.append(Source("session", _check_document(parameters["Policy"])))
    return found if found or _arns(parameters) else None


def packed_percent(parameters, tags, account):
    """How much of the room policies and tags take, compressed; None if there are none. How
    AWS packs is not known: here a compression of all of them into 2048 bytes."""
    arns = _arns(parameters)
    _check_arns(arns, account)
    if not (tags or arns or "Policy" in parameters):
        return None
    whole = parameters.get("Policy", "") + "".join(arns)
    whole += "".join(tag["Key"] + (tag["Value"] or "") for tag in tags)
    percent = -(-100 * len(zlib.compress(whole.encode(), 9)) // _PACKED_MAX)
    if percent > 100:
        raise Refusal("PackedPolicyTooLarge", f"Packed policy consumes {percent}% of allotted "
                      "space, please use smaller policy.")
    return percent
