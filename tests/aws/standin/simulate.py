"""SimulatePrincipalPolicy: what the engine would say, without doing it.

It knows the caller's side only: nothing of the trust policy of a role (facts 9.1). The forms
of the answers are those of real ones that people have published.
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
    """The type is the same for all, whatever botocore's model says of it."""
    return [{"SourcePolicyId": source.name, "SourcePolicyType": "IAM Policy"}
            for source in sources]


def _boundary(verdict):
    return {} if verdict.by_boundary is None else {"PermissionsBoundaryDecisionDetail": {
        "AllowedByPermissionsBoundary": "true" if verdict.by_boundary else "false"}}


def _template(resource):
    """What stands for several resources: their ARN with its parts left open."""
    head, _, rest = resource.rpartition(":")
    kind, slash, _ = rest.partition("/")
    head = ":".join(head.split(":")[:4] + ["${Account}"])
    return f"{head}:{kind}/${{ResourceNameWithPath}}" if slash else f"{head}:${{ResourceName}}"


def _of_resource(verdict, resource):
    """Where resources were named, the missing keys stand with each."""
    return {"EvalResourceName": resource, "EvalResourceDecision": verdict.decision,
            "MatchedStatements": _statements(verdict.matched),
            "MissingContextValues": verdict.missing, **_boundary(verdict)}


def _of_action(layers, context, action, resources):
    """One result for an action. Of several resources the decision at its top is about none of
    them: only what stands with each says whether it may be done there."""
    def judged(resource):
        return evaluate.judge(layers, Request(action, resource, context))

    whole = resources[0] if len(resources) == 1 else _template(resources[0]) if resources else "*"
    verdict = judged(whole)
    fields = {"EvalActionName": action, "EvalResourceName": whole,
              "EvalDecision": verdict.decision,
              "MatchedStatements": _statements(verdict.matched),
              "MissingContextValues": [] if resources else verdict.missing, **_boundary(verdict)}
    if verdict.by_organization is not None:
        fields["OrganizationsDecisionDetail"] = {
            "AllowedByOrganizations": "true" if verdict.by_organization else "false"}
    if resources:
        fields["ResourceSpecificResults"] = [_of_resource(judged(one), one) for one in resources]
    return fields


def _simulate(ask):
    holder = _holder(ask, ask.get("PolicySourceArn"))
    if ask.get("ResourcePolicy") is not None:
        raise invalid_input("ResourcePolicy: not simulated here.")
    layers, context = _layers(ask, holder), _context(ask, holder)
    resources = limits.members(ask.parameters, "ResourceArns")
    actions = limits.members(ask.parameters, "ActionNames")
    for action in actions:
        if not re.fullmatch(r"[\w-]+:\w+", action):
            raise invalid_input(f"Invalid Action: {action}")
    return page(ask, "EvaluationResults", [
        _of_action(layers, context, action, resources) for action in actions])


def _on_source(ask):
    return ask.get("PolicySourceArn"), ask.get("PolicySourceArn")


ACTIONS = {
    "SimulatePrincipalPolicy": Action(_simulate, _on_source,
                                      ("PolicySourceArn", "ActionNames.member.1")),
}
