"""The actions of STS (API version 2011-06-15), for a caller whose signature stands."""

import re

from . import bearing, evaluate, limits, session_policy
from .errors import access_denied, invalid_value, region_disabled
from .holders import Caller
from .state import time_text

NAME = "sts"
VERSION = "2011-06-15"
NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"

_ROLE_ARN = re.compile(r"arn:(aws|aws-[a-z-]+):iam::[0-9]{12}:role((/[!-~]+)*)/[\w+=,.@-]{1,64}",
                       re.ASCII)
_DEFAULT_S = 3600
_CHAINED_MAX_S = 3600


def get_caller_identity(_world, key, _call):
    caller = key.caller
    return {"UserId": caller.user_id, "Account": caller.account.id, "Arn": caller.arn}


def _credentials(session):
    return {"AccessKeyId": session.id, "SecretAccessKey": session.secret,
            "SessionToken": session.token, "Expiration": time_text(session.expires_at)}


def _denied(caller, role_arn, action="sts:AssumeRole", ending=""):
    return access_denied(f"User: {caller.arn} is not authorized to perform: {action} "
                         f"on resource: {role_arn}" + (f" {ending}" if ending else ""))


def _check_region(world, account, region):
    """What counts is the account whose credentials are made (facts 3.4)."""
    if region in world.opt_in_regions and region not in account.enabled_regions:
        raise region_disabled(account.id)


def _mfa_moment(world, caller, parameters):
    """When this call proved a device; None if it sent no code. Refuses a wrong one."""
    serial, code = parameters.get("SerialNumber"), parameters.get("TokenCode")
    if serial is None and code is None:
        return None
    if serial is None or code is None:
        raise access_denied("MultiFactorAuthentication failed, must provide both MFA serial "
                            "number and one time pass code.")
    device = caller.user.mfa.get(serial) if caller.user else None
    if device is None:
        raise access_denied("MultiFactorAuthentication failed, unable to validate MFA code.  "
                            "Please verify your MFA serial number is valid and associated with "
                            "this user.")
    with world.lock:
        if not device.accept(code, world.now()):
            raise access_denied("MultiFactorAuthentication failed with invalid MFA one time "
                                "pass code.")
    return world.now()


def _context(world, caller, call, tags, mfa_at):
    """What conditions may ask about (facts 9.5). A key that is absent matches nothing."""
    parameters = call.parameters
    transitive = limits.members(parameters, "TransitiveTagKeys")
    values = {
        "sts:externalid": parameters.get("ExternalId"),
        "sts:rolesessionname": parameters.get("RoleSessionName"),
        "sts:sourceidentity": parameters.get("SourceIdentity", caller.source_identity),
        "sts:transitivetagkeys": transitive or None,
    }
    return {**bearing.context(world, caller, call),
            **bearing.mfa_context(world.now(), caller, mfa_at),
            **bearing.request_tags({tag["Key"]: tag["Value"] or "" for tag in tags}),
            **{name: value for name, value in values.items() if value is not None}}


def _permit(world, role, caller, call, tags, context):
    """A source identity that was set goes on, and each role must allow it (facts 1.9)."""
    actions = ["sts:AssumeRole"]
    if tags:
        actions.append("sts:TagSession")
    if "SourceIdentity" in call.parameters or caller.source_identity is not None:
        actions.append("sts:SetSourceIdentity")
    layers = bearing.layers(world, caller, NAME, call.region)
    document = role and role.trust.seen(world.now(),
                                        world.consistency.lag_s("roles", NAME, call.region))
    for action in actions:
        request = evaluate.Request(action, call.parameters["RoleArn"], context)
        verdict = evaluate.judge_role(layers, request, caller, role and role.account, document)
        if not verdict.allowed:
            raise _denied(caller, request.resource, action,
                          verdict.ending if world.explain_denials else "")


