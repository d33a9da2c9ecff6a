"""What IAM holds of an account as plain data, for tests to look at, and taking away from it.

    {"users": {name: {"id", "arn", "keys": {id: status}, "groups", "tags", "mfa", …grants}},
     "roles": {name: {"id", "arn", "trust", "description", "max_session_s", "tags", …grants}},
     "policies": {name: {"arn", "default", "versions": {v: document}, "description", "tags"}},
     "groups": {name: grants}}

grants: {"inline": {name: document}, "attached": [arn], "boundary": arn}
"""

from . import trust


def _grants(holder):
    grants = holder.grants.value
    return {"inline": {name: document.content for name, document in grants.inline.items()},
            "attached": list(grants.attached), "boundary": grants.boundary}


def _user(user):
    return {"id": user.id, "arn": user.arn, "groups": user.groups, "tags": user.tags,
            "keys": {key.id: key.status.value for key in user.keys}, "mfa": list(user.mfa),
            **_grants(user)}


def _role(world, role):
    return {"id": role.id, "arn": role.arn, "tags": role.tags,
            "trust": trust.shown(role.trust.value, world).content,
            "description": role.description, "max_session_s": role.max_session_s,
            **_grants(role)}


def _policy(policy):
    return {"arn": policy.arn, "default": policy.default, "tags": policy.tags,
            "description": policy.description,
            "versions": {name: version.document.content
                         for name, version in policy.versions.items()}}


def of(world, account_id):
    with world.lock:
        account = world.accounts[account_id]
        return {
            "users": {user.name: _user(user) for user in account.users.values()},
            "groups": {group.name: _grants(group) for group in account.groups.values()},
            "roles": {role.name: _role(world, role) for role in account.roles.values()},
            "policies": {one.name: _policy(one) for one in account.policies.values()}}


def _remove_user(world, account, name):
    user = account.users.pop(name)
    user.gone = True
    for key in list(user.keys):
        world.drop_key(key)


def _remove_role(_world, account, name):
    account.roles.pop(name).gone = True


def _remove_policy(_world, account, name):
    policy = account.policies.pop(name)
    for holder in (*account.users.values(), *account.groups.values(), *account.roles.values()):
        holder.grants.settle(holder.grants.value.without(policy.arn))


def _remove_key(world, _account, key_id):
    world.drop_key(world.keys[key_id])


_REMOVE = {"user": _remove_user, "role": _remove_role, "policy": _remove_policy,
           "key": _remove_key}


def remove(world, account_id, kind, name):
    with world.lock:
        _REMOVE[kind](world, world.accounts[account_id], name)
