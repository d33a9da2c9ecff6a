"""Managed policies and their versions."""

from . import language, limits
from .errors import already_exists, delete_conflict, no_such_entity, quota_exceeded
from .holders import Policy, is_taken
from .iam_kit import (Action, add_tags, encoded, on_all, on_new, on_policy, page, read_document,
                      remove_tags, tag_list, tags_in)
from .state import time_text

_SIZE_MAX = 6144
_VERSIONS_MAX = 5


def _document_in(ask):
    document = read_document(ask.get("PolicyDocument"))
    if language.size(document.text) > _SIZE_MAX:
        raise quota_exceeded(f"Cannot exceed quota for PolicySize: {_SIZE_MAX}")
    return document


def _holders(ask):
    account = ask.account
    return (*account.users.values(), *account.groups.values(), *account.roles.values())


def _attached_to(ask, policy):
    return [holder for holder in _holders(ask) if policy.arn in holder.grants.value.attached]


def _bounded_by(ask, policy):
    return [holder for holder in _holders(ask) if policy.arn == holder.grants.value.boundary]


def _shown(ask, policy, whole=True):
    """Lists leave the description and the tags out."""
    fields = {"PolicyName": policy.name, "PolicyId": policy.id, "Arn": policy.arn,
              "Path": policy.path, "DefaultVersionId": policy.default,
              "AttachmentCount": str(len(_attached_to(ask, policy))),
              "PermissionsBoundaryUsageCount": str(len(_bounded_by(ask, policy))),
              "IsAttachable": "true" if policy.attachable else "false",
              "CreateDate": time_text(policy.created), "UpdateDate": time_text(policy.updated)}
    if whole:
        if policy.description is not None:
            fields["Description"] = policy.description
        fields["Tags"] = tag_list(policy)
    return fields


def _create(ask):
    name, tags, document = ask.get("PolicyName"), tags_in(ask), _document_in(ask)
    if is_taken(ask.account.policies, name):
        raise already_exists(f"A policy called {name} already exists. Duplicate names are not "
                             "allowed.")
    policy = Policy(ask.account, name, document, ask.get("Path", "/"), since=ask.since,
                    created=ask.now)
    policy.description = ask.get("Description")
    policy.tags = tags
    ask.account.policies[name] = policy
    return {"Policy": _shown(ask, policy)}


def _get(ask):
    return {"Policy": _shown(ask, ask.policy())}


def _list(ask):
    scope, prefix = ask.get("Scope", "All"), ask.get("PathPrefix", "/")
    found = [] if scope == "AWS" else list(ask.account.policies.values())
    if scope != "Local":
        found += ask.world.managed[ask.account.partition].values()
    return page(ask, "Policies", [
        _shown(ask, policy, whole=False) for policy in found
        if policy.path.startswith(prefix)
        and (ask.get("OnlyAttached") != "true" or _attached_to(ask, policy))])


def _delete(ask):
    policy = ask.own_policy()
    if _attached_to(ask, policy) or _bounded_by(ask, policy):
        raise delete_conflict("Cannot delete a policy attached to entities.")
    if len(policy.versions) > 1:
        raise delete_conflict("This policy has more than one version. Before you delete a "
                              "policy, you must delete the policy's versions. The default "
                              "version is deleted with the policy.")
    del ask.account.policies[policy.name]


def _version_shown(policy, name, whole=False):
    version = policy.versions[name]
    fields = {"Document": encoded(version.document.text)} if whole else {}
    return {**fields, "VersionId": name,
            "IsDefaultVersion": "true" if name == policy.default else "false",
            "CreateDate": time_text(version.created)}


def _version(ask, policy):
    name = ask.get("VersionId")
    if name not in policy.versions:
        raise no_such_entity(f"Policy {policy.arn} version {name} does not exist or is not "
                             "attachable.")
    return name


def _create_version(ask):
    policy, document = ask.own_policy(), _document_in(ask)
    if len(policy.versions) >= _VERSIONS_MAX:
        raise quota_exceeded(f"A managed policy can have up to {_VERSIONS_MAX} versions. Before "
                             "you create a new version, you must delete an existing version.")
    name = policy.add_version(document, ask.now)
    if ask.get("SetAsDefault") == "true":
        policy.make_default(name, ask.now, ask.since)
    return {"PolicyVersion": _version_shown(policy, name)}


def _get_version(ask):
    policy = ask.policy()
    return {"PolicyVersion": _version_shown(policy, _version(ask, policy), whole=True)}


def _list_versions(ask):
    policy = ask.policy()
    return page(ask, "Versions", [_version_shown(policy, name)
                                  for name in reversed(policy.versions)])


def _set_default(ask):
    policy = ask.own_policy()
    policy.make_default(_version(ask, policy), ask.now, ask.since)


def _delete_version(ask):
    policy = ask.own_policy()
    name = _version(ask, policy)
    if name == policy.default:
        raise delete_conflict("Cannot delete the default version of a policy.")
    del policy.versions[name]


def _tag(ask):
    add_tags(ask.own_policy(), tags_in(ask), "Policy")


def _untag(ask):
    remove_tags(ask.own_policy(), limits.members(ask.parameters, "TagKeys"))


def _tags(ask):
    return page(ask, "Tags", tag_list(ask.policy()))


def _entities(ask):
    policy, result = ask.policy(), {}
    for kind in ("Group", "User", "Role"):
        result[f"Policy{kind}s"] = [
            {f"{kind}Name": holder.name, f"{kind}Id": holder.id}
            for holder in _attached_to(ask, policy) if holder.KIND == kind.lower()]
    return {**result, "IsTruncated": "false"}


_ARN = ("PolicyArn",)
ACTIONS = {
    "CreatePolicy": Action(_create, on_new("policy"), ("PolicyName", "PolicyDocument")),
    "GetPolicy": Action(_get, on_policy, _ARN),
    "ListPolicies": Action(_list, on_all("policy")),
    "DeletePolicy": Action(_delete, on_policy, _ARN),
    "CreatePolicyVersion": Action(_create_version, on_policy, (*_ARN, "PolicyDocument")),
    "GetPolicyVersion": Action(_get_version, on_policy, (*_ARN, "VersionId")),
    "ListPolicyVersions": Action(_list_versions, on_policy, _ARN),
    "SetDefaultPolicyVersion": Action(_set_default, on_policy, (*_ARN, "VersionId")),
    "DeletePolicyVersion": Action(_delete_version, on_policy, (*_ARN, "VersionId")),
    "TagPolicy": Action(_tag, on_policy, (*_ARN, "Tags.member.1.Key")),
    "UntagPolicy": Action(_untag, on_policy, (*_ARN, "TagKeys.member.1")),
    "ListPolicyTags": Action(_tags, on_policy, _ARN),
    "ListEntitiesForPolicy": Action(_entities, on_policy, _ARN),
}
