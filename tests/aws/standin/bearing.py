"""What bears on a request of a caller: the policies, by layer, and the context."""

from . import evaluate
from .evaluate import Layer, Source
from .holders import User
from .state import time_text


def _of_grants(world, holder, grants, lag_s):
    """Inline ones, and attached ones by what is known of their default version. A simulation
    names an inline one by its holder as well."""
    account = holder.account
    sources = [Source(f"{holder.KIND}_{holder.name}_{name}", document)
               for name, document in grants.inline.items()]
    for arn in grants.attached:
        sources += managed(world, account, arn, lag_s)
    return sources


def managed(world, account, arn, lag_s=0):
    """As a list: empty for one that is not there, which allows nothing."""
    policy = world.find_policy(arn, account.partition)
    document = policy.document.seen(world.now(), lag_s) if policy else None
    return [] if document is None else [Source(policy.name, document)]


def layers_of(world, holder, lag_s=0):
    """Of a user, a group or a role, without what a session adds."""
    account, now = holder.account, world.now()
    grants = holder.grants.seen(now, lag_s)
    sources, boundary = [], None
    if grants is not None:
        sources = _of_grants(world, holder, grants, lag_s)
        boundary = grants.boundary
    for name in holder.groups if isinstance(holder, User) else ():
        group = account.groups.get(name)
        held = group.grants.seen(now, lag_s) if group else None
        if held is not None:
            sources += _of_grants(world, group, held, lag_s)
    layers = {"identity": Layer("identity-based policy", sources, "an")}
    if boundary is not None:
        layers["boundary"] = Layer("permissions boundary",
                                   managed(world, account, boundary, lag_s))
    if account.scp is not None:
        layers["organization"] = Layer("service control policy", [
            Source(f"p-{number}", document) for number, document in enumerate(account.scp, 1)])
    return layers


def layers(world, caller, service, region):
    found = layers_of(world, caller.holder,
                      world.consistency.lag_s("policies", service, region))
    if caller.session_policies is not None:
        found["session"] = Layer("session policy", caller.session_policies)
    return found


def _tags(prefix, *held):
    """A later tag beats an earlier one of the same key, compared without case."""
    return {f"{prefix}/{name}".lower(): value for tags in held for name, value in tags.items()}


def of_holder(holder):
    """What a user or a role brings along, whoever signs."""
    values = {"aws:principalarn": holder.arn, "aws:principalaccount": holder.account.id,
              "aws:principaltype": "User" if isinstance(holder, User) else "AssumedRole",
              **_tags("aws:PrincipalTag", holder.tags)}
    if isinstance(holder, User):
        values.update({"aws:username": holder.name, "aws:userid": holder.id})
    if holder.account.org is not None:
        values["aws:principalorgid"] = holder.account.org
    return values


def context(world, caller, call):
    """What every request has. The MFA keys are absent for a long-lived key (facts 9.5)."""
    now = world.now()
    values = {**of_holder(caller.holder), "aws:userid": caller.user_id,
              **_tags("aws:PrincipalTag", caller.holder.tags, caller.tags),
              "aws:sourceip": call.received.source_ip, "aws:requestedregion": call.region,
              "aws:currenttime": time_text(now), "aws:epochtime": str(int(now)),
              "aws:securetransport": "true"}
    if caller.source_identity is not None:
        values["aws:sourceidentity"] = caller.source_identity
    if caller.temporary:
        values["aws:tokenissuetime"] = time_text(caller.issued_at)
    return {**values, **mfa_context(now, caller, caller.mfa_at)}


def mfa_context(now, caller, mfa_at):
    if mfa_at is not None:
        return {"aws:multifactorauthpresent": "true",
                "aws:multifactorauthage": str(int(now - mfa_at))}
    return {"aws:multifactorauthpresent": "false"} if caller.temporary else {}


def request_tags(tags):
    """tags: {key: value} of the request; without any, there is no aws:TagKeys either."""
    if not tags:
        return {}
    return {**_tags("aws:RequestTag", tags), "aws:tagkeys": list(tags)}


def resource_tags(tags):
    """Of what the request is about."""
    return {**_tags("aws:ResourceTag", tags), **_tags("iam:ResourceTag", tags)}


def judge(world, caller, call, service, request):
    return evaluate.judge(layers(world, caller, service, call.region), request)
