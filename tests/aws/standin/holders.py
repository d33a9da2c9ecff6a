"""Who and what IAM keeps in an account: users, groups, roles, policies.

What others learn of late is a Spread (spread.py); everything else is as it is at once.
"""

import dataclasses

from . import ids, language
from .spread import Spread, long_ago


@dataclasses.dataclass(frozen=True)
class Grants:
    """What a user, a group or a role may do: replaced as a whole, for a change spreads as
    one. inline: name -> Document. attached: ARNs. boundary: an ARN."""
    inline: dict = dataclasses.field(default_factory=dict)
    attached: tuple = ()
    boundary: str = None

    def without(self, arn):
        return dataclasses.replace(self, attached=tuple(one for one in self.attached
                                                        if one != arn))


@dataclasses.dataclass
class Account:
    id: str
    partition: str = "aws"
    users: dict = dataclasses.field(default_factory=dict)
    groups: dict = dataclasses.field(default_factory=dict)
    roles: dict = dataclasses.field(default_factory=dict)
    policies: dict = dataclasses.field(default_factory=dict)
    enabled_regions: set = dataclasses.field(default_factory=set)   # of those to opt in to
    scp: list = None                  # of Documents; None: no organization limits it
    org: str = None                   # o-…
    alias: str = None

    def arn(self, rest, service="iam"):
        return f"arn:{self.partition}:{service}::{self.id}:{rest}"


class Holder:
    """A name with a path, a unique id, and grants."""

    KIND = PREFIX = None

    def __init__(self, account, name, path="/", since=long_ago, created=0):
        """since(kind): from when it spreads (spread.py); created: what it says of its age."""
        self.account, self.name, self.path = account, name, path
        self.created = created
        self.id = ids.unique_id(self.PREFIX)
        self.known = Spread(True, since("principals"))
        self.grants = Spread(Grants(), since("policies"))
        self.tags = {}
        self.gone = False             # its sessions end with it

    @property
    def arn(self):
        return self.account.arn(f"{self.KIND}{self.path}{self.name}")

    def change(self, since, **fields):
        self.grants.set(dataclasses.replace(self.grants.value, **fields), since("policies"))


class User(Holder):
    KIND, PREFIX = "user", "AIDA"

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.mfa = {}                 # serial number -> mfa.Device
        self.groups = []              # names
        self.keys = []                # of it, deleted ones left out


class Group(Holder):
    KIND, PREFIX = "group", "AGPA"


class Role(Holder):
    KIND, PREFIX = "role", "AROA"

    def __init__(self, *arguments, trust, since=long_ago, **named):
        super().__init__(*arguments, since=since, **named)
        self.trust = Spread(trust, since("roles"))      # a Document, as trust.py binds it
        self.max_session_s = 3600
        self.description = None
        self.last_used = None                   # (moment, region)

    def session_arn(self, session_name):
        """The path of the role is dropped here, as AWS drops it."""
        return self.account.arn(f"assumed-role/{self.name}/{session_name}", "sts")


@dataclasses.dataclass
class Version:
    document: object
    created: float


class Policy:
    """A managed policy. account: None for one of AWS's own, which has an ARN all the same."""

    def __init__(self, account, name, document, path="/", since=long_ago, created=0, arn=None):
        self.account, self.name, self.path = account, name, path
        self.arn = arn or account.arn(f"policy{path}{name}")
        self.id = ids.unique_id("ANPA")
        self.created = self.updated = created
        self.description = None
        self.tags = {}
        self.attachable = True
        self.versions = {"v1": Version(document, created)}
        self.default = "v1"
        self.numbered = 1
        self.document = Spread(document, since("policies"))

    def add_version(self, document, now):
        self.numbered += 1
        name = f"v{self.numbered}"
        self.versions[name] = Version(document, now)
        self.updated = now
        return name

    def make_default(self, version, now, since):
        self.default = version
        self.updated = now
        self.document.set(self.versions[version].document, since("policies"))


@dataclasses.dataclass
class Caller:
    """Who signed a request."""
    account: Account
    arn: str
    user_id: str
    holder: object                    # the User or the Role whose grants count
    temporary: bool = False
    mfa_at: float = None
    issued_at: float = None           # of temporary credentials
    source_identity: str = None
    chained: bool = False             # a role that temporary credentials assumed
    transitive_tags: dict = dataclasses.field(default_factory=dict)
    tags: dict = dataclasses.field(default_factory=dict)
    session_policies: list = None     # of evaluate.Source

    @property
    def user(self):
        """None for a role's session."""
        return self.holder if isinstance(self.holder, User) else None

    @property
    def kind(self):
        """'user': a long-lived key; 'session': of GetSessionToken; 'role'."""
        if self.user is None:
            return "role"
        return "session" if self.temporary else "user"

    @property
    def names(self):
        """Every principal that means this caller and nobody else."""
        return {self.arn, self.user_id}

    @property
    def role_names(self):
        """Those that mean all sessions of its role."""
        return set() if self.user else {self.holder.arn, self.holder.id}


def is_taken(held, name):
    """Names are unique without regard to case (facts 9.3)."""
    return name.lower() in {other.lower() for other in held}


def split(name):
    """'team/Deploy' is the name Deploy with the path /team/."""
    path, _, last = name.rpartition("/")
    return (f"/{path}/" if path else "/"), last


def document_of(content, **how):
    """Of a description, where it is data, or of a text."""
    text = content if isinstance(content, str) else language.text_of(content)
    return language.read(text, **how)
