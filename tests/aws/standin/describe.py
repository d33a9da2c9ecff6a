"""From the description of a world to what IAM keeps.

    account  {"partition", "enabled_regions", "org": "o-…", "alias", "scp": [document],
              "users": {name: user}, "groups": {name: group}, "roles": {name: role},
              "policies": {name: document}}
    group    {"policies": {name: document}, "attached": [arn]}
    user     a group's, and {"groups": [name], "boundary": arn, "tags": {key: value},
              "created", "mfa": {name: seed}, "hardware": {serial: seed}, "u2f": [name],
              "key": key or "keys": [key, key], "may_assume": [role arn],
              "may_iam": [action]}
    key      {"id", "secret", "status", "created", "last_used": [moment, service, region]}
    role     a group's, and {"trust": document, "max_session_s", "description", "boundary",
              "tags", "created", "may_assume"}

All names may have a path: "team/Deploy". Moments are seconds since 1970 or ISO 8601.
may_assume and may_iam stand for inline policies of those names. What is described has been
there for ever: nothing of it has to spread. Who is described again stays who they are: the
same unique id, with all else as it is said now, and for a user a further key.
"""

import datetime

from . import mfa, trust
from .holders import Account, Group, Grants, Policy, Role, User, document_of, split

_CREATED = 1767225600                 # 2026-01-01
_KEYS_MAX = 2
_SESSION_ACTIONS = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]


def moment(value):
    if isinstance(value, str):
        return datetime.datetime.fromisoformat(value).timestamp()
    return float(value)


def add(world, accounts):
    """Policies before those who hold them, people before those who trust them."""
    given = {}
    for account_id, content in accounts.items():
        account = world.accounts.setdefault(
            account_id, Account(account_id, content.get("partition", "aws")))
        account.enabled_regions.update(content.get("enabled_regions", ()))
        account.org = content.get("org", account.org)
        account.alias = content.get("alias", account.alias)
        if "scp" in content:
            account.scp = [document_of(one) for one in content["scp"]]
        for name, policy in content.get("policies", {}).items():
            _add_policy(account, name, policy)
        for name, group in content.get("groups", {}).items():
            _add_holder(account.groups, Group, account, name, group)
        for name, user in content.get("users", {}).items():
            given[name] = _add_user(world, account, name, user)
        for name, role in content.get("roles", {}).items():
            _add_role(account, name, role)
    for account_id, content in accounts.items():
        for name in content.get("roles", {}):
            role = world.accounts[account_id].roles[split(name)[1]]
            role.trust.settle(trust.bind_known(role.trust.value, world))
    return given


def _add_policy(account, name, content):
    path, name = split(name)
    account.policies[name] = Policy(account, name, document_of(content), path, created=_CREATED)


def _grants(content):
    inline = {name: document_of(one) for name, one in content.get("policies", {}).items()}
    for name, actions, resources in (
            ("may-assume", _SESSION_ACTIONS, content.get("may_assume")),
            ("may-iam", content.get("may_iam"), ["*"])):
        if actions and resources:
            inline[name] = document_of({"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Action": actions,
                 "Resource": resources}]})
    return Grants(inline, tuple(content.get("attached", ())), content.get("boundary"))


def _add_holder(held, kind, account, name, content, **how):
    path, name = split(name)
    holder = held.get(name)
    if holder is None:
        holder = held[name] = kind(account, name, **how)
    holder.path = path
    holder.created = moment(content.get("created", _CREATED))
    holder.tags = dict(content.get("tags", {}))
    holder.grants.settle(_grants(content))
    return holder


def _add_user(world, account, name, content):
    user = _add_holder(account.users, User, account, name, content)
    user.mfa = _devices(account, user.name, content)
    user.groups = list(content.get("groups", ()))
    keys = [_add_key(world, user, key)
            for key in content.get("keys", [content.get("key", {})])]
    while len(user.keys) > _KEYS_MAX:
        world.drop_key(user.keys[0])
    given = [{"id": key.id, "secret": key.secret} for key in keys]
    return {**(given[0] if given else {}), "keys": given}


def _add_key(world, user, content):
    key = world.new_key(user, key_id=content.get("id"), secret=content.get("secret"))
    key.status.settle(content.get("status", "Active"))
    if "created" in content:
        key.created = moment(content["created"])
    if "last_used" in content:
        when, service, region = content["last_used"]
        key.last_used = moment(when), service, region
    return key


def _add_role(account, name, content):
    document = document_of(content["trust"], trust=True)
    role = _add_holder(account.roles, Role, account, name, content, trust=document)
    role.trust.settle(document)
    role.max_session_s = content.get("max_session_s", 3600)
    role.description = content.get("description")


def _devices(account, user, content):
    """Virtual ones by name, hardware by the serial on it, FIDO keys, which have no code."""
    devices = {account.arn(f"u2f/user/{user}/{name}"): mfa.Device(None)
               for name in content.get("u2f", [])}
    devices.update((serial, mfa.Device(seed))
                   for serial, seed in content.get("hardware", {}).items())
    devices.update((account.arn(f"mfa/{name}"), mfa.Device(seed))
                   for name, seed in content.get("mfa", {}).items())
    return devices
