"""Inline and attached policies, which users, groups and roles have alike."""

from . import language
from .errors import Refusal, no_such_entity, quota_exceeded
from .iam_kit import (Action, encoded, on_group, on_role, on_user, page, policy_context,
                      read_document)

_ATTACHED_MAX = 10
_INLINE_MAX = {"User": 2048, "Group": 5120, "Role": 10240}
_ON = {"User": on_user, "Group": on_group, "Role": on_role}


def _holder(ask, kind):
    return getattr(ask, kind.lower())()


def _put(ask, kind):
    holder, name = _holder(ask, kind), ask.get("PolicyName")
    inline = {**holder.grants.value.inline, name: read_document(ask.get("PolicyDocument"))}
    if sum(language.size(one.text) for one in inline.values()) > _INLINE_MAX[kind]:
        raise quota_exceeded(f"Maximum policy size of {_INLINE_MAX[kind]} bytes exceeded for "
                             f"{kind.lower()} {holder.name}")
    holder.change(ask.since, inline=inline)


def _inline(ask, kind):
    holder, name = _holder(ask, kind), ask.get("PolicyName")
    if name not in holder.grants.value.inline:
        raise no_such_entity(f"The {kind.lower()} policy with name {name} cannot be found.")
    return holder, name


def _get(ask, kind):
    holder, name = _inline(ask, kind)
    return {f"{kind}Name": holder.name, "PolicyName": name,
            "PolicyDocument": encoded(holder.grants.value.inline[name].text)}


def _list(ask, kind):
    return page(ask, "PolicyNames", sorted(_holder(ask, kind).grants.value.inline))


def _delete(ask, kind):
    holder, name = _inline(ask, kind)
    holder.change(ask.since, inline={other: document for other, document
                                   in holder.grants.value.inline.items() if other != name})


def _attach(ask, kind):
    """What is attached already may be attached again."""
    holder = _holder(ask, kind)
    policy = ask.policy("Policy {arn} does not exist or is not attachable.")
    attached = holder.grants.value.attached
    if policy.arn in attached:
        return
    if not policy.attachable:
        raise Refusal("PolicyNotAttachable",
                      f"Cannot attach a Service Role Policy to a Customer {kind}.")
    if len(attached) >= _ATTACHED_MAX:
        raise quota_exceeded(f"Cannot exceed quota for PoliciesPer{kind}: {_ATTACHED_MAX}")
    holder.change(ask.since, attached=(*attached, policy.arn))


def _detach(ask, kind):
    holder, policy = _holder(ask, kind), ask.policy()
    attached = holder.grants.value.attached
    if policy.arn not in attached:
        raise no_such_entity(f"Policy {policy.arn} was not found.")
    holder.change(ask.since, attached=tuple(arn for arn in attached if arn != policy.arn))


def _list_attached(ask, kind):
    found = []
    for arn in _holder(ask, kind).grants.value.attached:
        policy = ask.world.find_policy(arn, ask.account.partition)
        if policy is not None and policy.path.startswith(ask.get("PathPrefix", "/")):
            found.append({"PolicyName": policy.name, "PolicyArn": arn})
    return page(ask, "AttachedPolicies", found)


def reading(kind):
    """The actions of one kind ("User", "Group", "Role") that change nothing."""
    return _actions(kind, (
        (f"Get{kind}Policy", _get, ("PolicyName",)),
        (f"List{kind}Policies", _list, ()),
        (f"ListAttached{kind}Policies", _list_attached, ())))


def all_of(kind):
    return {**reading(kind), **_actions(kind, (
        (f"Put{kind}Policy", _put, ("PolicyName", "PolicyDocument")),
        (f"Delete{kind}Policy", _delete, ("PolicyName",)))), **_actions(kind, (
            (f"Attach{kind}Policy", _attach, ("PolicyArn",)),
            (f"Detach{kind}Policy", _detach, ("PolicyArn",))), context=policy_context)}


def _actions(kind, rows, **how):
    def bound(run):
        return lambda ask: run(ask, kind)
    return {name: Action(bound(run), _ON[kind], (f"{kind}Name", *required), **how)
            for name, run, required in rows}
