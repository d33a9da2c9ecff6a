"""Trust policies: who may assume a role, and on which conditions (facts 9.5).

The part of the language that roles here need; a document with anything else is refused
when it is added, never passed over when it is evaluated.
"""

import fnmatch
import re

_OPERATORS = {
    "StringEquals": lambda have, want: have == want,
    "StringLike": fnmatch.fnmatchcase,
    "ArnEquals": fnmatch.fnmatchcase,
    "ArnLike": fnmatch.fnmatchcase,
    "Bool": lambda have, want: have.lower() == want.lower(),
    "NumericLessThan": lambda have, want: float(have) < float(want),
}
_ACCOUNT = re.compile(r"(?:arn:[a-z-]+:iam::)?([0-9]{12})(?::root)?")


def _listed(value):
    return value if isinstance(value, list) else [value]


def check(document):
    """Raises ValueError for what decide() would not understand."""
    for statement in _listed(document["Statement"]):
        unknown = set(statement) - {"Sid", "Effect", "Principal", "Action", "Condition"}
        if unknown or statement["Effect"] not in ("Allow", "Deny"):
            raise ValueError(f"trust policy: not understood here: {statement}")
        if statement["Principal"] != "*" and set(statement["Principal"]) != {"AWS"}:
            raise ValueError(f"trust policy: principal {statement['Principal']}")
        for operator in statement.get("Condition", {}):
            if operator not in _OPERATORS:
                raise ValueError(f"trust policy: condition operator {operator}")


def _principal(statement, caller):
    """'named' if an ARN names the caller, 'account' if its account is trusted, else None."""
    wanted = statement["Principal"]
    if wanted == "*":
        return "account"
    found = None
    for value in _listed(wanted["AWS"]):
        if value in caller.principals:
            return "named"
        account = _ACCOUNT.fullmatch(value)
        if value == "*" or (account and account.group(1) == caller.account.id):
            found = "account"
    return found


def _conditions_hold(statement, context):
    """A key that the request does not have matches nothing."""
    for operator, pairs in statement.get("Condition", {}).items():
        for key, wanted in pairs.items():
            have = context.get(key)
            if have is None:
                return False
            if not any(_OPERATORS[operator](have, str(one)) for one in _listed(wanted)):
                return False
    return True


def _decide(document, action, caller, context):
    """'named' or 'account' if a statement allows, 'denied' if one denies, else None."""
    verdict = None
    for statement in _listed(document["Statement"]):
        if not any(fnmatch.fnmatchcase(action, one) for one in _listed(statement["Action"])):
            continue
        trusted = _principal(statement, caller)
        if trusted is None or not _conditions_hold(statement, context):
            continue
        if statement["Effect"] == "Deny":
            return "denied"
        if verdict != "named":
            verdict = trusted
    return verdict


def allows(role, action, caller, context):
    """Whether the caller may do the action on the role.

    Across accounts the trust policy and the caller's identity policy must both allow.
    Within one account, being named in the trust policy is enough.
    """
    trusted = _decide(role.trust, action, caller, context)
    if trusted not in ("named", "account"):
        return False
    if trusted == "named" and caller.account is role.account:
        return True
    return any(fnmatch.fnmatchcase(role.arn, pattern) for pattern in caller.may_assume)
