"""The actions of IAM (API version 2010-05-08), for a caller whose signature stands.

What each does is in the files beside this one; here is what all have in common: limits of
parameters, whose user is meant, and whether the caller may.
"""

import functools

from . import (bearing, iam_groups, iam_keys, iam_policies, iam_roles, iam_users, limits,
               simulate)
from .errors import access_denied, invalid_token
from .evaluate import Request
from .iam_kit import Ask

NAME = "iam"
VERSION = "2010-05-08"
NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"


def _tags_of(account, arn):
    for held in (account.users, account.roles, account.policies):
        for one in held.values():
            if one.arn == arn:
                return one.tags
    return {}


def _actions(name, tags):
    """Who makes something with tags must be allowed to tag it as well."""
    yield f"iam:{name}"
    if tags and name.startswith("Create"):
        yield f"iam:Tag{name[len('Create'):]}"


def _permit(ask, name, action):
    resource, words = action.on(ask)
    tags = {tag["Key"] or "": tag["Value"] or ""
            for tag in limits.members(ask.parameters, "Tags", "Key", "Value")}
    context = {**bearing.context(ask.world, ask.caller, ask.call), **action.context(ask),
               **bearing.request_tags(tags),
               **bearing.resource_tags(_tags_of(ask.account, resource))}
    for asked in _actions(name, tags):
        request = Request(asked, resource, context)
        verdict = bearing.judge(ask.world, ask.caller, ask.call, NAME, request)
        if not verdict.allowed:
            raise access_denied(f"User: {ask.caller.arn} is not authorized to perform: {asked} "
                                f"on resource: {words} {verdict.ending}")


def _carry_out(name, action, world, key, call):
    caller = key.caller
    limits.check(call.parameters, limits.IAM, action.required)
    if caller.kind == "session" and caller.mfa_at is None:
        raise invalid_token()         # without MFA it has no business with IAM at all
    with world.lock:
        ask = Ask(world, caller, call)
        _permit(ask, name, action)
        return action.run(ask)


ACTIONS_BY_NAME = {name: action
                   for part in (iam_keys, iam_users, iam_groups, iam_roles, iam_policies, simulate)
                   for name, action in part.ACTIONS.items()}
ACTIONS = {name: functools.partial(_carry_out, name, action)
           for name, action in ACTIONS_BY_NAME.items()}
