"""What exists: accounts with what IAM keeps of them, keys, the sessions given out, the clock.

A world is described by plain data (worlds.py, describe.py), so that a test can hand in its
own as JSON and can add to it while it runs.
"""

import dataclasses
import datetime
import threading
import time

from . import describe, ids, managed
from .errors import expired_token, invalid_token
from .holders import Caller
from .spread import LONG_AGO, Consistency, Spread


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
class Key:
    id: str
    secret: str
    caller: Caller
    token: str = None
    status: Spread = dataclasses.field(default_factory=lambda: Spread("Active"))
    expires_at: float = None
    created: float = 0
    last_used: tuple = None           # (moment, service, region)


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
        self.managed = {partition: managed.policies(partition)
                        for partition in ("aws", "aws-cn", "aws-us-gov")}
        self.consistency = Consistency()
        self.consistency.set(**_by_kind(description.get("consistency", 0)))
        self.explain_denials = bool(description.get("explain_denials", False))
        self.page_max = None              # how many a list gives at once, where fewer than asked
        self.add(description)

    def now(self):
        return time.time() + self.clock_offset_s

    def add(self, description):
        """Adds accounts, or users, roles and so on to accounts that are there; returns the
        access keys of the users it names, as {user: {id, secret}}."""
        with self.lock:
            return describe.add(self, description.get("accounts", {}))

    def since(self, kind):
        """From when a change of this kind that is made now spreads. Made while the dial was
        at nothing, it is everywhere already."""
        return self.now() if self.consistency.lag_s(kind) else LONG_AGO

    def spread(self, seconds):
        """seconds: for everything, or by kind (spread.py)."""
        self.consistency.set(**_by_kind(seconds))

    def calm(self):
        """The dials as they are without a description."""
        self.consistency.clear()
        self.explain_denials = False
        self.page_max = None
        self.clock_offset_s = 0.0

    def new_key(self, user, since=LONG_AGO, key_id=None, secret=None):
        """A long-lived one."""
        caller = Caller(user.account, user.arn, user.id, user)
        key = Key(key_id or ids.access_key_id("AKIA", user.account.id),
                  secret or ids.secret_key(), caller, status=Spread("Active", since),
                  created=self.now())
        user.keys.append(key)
        self.keys[key.id] = key
        return key

    def drop_key(self, key):
        """Deleted from outside: nobody takes it any more."""
        key.status.settle("Deleted")
        if key in key.caller.holder.keys:
            key.caller.holder.keys.remove(key)

    def deactivate(self, key_id):
        self.keys[key_id].status.settle("Inactive")

    def key(self, key_id, token, service="sts", region=""):
        """The key that must have signed, before its signature is looked at."""
        with self.lock:
            key = self.keys.get(key_id)
        lag_s = self.consistency.lag_s("keys", service, region)
        if (key is None or key.token != token or key.caller.holder.gone
                or key.status.seen(self.now(), lag_s) != "Active"):
            raise invalid_token()
        return key

    def check_current(self, key):
        if key.expires_at is not None and key.expires_at <= self.now():
            raise expired_token()

    def new_session(self, caller, life_s):
        caller.issued_at = self.now()
        key = Key(ids.access_key_id("ASIA", caller.account.id), ids.secret_key(), caller,
                  ids.session_token(), expires_at=int(self.now()) + life_s)
        with self.lock:
            self.keys[key.id] = key
        return key

    def find_role(self, arn):
        """None if there is none: AWS does not tell the two apart either."""
        for account in self.accounts.values():
            for role in account.roles.values():
                if role.arn == arn:
                    return role
        return None

    def find_policy(self, arn, partition):
        """AWS's own, or a customer's; None if there is none."""
        if arn in self.managed[partition]:
            return self.managed[partition][arn]
        for account in self.accounts.values():
            for policy in account.policies.values():
                if policy.arn == arn:
                    return policy
        return None


def _by_kind(seconds):
    if isinstance(seconds, dict):
        return seconds
    return dict.fromkeys(("keys", "principals", "roles", "policies"), seconds)
