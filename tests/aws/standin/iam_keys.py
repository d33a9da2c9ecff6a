"""Access keys: two for a user at most, and the secret is shown once."""

from .errors import no_such_entity, quota_exceeded
from .iam_kit import Action, on_user, page
from .state import time_text

_MAX = 2


def _key(ask, user):
    wanted = ask.get("AccessKeyId")
    for key in user.keys:
        if key.id == wanted:
            return key
    raise _unknown(wanted)


def _unknown(key_id):
    return no_such_entity(f"The Access Key with id {key_id} cannot be found.")


def _create(ask):
    user = ask.user()
    if len(user.keys) >= _MAX:
        raise quota_exceeded(f"Cannot exceed quota for AccessKeysPerUser: {_MAX}")
    key = ask.world.new_key(user, since=ask.since("keys"))
    return {"AccessKey": {"UserName": user.name, "AccessKeyId": key.id, "Status": "Active",
                          "SecretAccessKey": key.secret, "CreateDate": time_text(key.created)}}


def _update(ask):
    _key(ask, ask.user()).status.set(ask.get("Status"), ask.since("keys"))


def _delete(ask):
    """It is off the list at once, and is taken until everybody knows."""
    user = ask.user()
    key = _key(ask, user)
    key.status.set("Deleted", ask.since("keys"))
    user.keys.remove(key)


def _list(ask):
    user = ask.user()
    return page(ask, "AccessKeyMetadata", [
        {"UserName": user.name, "AccessKeyId": key.id, "Status": key.status.value,
         "CreateDate": time_text(key.created)} for key in user.keys])


def _owner(ask):
    for user in ask.account.users.values():
        for key in user.keys:
            if key.id == ask.get("AccessKeyId"):
                return user, key
    return None, None


def _on_owner(ask):
    user, _key_of_it = _owner(ask)
    if user is None:
        return ask.account.arn("user/*"), "*"
    return user.arn, f"user {user.name}"


def _last_used(ask):
    user, key = _owner(ask)
    if key is None:
        raise _unknown(ask.get("AccessKeyId"))
    used = {"ServiceName": "N/A", "Region": "N/A"}
    if key.last_used is not None:
        moment, service, region = key.last_used
        used = {"LastUsedDate": time_text(moment), "ServiceName": service, "Region": region}
    return {"UserName": user.name, "AccessKeyLastUsed": used}


ACTIONS = {
    "CreateAccessKey": Action(_create, on_user),
    "UpdateAccessKey": Action(_update, on_user, ("AccessKeyId", "Status")),
    "DeleteAccessKey": Action(_delete, on_user, ("AccessKeyId",)),
    "ListAccessKeys": Action(_list, on_user),
    "GetAccessKeyLastUsed": Action(_last_used, _on_owner, ("AccessKeyId",)),
}
