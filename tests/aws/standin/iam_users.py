"""Users: who they are, their devices, what they hold."""

from . import iam_grants
from .errors import already_exists, delete_conflict
from .holders import Group, User, is_taken
from .iam_kit import (Action, boundary_in, boundary_of, head_of, on_all, on_new, on_nothing,
                      on_user, page, tag_list, tags_in)
from .state import time_text

_DEVICES_SINCE = 1767225600


def _shown(user, whole=True):
    """Lists leave the tags and the boundary out."""
    fields = head_of(user, "User")
    if whole:
        fields.update(boundary_of(user))
        if user.tags:
            fields["Tags"] = tag_list(user)
    return fields


def _get(ask):
    return {"User": _shown(ask.user())}


def _list(ask):
    prefix = ask.get("PathPrefix", "/")
    return page(ask, "Users", [_shown(user, whole=False)
                               for user in ask.account.users.values()
                               if user.path.startswith(prefix)])


def _create(ask):
    name = ask.get("UserName")
    if is_taken(ask.account.users, name):
        raise already_exists(f"User with name {name} already exists.")
    user = User(ask.account, name, ask.get("Path", "/"), since=ask.since, created=ask.now)
    user.tags = tags_in(ask)
    user.change(ask.since, boundary=boundary_in(ask))
    ask.account.users[name] = user
    return {"User": _shown(user)}


def _delete(ask):
    user = ask.user()
    grants = user.grants.value
    for held, words in ((user.keys, "delete access keys"), (grants.inline, "delete policies"),
                        (grants.attached, "detach all policies"),
                        (user.groups, "remove users from group"),
                        (user.mfa, "delete MFA device")):
        if held:
            raise delete_conflict(f"Cannot delete entity, must {words} first.")
    user.gone = True
    del ask.account.users[user.name]


def _devices(ask):
    user = ask.user()
    return page(ask, "MFADevices", [
        {"UserName": user.name, "SerialNumber": serial, "EnableDate": time_text(_DEVICES_SINCE)}
        for serial in user.mfa])


def _groups(ask):
    found = [ask.account.groups[name] for name in ask.user().groups
             if name in ask.account.groups]
    return page(ask, "Groups", [head_of(group, Group.__name__) for group in found])


def _tags(ask):
    return page(ask, "Tags", tag_list(ask.user()))


def _aliases(ask):
    alias = ask.account.alias
    return page(ask, "AccountAliases", [] if alias is None else [alias])


ACTIONS = {
    "GetUser": Action(_get, on_user),
    "ListUsers": Action(_list, on_all("user")),
    "CreateUser": Action(_create, on_new("user"), ("UserName",)),
    "DeleteUser": Action(_delete, on_user, ("UserName",)),
    "ListMFADevices": Action(_devices, on_user),
    "ListGroupsForUser": Action(_groups, on_user, ("UserName",)),
    "ListUserTags": Action(_tags, on_user, ("UserName",)),
    "ListAccountAliases": Action(_aliases, on_nothing),
    **iam_grants.all_of("User"),
}
