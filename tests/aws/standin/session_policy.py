"""Session policies: are they such, and do they fit with the tags (facts 1.2, 1.6)?"""

import json
import re
import zlib

from . import limits
from .errors import Refusal, invalid_value

_PACKED_MAX = 2048
_ARN = re.compile(r"arn:(aws|aws-[a-z-]+):iam::([0-9]{12}|aws):policy/[!-~]+")
_ARNS_MAX = 10


def _malformed(what):
    return Refusal("MalformedPolicyDocument", what)


def _check_document(text):
    try:
        document = json.loads(text)
    except ValueError:
        raise _malformed("This policy contains invalid Json") from None
    if not isinstance(document, dict) or "Statement" not in document:
        raise _malformed("Syntax errors in policy.")
    statements = document["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        if (not isinstance(statement, dict) or statement.get("Effect") not in ("Allow", "Deny")
                or not {"Action", "NotAction"} & set(statement)):
            raise _malformed("Syntax errors in policy.")
        if "Principal" in statement:
            raise _malformed("Policy document should not specify a principal.")


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


def packed_percent(parameters, tags, account):
    """How much of the room policies and tags take, compressed; None if there are none. How
    AWS packs is not known: here a compression of all of them into 2048 bytes."""
    arns = [arn["arn"] for arn in limits.members(parameters, "PolicyArns", "arn")]
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
