"""Roles and their trust policies."""

from . import iam_grants, language, limits, trust
from .errors import already_exists, delete_conflict, malformed_document, quota_exceeded
from .holders import Role, is_taken
from .iam_kit import (Action, add_tags, boundary_in, boundary_of, encoded, head_of, on_all,
                      on_new, on_role, page, read_document, remove_tags, tag_list, tags_in)
from .state import time_text

_TRUST_MAX = 2048
_DEFAULT_S = "3600"


def _trust_in(ask, name):
    """The trust policy that the call brings, as IAM keeps it."""
    document = read_document(ask.get(name), trust=True)
    if language.size(document.text) > _TRUST_MAX:
        raise quota_exceeded(f"Cannot exceed quota for ACLSizePerRole: {_TRUST_MAX}")
    try:
        return trust.bind(document, ask.world, ask.account)
    except language.Malformed as wrong:
        raise malformed_document(str(wrong)) from None


def _shown(ask, role, whole=True):
    """Lists leave the tags, the boundary and the last use out."""
    fields = head_of(role, "Role")
    fields["AssumeRolePolicyDocument"] = encoded(trust.shown(role.trust.value, ask.world).text)
    if role.description is not None:
        fields["Description"] = role.description
    fields["MaxSessionDuration"] = str(role.max_session_s)
    if whole:
        fields.update(boundary_of(role))
        if role.tags:
            fields["Tags"] = tag_list(role)
        fields["RoleLastUsed"] = {} if role.last_used is None else {
            "LastUsedDate": time_text(role.last_used[0]), "Region": role.last_used[1]}
    return fields


def _create(ask):
    name = ask.get("RoleName")
    tags, document = tags_in(ask), _trust_in(ask, "AssumeRolePolicyDocument")
    if is_taken(ask.account.roles, name):
        raise already_exists(f"Role with name {name} already exists.")
    role = Role(ask.account, name, ask.get("Path", "/"), trust=document, since=ask.since,
                created=ask.now)
    role.description = ask.get("Description")
    role.max_session_s = int(ask.get("MaxSessionDuration", _DEFAULT_S))
    role.tags = tags
    role.change(ask.since, boundary=boundary_in(ask))
    ask.account.roles[name] = role
    return {"Role": _shown(ask, role)}


def _get(ask):
    return {"Role": _shown(ask, ask.role())}


def _list(ask):
    prefix = ask.get("PathPrefix", "/")
    return page(ask, "Roles", [_shown(ask, role, whole=False)
                               for role in ask.account.roles.values()
                               if role.path.startswith(prefix)])


def _update_trust(ask):
    role = ask.role()
    role.trust.set(_trust_in(ask, "PolicyDocument"), ask.since("roles"))


def _update(ask):
    """A maximum that is left out is an hour again: so it is documented."""
    role = ask.role()
    role.description = ask.get("Description", role.description)
    role.max_session_s = int(ask.get("MaxSessionDuration", _DEFAULT_S))
    return {}


def _delete(ask):
    role = ask.role()
    grants = role.grants.value
    if grants.attached:
        raise delete_conflict("Cannot delete entity, must detach all policies first.")
    if grants.inline:
        raise delete_conflict("Cannot delete entity, must delete policies first.")
    role.gone = True
    del ask.account.roles[role.name]


def _tag(ask):
    add_tags(ask.role(), tags_in(ask), "Role")


def _untag(ask):
    remove_tags(ask.role(), limits.members(ask.parameters, "TagKeys"))


def _tags(ask):
    return page(ask, "Tags", tag_list(ask.role()))


_NAME = ("RoleName",)
ACTIONS = {
    "CreateRole": Action(_create, on_new("role"), (*_NAME, "AssumeRolePolicyDocument"),
                         lambda ask: {} if ask.get("PermissionsBoundary") is None else
                         {"iam:permissionsboundary": ask.get("PermissionsBoundary")}),
    "GetRole": Action(_get, on_role, _NAME),
    "ListRoles": Action(_list, on_all("role")),
    "UpdateAssumeRolePolicy": Action(_update_trust, on_role, (*_NAME, "PolicyDocument")),
    "UpdateRole": Action(_update, on_role, _NAME),
    "DeleteRole": Action(_delete, on_role, _NAME),
    "TagRole": Action(_tag, on_role, (*_NAME, "Tags.member.1.Key")),
    "UntagRole": Action(_untag, on_role, (*_NAME, "TagKeys.member.1")),
    "ListRoleTags": Action(_tags, on_role, _NAME),
    **iam_grants.all_of("Role"),
}
