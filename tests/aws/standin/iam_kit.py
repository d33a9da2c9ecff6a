"""What the actions of IAM are made of: what is asked, on what, and lists in pages."""

import base64
import dataclasses
import urllib.parse

from . import bearing, language, limits
from .errors import (invalid_input, invalid_value, malformed_document, no_such_entity,
                     quota_exceeded)
from .state import time_text

TAGS_MAX = 50
_PAGE = 100


class Ask:
    """One call: who asks, what, and in which world."""

    def __init__(self, world, caller, call):
        self.world, self.caller, self.call = world, caller, call
        self.account = caller.account
        self.parameters = call.parameters
        self.now, self.since = world.now(), world.since

    def get(self, name, other=None):
        return self.parameters.get(name, other)

    def user_name(self):
        """Left out, it is the one whose long-lived key signs (facts 9.1)."""
        name = self.get("UserName")
        if name is None and self.caller.kind != "user":
            raise invalid_value("Must specify userName when calling with non-User credentials")
        return self.caller.user.name if name is None else name

    def user(self):
        return find(self.account.users, "user", self.user_name())

    def group(self):
        return find(self.account.groups, "group", self.get("GroupName"))

    def role(self):
        return find(self.account.roles, "role", self.get("RoleName"))

    def policy(self, words="Policy {arn} was not found."):
        """Of this account or AWS's own."""
        arn = self.get("PolicyArn")
        check_policy_arn(arn, self.account)
        policy = self.world.find_policy(arn, self.account.partition)
        if policy is None or policy.account not in (None, self.account):
            raise no_such_entity(words.format(arn=arn))
        return policy

    def own_policy(self):
        """One that may be changed."""
        policy = self.policy()
        if policy.account is None:
            raise invalid_input("ARN is not valid for a customer managed policy: " + policy.arn)
        return policy


def find(held, what, name):
    if name not in held:
        raise no_such_entity(f"The {what} with name {name} cannot be found.")
    return held[name]


def check_policy_arn(arn, account):
    head = f"arn:{account.partition}:iam::"
    if not arn.startswith(head) or not arn[len(head):].partition(":")[2].startswith("policy/"):
        raise invalid_input(f"ARN {arn} is not valid.")


def no_context(_ask):
    return {}


@dataclasses.dataclass
class Action:
    """on: (the ARN that policies are asked about, the words for it in a refusal)."""
    run: object
    on: object
    required: tuple = ()
    context: object = no_context


def _arn(ask, kind, held, name):
    return held[name].arn if name in held else ask.account.arn(f"{kind}/{name}")


def on_user(ask):
    name = ask.user_name()
    return _arn(ask, "user", ask.account.users, name), f"user {name}"


def on_group(ask):
    name = ask.get("GroupName")
    return _arn(ask, "group", ask.account.groups, name), f"group {name}"


def on_role(ask):
    name = ask.get("RoleName")
    return _arn(ask, "role", ask.account.roles, name), f"role {name}"


def on_policy(ask):
    return ask.get("PolicyArn"), f"policy {ask.get('PolicyArn')}"


def on_new(kind):
    """Something that is not there yet."""
    def on(ask):
        path = ask.get("Path", "/")
        arn = ask.account.arn(f"{kind}{path}{ask.get(kind.capitalize() + 'Name')}")
        return arn, arn
    return on


def on_all(kind):
    """A list of everything of a kind."""
    def on(ask):
        arn = ask.account.arn(f"{kind}{ask.get('PathPrefix', '/')}")
        return arn, arn
    return on


def on_nothing(_ask):
    return "*", "*"


def policy_context(ask):
    return {"iam:policyarn": ask.get("PolicyArn")}


# --- documents, tags, pages -----------------------------------------------------------------

def encoded(text):
    """A document inside an answer (RFC 3986)."""
    return urllib.parse.quote(text, safe="")


def read_document(text, **how):
    try:
        return language.read(text, version_needed=not how.get("trust"), **how)
    except language.Malformed as wrong:
        raise malformed_document(str(wrong)) from None


def tags_in(ask):
    """{key: value} of the call, checked."""
    tags = limits.members(ask.parameters, "Tags", "Key", "Value")
    keys = [(tag["Key"] or "").lower() for tag in tags]
    if len(set(keys)) != len(keys):
        raise invalid_input("Duplicate tag keys found. Please note that Tag keys are case "
                            "insensitive.")
    limits.check_tags(tags, [])
    return {tag["Key"]: tag["Value"] or "" for tag in tags}


def add_tags(holder, tags, what):
    """A key that differs only in case replaces the one that is there."""
    new = {key.lower() for key in tags}
    held = {key: value for key, value in holder.tags.items() if key.lower() not in new}
    if len(held) + len(tags) > TAGS_MAX:
        raise quota_exceeded(f"Cannot exceed quota for TagsPer{what}: {TAGS_MAX}")
    holder.tags = {**held, **tags}


def remove_tags(holder, keys):
    gone = {key.lower() for key in keys}
    holder.tags = {key: value for key, value in holder.tags.items() if key.lower() not in gone}


def tag_list(holder):
    return [{"Key": key, "Value": value} for key, value in holder.tags.items()]


def _mark(number):
    return base64.b64encode(f"page from {number}".encode()).decode("ascii")


def page(ask, name, found):
    """What a list gives at once. IAM may give fewer than it was asked for (world.page_max)."""
    start = 0
    if ask.get("Marker") is not None:
        known = {_mark(number): number for number in range(len(found) + 1)}
        if ask.get("Marker") not in known:
            raise invalid_value("Invalid Marker.")
        start = known[ask.get("Marker")]
    end = start + min(int(ask.get("MaxItems", _PAGE)), ask.world.page_max or 1000)
    result = {name: found[start:end], "IsTruncated": "false"}
    if end < len(found):
        result.update(IsTruncated="true", Marker=_mark(end))
    return result


def head_of(holder, kind):
    """The fields that a user, a group and a role have in common."""
    return {"Path": holder.path, f"{kind}Name": holder.name, f"{kind}Id": holder.id,
            "Arn": holder.arn, "CreateDate": time_text(holder.created)}


def boundary_of(holder):
    arn = holder.grants.value.boundary
    return {} if arn is None else {"PermissionsBoundary": {
        "PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": arn}}


def boundary_in(ask):
    """The boundary that the call sets: a policy that is there."""
    arn = ask.get("PermissionsBoundary")
    if arn is None:
        return None
    check_policy_arn(arn, ask.account)
    if not bearing.managed(ask.world, ask.account, arn):
        raise no_such_entity(f"Scope ARN: {arn} does not exist or is not attachable.")
    return arn
