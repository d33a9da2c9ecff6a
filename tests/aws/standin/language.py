"""The policy language: is a document one, and what are its statements?

What the engine (evaluate.py) would not understand is refused when it is handed in, never
passed over when it is evaluated. The words are those of IAM.
"""

import json
import re

from . import conditions

_FIELDS = {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource",
           "NotResource", "Condition"}
_VERSIONS = ("2008-10-17", "2012-10-17")
_SID = re.compile(r"[0-9A-Za-z]*")
_PRINCIPAL_KINDS = {"AWS", "Service", "Federated", "CanonicalUser"}
_SYNTAX = "Syntax errors in policy."


class Malformed(ValueError):
    """In the words of MalformedPolicyDocument."""


class Document:
    """text: as it was handed in. variables: whether ${…} means something in it."""

    def __init__(self, text, content):
        self.text = text
        self.content = content
        self.statements = listed(content["Statement"])
        self.variables = content.get("Version") == _VERSIONS[1]


def listed(value):
    return value if isinstance(value, list) else [value]


def text_of(content):
    """As IAM writes JSON itself."""
    return json.dumps(content, separators=(",", ":"))


def size(text):
    """IAM does not count white space (facts 9.3)."""
    return len(re.sub(r"\s", "", text))


def read(text, trust=False, version_needed=False):
    """trust: a trust policy, else one of an identity. Raises Malformed."""
    try:
        content = json.loads(text)
    except ValueError:
        raise Malformed("This policy contains invalid Json") from None
    if not isinstance(content, dict) or set(content) - {"Version", "Id", "Statement"}:
        raise Malformed(_SYNTAX)
    version = content.get("Version", _VERSIONS[0])
    if version not in _VERSIONS:
        raise Malformed(_SYNTAX)
    if version_needed and version != _VERSIONS[1]:
        raise Malformed("Policy document must be version 2012-10-17 or greater.")
    statements = listed(content.get("Statement", []))
    if not statements:
        raise Malformed(_SYNTAX)
    for statement in statements:
        _check_statement(statement)
        (_check_trust if trust else _check_identity)(statement)
    _check_sids(statements)
    return Document(text, content)


def _check_statement(statement):
    if not isinstance(statement, dict):
        raise Malformed(_SYNTAX)
    unknown = set(statement) - _FIELDS
    if unknown or statement.get("Effect") not in ("Allow", "Deny"):
        raise Malformed(_SYNTAX)
    for one in ("Principal", "Action", "Resource"):
        if one in statement and f"Not{one}" in statement:
            raise Malformed(_SYNTAX)
    _check_actions(statement)
    held = statement.get("Condition", {})
    if not isinstance(held, dict):
        raise Malformed(_SYNTAX)
    for operator, pairs in held.items():
        if not conditions.is_known(operator):
            raise Malformed(f"Invalid Condition type : {operator}.")
        if not isinstance(pairs, dict):
            raise Malformed(_SYNTAX)
        for key in pairs:
            if ":" not in key:
                raise Malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, "
                                "sdb, ec2, etc.")


def _check_actions(statement):
    actions = listed(statement.get("Action", statement.get("NotAction", [])))
    if not actions:
        raise Malformed("Policy statement must contain actions.")
    for action in actions:
        if not isinstance(action, str):
            raise Malformed(_SYNTAX)
        if action != "*" and not re.fullmatch(r"[\w*?-]+:[\w*?]+", action, re.ASCII):
            raise Malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, "
                            "ec2, etc.")


def _check_identity(statement):
    if "Principal" in statement or "NotPrincipal" in statement:
        raise Malformed("Policy document should not specify a principal.")
    resources = listed(statement.get("Resource", statement.get("NotResource", [])))
    if not resources:
        raise Malformed("Policy statement must contain resources.")
    for resource in resources:
        if not isinstance(resource, str):
            raise Malformed(_SYNTAX)
        if resource != "*" and not re.match(r"(arn|\*|\$\{[^}]*\}):", resource):
            raise Malformed(f'Resource {resource} must be in ARN format or "*".')


def _check_trust(statement):
    for name in ("Resource", "NotResource"):
        if name in statement:
            raise Malformed(f"Has prohibited field {name}")
    wanted = statement.get("Principal", statement.get("NotPrincipal"))
    if wanted is None:
        raise Malformed("Missing required field Principal")
    if wanted != "*":
        if not isinstance(wanted, dict) or not wanted or set(wanted) - _PRINCIPAL_KINDS:
            raise Malformed("Invalid principal in policy.")
        for values in wanted.values():
            if not all(isinstance(value, str) and value for value in listed(values)):
                raise Malformed("Invalid principal in policy.")
    actions = listed(statement.get("Action", statement.get("NotAction")))
    if not all(action.lower().startswith("sts:") for action in actions):
        raise Malformed("AssumeRole policy may only specify STS AssumeRole actions.")


def _check_sids(statements):
    sids = [statement["Sid"] for statement in statements if "Sid" in statement]
    if not all(isinstance(sid, str) and _SID.fullmatch(sid) for sid in sids):
        raise Malformed("Statement IDs (SID) must be alpha-numeric. Check that your input "
                        "satisfies the regular expression [0-9A-Za-z]*")
    if len(set(sids)) != len(sids):
        raise Malformed("Statement IDs (SID) in a single policy must be unique.")
