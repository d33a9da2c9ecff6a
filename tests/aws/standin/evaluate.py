"""May this caller do that? All policies that bear on a request, weighed as AWS weighs them.

A denial anywhere is the end. Otherwise each layer must allow: the organization's policies,
the trust policy where there is one, the caller's own, its boundary, its session's.
"""

import dataclasses

from . import conditions, trust
from .conditions import Unknown
from .language import listed


@dataclasses.dataclass
class Source:
    """A document and where it came from, for who asks what decided."""
    name: str
    document: object


@dataclasses.dataclass
class Request:
    action: str
    resource: str                     # an ARN, or "*" for an action that has none
    context: dict


@dataclasses.dataclass
class Layer:
    """The documents of one kind. name: as AWS's messages have it."""
    name: str
    sources: list
    article: str = "a"


@dataclasses.dataclass
class Weight:
    denied: list                      # the sources of the statements that deny
    allowed: list                     # of those that allow
    missing: list                     # context keys that were asked for and are not there


@dataclasses.dataclass
class Verdict:
    decision: str                     # "allowed", "explicitDeny", "implicitDeny"
    ending: str = ""                  # how AWS's longer message ends
    matched: list = dataclasses.field(default_factory=list)
    missing: list = dataclasses.field(default_factory=list)
    by_boundary: bool = None          # None: there is none
    by_organization: bool = None

    @property
    def allowed(self):
        return self.decision == "allowed"


def _names_action(statement, action):
    patterns = listed(statement.get("Action", statement.get("NotAction")))
    found = any(conditions.matches(one, action, ignore_case=True) for one in patterns)
    return found == ("Action" in statement)


def _names_resource(statement, request, variables):
    """A pattern whose variable has no value matches nothing, under NotResource as well."""
    patterns = listed(statement.get("Resource", statement.get("NotResource")))
    context = request.context if variables else None
    found = False
    for one in patterns:
        try:
            found = found or conditions.matches(one, request.resource, context)
        except Unknown:
            if "NotResource" in statement:
                return False
    return found == ("Resource" in statement)


def _is_missing(statement, request, variables):
    """What a simulation tells: keys without which this statement could not be judged."""
    if not _names_action(statement, request.action):
        return []
    return [key for key in conditions.asked_for(statement) if key.lower() not in request.context]


def weigh(layer, request):
    weight = Weight([], [], [])
    for source in layer.sources:
        document = source.document
        for statement in document.statements:
            weight.missing += _is_missing(statement, request, document.variables)
            if (_names_action(statement, request.action)
                    and _names_resource(statement, request, document.variables)
                    and conditions.hold(statement, request.context, document.variables)):
                side = weight.denied if statement["Effect"] == "Deny" else weight.allowed
                side.append(source)
    return weight


def _weigh_trust(document, caller, request):
    """(denied, allowed as): 'person' if a user or a session is named, 'role' if the caller's
    role is, 'account' if its account is, None if nobody of them."""
    strength = [None, "account", "role", "person"]
    found = None
    for statement in document.statements:
        if not _names_action(statement, request.action):
            continue
        named = trust.match(statement, caller)
        if named is None or not conditions.hold(statement, request.context, document.variables):
            continue
        if statement["Effect"] == "Deny":
            return True, None
        found = max(found, named, key=strength.index)
    return False, found


def _explicit(layer, sources):
    return Verdict("explicitDeny", f"with an explicit deny in {layer.article} {layer.name}",
                   matched=sources)


def _implicit(name, action):
    return Verdict("implicitDeny", f"because no {name} allows the {action} action")


def judge(layers, request):
    """layers: 'identity' and, where there are such, 'organization', 'boundary', 'session'."""
    return _judge(layers, request, False, None)


def judge_role(layers, request, caller, role_account, document):
    """On a role, whose trust policy has a say. document None: such a role is not there.

    Within one account it is enough to be named in the trust policy; a boundary and a
    session's policy narrow that for a role, and not for a user or a session (facts 1.8).
    """
    if document is None:
        return _implicit("role trust policy", request.action)
    denied, named = _weigh_trust(document, caller, request)
    if denied:
        return Verdict("explicitDeny", "with an explicit deny in the role trust policy")
    verdict = _judge(layers, request, named in ("person", "role")
                     and caller.account is role_account, named)
    if verdict.decision != "explicitDeny" and named is None:
        return _implicit("role trust policy", request.action)
    return verdict


def _judge(layers, request, is_named, named):
    weights = {kind: weigh(layer, request) for kind, layer in layers.items()}
    missing = list(dict.fromkeys(key for weight in weights.values() for key in weight.missing))
    verdict = _decide(layers, weights, request, is_named, named)
    verdict.missing = missing
    if "boundary" in weights:
        weight = weights["boundary"]
        verdict.by_boundary = bool(weight.allowed) and not weight.denied
    if "organization" in weights:
        weight = weights["organization"]
        verdict.by_organization = bool(weight.allowed) and not weight.denied
    return verdict


def _decide(layers, weights, request, is_named, named):
    for kind in ("organization", "identity", "boundary", "session"):
        if kind in weights and weights[kind].denied:
            return _explicit(layers[kind], weights[kind].denied)
    needed = ["organization", "identity", "boundary", "session"]
    if is_named:
        needed = (["organization"] if named == "person"
                  else ["organization", "boundary", "session"])
    for kind in needed:
        if kind in weights and not weights[kind].allowed:
            return _implicit(layers[kind].name, request.action)
    return Verdict("allowed", matched=weights["identity"].allowed)
