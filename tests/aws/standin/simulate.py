"""SimulatePrincipalPolicy: what the engine would say, without doing it.

It knows the caller's side only: nothing of the trust policy of a role (facts 9.1).
"""

import re

from . import bearing, evaluate, limits
from .errors import invalid_input, no_such_entity
from .evaluate import Layer, Request, Source
from .holders import Group
from .iam_kit import Action, page, read_document

_SOURCE = re.compile(r"arn:[a-z-]+:iam::([0-9]{12}):(user|group|role)/(?:[!-~]+/)?([\w+=,.@-]+)")


def _holder(ask, arn, kinds=("user", "group", "role")):
    found = _SOURCE.fullmatch(arn)
    if not found or found.group(2) not in kinds or found.group(1) != ask.account.id:
        raise invalid_input(f"Invalid Entity Arn: {arn} does not clearly define entity type "
                            "and name.")
    kind, name = found.group(2), found.group(3)
    holder = getattr(ask.account, kind + "s").get(name)
    if holder is None or holder.arn != arn:
        raise no_such_entity(f"The {kind} with name {name} cannot be found.")
    return holder


def _layers(ask, holder):
    layers = bearing.layers_of(ask.world, holder)
    for number, text in enumerate(limits.members(ask.parameters, "PolicyInputList"), 1):
        layers["identity"].sources.append(
            Source(f"PolicyInputList.{number}", read_document(text)))
    bounds = limits.members(ask.parameters, "PermissionsBoundaryPolicyInputList")
    if bounds:
        layers["boundary"] = Layer("permissions boundary", [
            Source(f"PermissionsBoundaryPolicyInputList.{number}", read_document(text))
            for number, text in enumerate(bounds, 1)])
    return layers


def _context(ask, holder):
    """Of the caller who is played, and what the call says; nothing of this request."""
    caller = holder
    if ask.get("CallerArn") is not None:
        caller = _holder(ask, ask.get("CallerArn"), ("user",))
    context = {} if isinstance(caller, Group) else bearing.of_holder(caller)
    for number in range(1, 1001):
        entry = f"ContextEntries.member.{number}"
        name = ask.get(f"{entry}.ContextKeyName")
        if name is None:
            break
        values = limits.members(ask.parameters, f"{entry}.ContextKeyValues")
        is_list = (ask.get(f"{entry}.ContextKeyType") or "string").endswith("List")
        if not is_list and len(values) != 1:
            raise invalid_input(f"Invalid context entry: {name} has one value.")
        context[name.lower()] = values if is_list else values[0]
    return context


def _statements(sources):
    return [{"SourcePolicyId": source.name, "SourcePolicyType": "IAM Policy"}
            for source in sources]


def _result(verdict, request, with_resources):
    """Where resources were named, the missing keys stand with the resource."""
    boundary = {} if verdict.by_boundary is None else {"PermissionsBoundaryDecisionDetail": {
        "AllowedByPermissionsBoundary": "true" if verdict.by_boundary else "false"}}
    fields = {"EvalActionName": request.action, "EvalResourceName": request.resource,
              "EvalDecision": verdict.decision,
              "MatchedStatements": _statements(verdict.matched),
              "MissingContextValues": [] if with_resources else verdict.missing, **boundary}
    if verdict.by_organization is not None:
        fields["OrganizationsDecisionDetail"] = {
            "AllowedByOrganizations": "true" if verdict.by_organization else "false"}
    if with_resources:
        fields["ResourceSpecificResults"] = [{
            "EvalResourceName": request.resource, "EvalResourceDecision": verdict.decision,
            "MatchedStatements": fields["MatchedStatements"],
            "MissingContextValues": verdict.missing, **boundary}]
    return fields


def _simulate(ask):
    holder = _holder(ask, ask.get("PolicySourceArn"))
    if ask.get("ResourcePolicy") is not None:
        raise invalid_input("ResourcePolicy: not simulated here.")
    layers, context = _layers(ask, holder), _context(ask, holder)
    resources = limits.members(ask.parameters, "ResourceArns")
    found = []
    for action in limits.members(ask.parameters, "ActionNames"):
        if not re.fullmatch(r"[\w-]+:\w+", action):
            raise invalid_input(f"Invalid Action: {action}")
        for resource in resources or ["*"]:
            request = Request(action, resource, context)
            found.append(_result(evaluate.judge(layers, request), request, bool(resources)))
    return page(ask, "EvaluationResults", found)


def _on_source(ask):
    return ask.get("PolicySourceArn"), ask.get("PolicySourceArn")


ACTIONS = {
    "SimulatePrincipalPolicy": Action(_simulate, _on_source,
                                      ("PolicySourceArn", "ActionNames.member.1")),
}
