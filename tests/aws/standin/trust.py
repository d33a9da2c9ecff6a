"""Principals of trust policies. IAM keeps a user or a role by its unique id, not by its name:
deleted and made again it is somebody else, and the policy then shows AIDA… or AROA… (facts
9.5). An account is kept by its number.
"""

import re

from .language import Document, Malformed, listed, text_of

_ACCOUNT = re.compile(r"(?:arn:([a-z-]+):iam::)?([0-9]{12})(?::root)?")
_PERSON = re.compile(r"arn:([a-z-]+):iam::([0-9]{12}):(user|role)(/(?:[!-~]+/)?)([\w+=,.@-]+)")
_SESSION = re.compile(r"arn:([a-z-]+):sts::([0-9]{12}):assumed-role/([\w+=,.@-]+)/([\w+=,.@-]+)")
_ID = re.compile(r"(A(?:IDA|ROA)[A-Z2-7]{17})(?::([\w+=,.@-]+))?")


def _each(document, change):
    """The document with every AWS principal replaced by change(value)."""
    statements = []
    for statement in document.statements:
        statement = dict(statement)
        for name in ("Principal", "NotPrincipal"):
            wanted = statement.get(name)
            if isinstance(wanted, dict) and "AWS" in wanted:
                values = wanted["AWS"]
                values = ([change(one) for one in values] if isinstance(values, list)
                          else change(values))
                statement[name] = {**wanted, "AWS": values}
        statements.append(statement)
    content = {**document.content, "Statement": statements}
    return Document(text_of(content), content)


def _invalid(value):
    return Malformed(f'Invalid principal in policy: "AWS":"{value}"')


def _find(world, value):
    """The user or the role of that ARN, and what follows its id in a session's; else None."""
    found = _PERSON.fullmatch(value)
    if found:
        account = world.accounts.get(found.group(2))
        held = {} if account is None else getattr(account, found.group(3) + "s")
        holder = held.get(found.group(5))
        return (holder, "") if holder is not None and holder.arn == value else None
    found = _SESSION.fullmatch(value)
    account = world.accounts.get(found.group(2)) if found else None
    role = account.roles.get(found.group(3)) if account else None
    if role is None or account.partition != found.group(1):
        return None
    return role, f":{found.group(4)}"


def _holder_of_id(world, unique_id):
    for account in world.accounts.values():
        for holder in (*account.users.values(), *account.roles.values()):
            if holder.id == unique_id:
                return holder
    return None


def bind(document, world, account):
    """As IAM keeps it. Raises Malformed for a principal that is not there, is of another
    partition, or was made too short a time ago for IAM to know it."""
    lag_s = world.consistency.lag_s("principals")

    def kept(value):
        if value == "*":
            return value
        found = _ACCOUNT.fullmatch(value)
        if found:
            other = world.accounts.get(found.group(2))
            if (other is None or other.partition != account.partition
                    or found.group(1) not in (None, account.partition)):
                raise _invalid(value)
            return other.arn("root")
        found = _ID.fullmatch(value)
        holder, rest = ((_holder_of_id(world, found.group(1)), value[21:]) if found
                        else _find(world, value) or (None, ""))
        if (holder is None or holder.account.partition != account.partition
                or not holder.known.seen(world.now(), lag_s)):
            raise _invalid(value)
        return holder.id + rest

    return _each(document, kept)


def bind_known(document, world):
    """For a world that is described: those who are there are kept by their id, and others
    may still come."""
    def kept(value):
        found = _find(world, value)
        return found[0].id + found[1] if found else value

    return _each(document, kept)


def shown(document, world):
    """As IAM shows it: ARNs, and the bare id of who is gone."""
    def arn(value):
        found = _ID.fullmatch(value)
        holder = _holder_of_id(world, found.group(1)) if found else None
        if holder is None:
            return value
        return holder.session_arn(found.group(2)) if found.group(2) else holder.arn

    return _each(document, arn)


def _strength(values, caller):
    found = None
    for value in values:
        if value in caller.names:
            return "person"
        if value in caller.role_names:
            found = "role"
        account = _ACCOUNT.fullmatch(value)
        if found is None and (value == "*" or (account
                                               and account.group(2) == caller.account.id)):
            found = "account"
    return found


def match(statement, caller):
    """Whom of the caller the statement means: 'person', 'role', 'account', or None."""
    if "NotPrincipal" in statement:
        wanted = statement["NotPrincipal"]
        values = ["*"] if wanted == "*" else listed(wanted.get("AWS", []))
        return None if _strength(values, caller) else "account"
    wanted = statement["Principal"]
    return _strength(["*"] if wanted == "*" else listed(wanted.get("AWS", [])), caller)