def _source_identity(caller, role_arn, parameters):
    """Once set it stays as it is."""
    wanted = parameters.get("SourceIdentity", caller.source_identity)
    if caller.source_identity not in (None, wanted):
        raise _denied(caller, role_arn, "sts:SetSourceIdentity")
    return wanted


def _check_duration(role, caller, duration_s):
    if caller.temporary and duration_s > _CHAINED_MAX_S:
        raise invalid_value("The requested DurationSeconds exceeds the 1 hour session limit for "
                            "roles assumed by role chaining.")
    if duration_s > role.max_session_s:
        raise invalid_value("The requested DurationSeconds exceeds the MaxSessionDuration set "
                            "for this role.")


def _tags(caller, parameters):
    """The tags of this call and those that go on after it."""
    tags = limits.members(parameters, "Tags", "Key", "Value")
    transitive = limits.members(parameters, "TransitiveTagKeys")
    limits.check_tags(tags, transitive)
    inherited = {name.lower() for name in caller.transitive_tags}
    for tag in tags:
        if tag["Key"].lower() in inherited:
            raise invalid_value("One of the specified transitive tag keys can't be set because "
                                "it conflicts with a transitive tag key from the calling session.")
    going_on = {name.lower() for name in transitive}
    return tags, {**caller.transitive_tags,
                  **{tag["Key"]: tag["Value"] for tag in tags if tag["Key"].lower() in going_on}}


def assume_role(world, key, call):
    caller, parameters = key.caller, call.parameters
    limits.check(parameters, limits.ASSUME_ROLE, ("RoleArn", "RoleSessionName"))
    role_arn, name = parameters["RoleArn"], parameters["RoleSessionName"]
    if not _ROLE_ARN.fullmatch(role_arn):
        raise invalid_value(f"{role_arn} is invalid")
    tags, transitive = _tags(caller, parameters)
    session_policy.check_document(parameters)

    mfa_at = _mfa_moment(world, caller, parameters)
    if mfa_at is None:
        mfa_at = caller.mfa_at
    role = world.find_role(role_arn)
    _permit(world, role, caller, call, tags, _context(world, caller, call, tags, mfa_at))
    source_identity = _source_identity(caller, role_arn, parameters)
    duration_s = int(parameters.get("DurationSeconds", _DEFAULT_S))
    _check_duration(role, caller, duration_s)
    _check_region(world, role.account, call.region)
    percent = session_policy.packed_percent(parameters, tags, role.account)

    arn = role.session_arn(name)
    session = world.new_session(
        Caller(role.account, arn, f"{role.id}:{name}", role,
               temporary=True, chained=caller.temporary, source_identity=source_identity,
               transitive_tags=transitive,
               tags={**transitive, **{tag["Key"]: tag["Value"] or "" for tag in tags}},
               session_policies=session_policy.sources(world, parameters, role.account)),
        duration_s if call.life_s is None else call.life_s)
    role.last_used = world.now(), call.region
    result = {"SourceIdentity": source_identity} if source_identity else {}
    result["AssumedRoleUser"] = {"Arn": arn, "AssumedRoleId": f"{role.id}:{name}"}
    result["Credentials"] = _credentials(session)
    if percent is not None:
        result["PackedPolicySize"] = str(percent)
    return result


def get_session_token(world, key, call):
    caller = key.caller
    limits.check(call.parameters, limits.GET_SESSION_TOKEN)
    if caller.temporary:
        raise access_denied("Cannot call GetSessionToken with session credentials")
    mfa_at = _mfa_moment(world, caller, call.parameters)
    _check_region(world, caller.account, call.region)
    duration_s = int(call.parameters.get("DurationSeconds", 43200))
    session = world.new_session(
        Caller(caller.account, caller.arn, caller.user_id, caller.user, temporary=True,
               mfa_at=mfa_at),
        duration_s if call.life_s is None else call.life_s)
    return {"Credentials": _credentials(session)}


ACTIONS = {
    "AssumeRole": assume_role,
    "GetCallerIdentity": get_caller_identity,
    "GetSessionToken": get_session_token,
}
