"""What exists: accounts with users, keys and roles, the sessions given out, and the clock.

A world is described by plain data (see DEFAULT in worlds.py), so that a test can hand
in its own as JSON and can add to it while it runs.
"""

import dataclasses
import datetime
import threading
import time

from . import ids, mfa, policy
from .errors import expired_token, invalid_token


def partition_of(region):
    if region.startswith("cn-"):
        return "aws-cn"
    if region.startswith("us-gov-"):
        return "aws-us-gov"
    return "aws"


def time_text(seconds):
    moment = datetime.datetime.fromtimestamp(int(seconds), datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclasses.dataclass
class Account:
    id: str
    partition: str = "aws"
    users: dict = dataclasses.field(default_factory=dict)
    roles: dict = dataclasses.field(default_factory=dict)
    enabled_regions: set = dataclasses.field(default_factory=set)   # of those to opt in to

    def arn(self, rest, service="iam"):
        return f"arn:{self.partition}:{service}::{self.id}:{rest}"


@dataclasses.dataclass
class User:
    account: Account
    name: str
    path: str
    may_assume: list                  # patterns of role ARNs: the user's identity policy
    mfa: dict                         # serial number -> mfa.Device
    may_iam: list                     # patterns of IAM actions, such as "iam:List*"
    id: str = dataclasses.field(default_factory=lambda: ids.unique_id("AIDA"))

    @property
    def arn(self):
        return self.account.arn(f"user{self.path}{self.name}")


@dataclasses.dataclass
class Role:
    account: Account
    name: str
    path: str
    trust: dict                       # the trust policy, as AWS writes one
    max_session_s: int
    may_assume: list
    id: str = dataclasses.field(default_factory=lambda: ids.unique_id("AROA"))

    @property
    def arn(self):
        return self.account.arn(f"role{self.path}{self.name}")

    def session_arn(self, session_name):
        """The path of the role is dropped here, as AWS drops it."""
        return self.account.arn(f"assumed-role/{self.name}/{session_name}", "sts")


@dataclasses.dataclass
class Caller:
    """Who signed a request. principals: every ARN that a trust policy may know it by."""
    account: Account
    arn: str
    user_id: str
    principals: list
    may_assume: list
    user: User = None                 # None for a role's session
    temporary: bool = False
    mfa_at: float = None
    source_identity: str = None
    chained: bool = False             # a role that temporary credentials assumed
    transitive_tags: dict = dataclasses.field(default_factory=dict)
    tags: dict = dataclasses.field(default_factory=dict)

    @property
    def kind(self):
        """'user': a long-lived key; 'session': of GetSessionToken; 'role'."""
        if self.user is None:
            return "role"
        return "session" if self.temporary else "user"


@dataclasses.dataclass
class Key:
    id: str
    secret: str
    caller: Caller
    token: str = None
    active: bool = True
    expires_at: float = None


class World:
    def __init__(self, description):
        self.lock = threading.RLock()
        self.clock_offset_s = 0.0
        self.opt_in_regions = frozenset(description.get("opt_in_regions", ()))
        self.regions = self.opt_in_regions | set(description["regions"])
        self.accounts = {}
        self.signin_tokens = {}           # of the console: token -> (key, good until)
        self.buckets = {}                 # of S3: account -> name -> key -> object
        self.keys = {}
        self.add(description)

    def now(self):
        return time.time() + self.clock_offset_s

    def add(self, description):
        """Adds accounts, or users and roles to accounts that are there; returns the
        access keys of the users it names, as {user: {id, secret}}."""
        with self.lock:
            given = {}
            for account_id, content in description.get("accounts", {}).items():
                account = self.accounts.setdefault(
                    account_id, Account(account_id, content.get("partition", "aws")))
                account.enabled_regions.update(content.get("enabled_regions", ()))
                for name, user in content.get("users", {}).items():
                    given[name] = self._add_user(account, name, user)
                for name, role in content.get("roles", {}).items():
                    self._add_role(account, name, role)
            return given

    def _add_user(self, account, name, content):
        path, name = _split(name)
        user = User(account, name, path, content.get("may_assume", []),
                    _devices(account, name, content), content.get("may_iam", []))
        account.users[name] = user
        caller = Caller(account, user.arn, user.id, [user.arn], user.may_assume, user)
        key = content.get("key", {})
        return self._keep(Key(key.get("id") or ids.access_key_id("AKIA", account.id),
                              key.get("secret") or ids.secret_key(), caller))

    def _add_role(self, account, name, content):
        path, name = _split(name)
        policy.check(content["trust"])
        account.roles[name] = Role(account, name, path, content["trust"],
                                   content.get("max_session_s", 3600),
                                   content.get("may_assume", []))

    def _keep(self, key):
        self.keys[key.id] = key
        return {"id": key.id, "secret": key.secret}

    def deactivate(self, key_id):
        self.keys[key_id].active = False

    def key(self, key_id, token):
        """The key that must have signed, before its signature is looked at."""
        with self.lock:
            key = self.keys.get(key_id)
        if key is None or not key.active or key.token != token:
            raise invalid_token()
        return key

    def check_current(self, key):
        if key.expires_at is not None and key.expires_at <= self.now():
            raise expired_token()

    def new_session(self, caller, life_s):
        key = Key(ids.access_key_id("ASIA", caller.account.id), ids.secret_key(), caller,
                  ids.session_token(), expires_at=int(self.now()) + life_s)
        with self.lock:
            self._keep(key)
        return key

    def find_role(self, arn):
        """None if there is none: AWS does not tell the two apart either."""
        for account in self.accounts.values():
            for role in account.roles.values():
                if role.arn == arn:
                    return role
        return None


def _devices(account, user, content):
    """Virtual ones by name, hardware by the serial on it, FIDO keys, which have no code."""
    devices = {account.arn(f"u2f/user/{user}/{name}"): mfa.Device(None)
               for name in content.get("u2f", [])}
    devices.update((serial, mfa.Device(seed))
                   for serial, seed in content.get("hardware", {}).items())
    devices.update((account.arn(f"mfa/{name}"), mfa.Device(seed))
                   for name, seed in content.get("mfa", {}).items())
    return devices


def _split(name):
    """'team/Deploy' is the name Deploy with the path /team/."""
    path, _, last = name.rpartition("/")
    return (f"/{path}/" if path else "/"), last
