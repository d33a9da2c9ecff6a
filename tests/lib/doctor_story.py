"""A Story about doctor DEST: a Place is one set-up, broken or not, and what doctor says of it."""

import copy
import json
import re
import time

from story import Story                  # first: it knows where the stand-in is
from standin import worlds
from world import PASSPHRASE, Fd

ADMINISTRATOR = worlds.ADMINISTRATOR
LOOKS = ["iam:GetUser", "iam:SimulatePrincipalPolicy"]
AGAIN_S = 1.1                     # for so long a refusal is not asked for again (N12)
SESSION = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(actions, resource="*", **condition):
    return statement("Allow", actions, resource, condition)


def deny(actions, resource="*", **condition):
    return statement("Deny", actions, resource, condition)


def statement(effect, actions, resource, condition):
    made = {"Effect": effect, "Action": actions, "Resource": resource}
    return {**made, "Condition": condition} if condition else made


def trusts(actions="sts:AssumeRole", principal="USER", effect="Allow", **condition):
    made = {"Effect": effect, "Action": actions, "Principal": {"AWS": principal}}
    return {**made, "Condition": condition} if condition else made


def filled(what, names):
    """The description with USER, SOURCE, ROLE … in it replaced."""
    text = json.dumps(what)
    for name, value in names.items():
        text = text.replace(name, value)
    return json.loads(text)


class Place:
    """One set-up: two accounts, their people, and the lines of the configuration."""

    def __init__(self, story, number, user=None, role=None, source="", dest="", before="",
                 account=None, there=None, name="App", looks=True):
        self.story, self.world, self.aws = story, story.world, story.world.aws
        self.source_id, self.dest_id = f"1{number:011}", f"2{number:011}"
        self.main, self.prod, self.owner = f"main{number}", f"prod{number}", f"owner{number}"
        self.names = {"SOURCE": self.source_id, "DEST": self.dest_id, "MAIN": self.main,
                      "USER": f"arn:aws:iam::{self.source_id}:user/alice",
                      "ROLE": f"arn:aws:iam::{self.dest_id}:role/App"}
        self.lines = {("source", self.main): [source], ("source", self.owner): [],
                      ("dest", self.prod): [f"account = {self.dest_id}", f"role = {name}",
                                            "" if "source =" in dest else f"source = {self.main}",
                                            dest]}
        self.before = before
        user = copy.deepcopy({"policies": {"work": document(allow(SESSION, "ROLE"))},
                              **(user or {})})
        if looks:
            user["policies"]["looks"] = document(allow(LOOKS))
        self._describe(user, role, account or {}, there)
        self._store()

    def _describe(self, user, role, account, there):
        role = {"App": {"trust": document(trusts(SESSION)), **(role or {})}}
        self.given = self.aws.add(filled({
            "SOURCE": {"users": {"alice": user, "boss": {"attached": [ADMINISTRATOR]},
                                 "bob": {}}, **account}}, self.names))
        self.given.update(self.aws.add(filled({
            "DEST": {"users": {"owner": {"attached": [ADMINISTRATOR]}},
                     "roles": role if there is None else there}}, self.names)))

    def _store(self):
        self.configure()
        for name, who in ((self.main, "alice"), (self.owner, "owner")):
            self.add(name, self.given[who])

    def add(self, name, key, *words):
        added = self.world.xacct("add", name, "--access-key-id", key["id"], "--secret-fd",
                                 Fd(key["secret"]), *words,
                                 *(() if self.story.opened else
                                   ("--passphrase-fd", Fd(PASSPHRASE))))
        self.story.assertEqual(added.status, 0, added)
        self.story.opened = True

    def configure(self):
        sections = [f"[{kind} {name}]\n" + "\n".join(filled(lines, self.names)) + "\n"
                    for (kind, name), lines in self.lines.items()]
        self.world.configure("".join(sections) + "\n".join(filled([self.before], self.names)))

    def set(self, kind, name, key, value):
        """A line of the configuration, in place of one of the same key."""
        lines = "\n".join(self.lines[(kind, name)]).split("\n")
        kept = [line for line in lines if line.split(" =")[0] != key]
        if key == "role_arn":
            kept = [line for line in kept if line.split(" =")[0] not in ("role", "account")]
        self.lines[(kind, name)] = kept + [f"{key} = {value}"]
        self.configure()

    # --- what is asked ------------------------------------------------------------------------

    def examine(self, *words, seen=False):
        words = [*words, "--dest-admin", self.owner] if seen else list(words)
        said = self.world.xacct("doctor", self.prod, "--json", "--no-input",
                                *filled(words, self.names))
        self.story.assertEqual(said.err, "", said)
        report = json.loads(said.out)
        expected = (0 if report["verdict"] == "works"
                    else 1 if report["verdict"].startswith("duration-") else 6)
        self.story.assertEqual((said.status, report["ok"]), (expected, expected == 0), said)
        return report

    # --- what is said to do, done ---------------------------------------------------------------

    def boto(self, who):
        return self.aws.boto("iam", (self.given[who]["id"], self.given[who]["secret"]))

    def obey(self, remedy):
        """Does what one remedy says, as a person would by pasting it."""
        line = re.match(r"configure for (the source )?'(\w+)': (\w+) = (\S+)", remedy["message"])
        if line:
            self.set("source" if line.group(1) else "dest", *line.group(2, 3, 4))
            return True
        if remedy["statement"] is None:
            return False
        return self.add_statement(remedy["side"], json.loads(remedy["statement"]))

    def add_statement(self, side, statement):
        if side == "trust policy":
            owner = self.boto("owner")
            policy = owner.get_role(RoleName="App")["Role"]["AssumeRolePolicyDocument"]
            policy["Statement"] = [one for one in policy["Statement"]
                                   if "AIDA" not in json.dumps(one)] + [statement]
            owner.update_assume_role_policy(RoleName="App", PolicyDocument=json.dumps(policy))
        elif side == "source policy":
            self.boto("boss").put_user_policy(UserName="alice", PolicyName="pasted",
                                              PolicyDocument=json.dumps(document(statement)))
        else:
            self.story.assertEqual(side, "boundary")
            self.boto("boss").create_policy_version(
                PolicyArn=f"arn:aws:iam::{self.source_id}:policy/bound", SetAsDefault=True,
                PolicyDocument=json.dumps(document(allow(LOOKS), statement)))
        time.sleep(AGAIN_S)
        return True

    def mend(self, report):
        """Obeys the first remedy that is a line or a statement."""
        self.story.assertTrue(any(self.obey(remedy) for remedy in report["remedies"]), report)


MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
DEVICE = {"mfa": {"alice": worlds.SEED}}
SERIAL = "mfa_serial = arn:aws:iam::SOURCE:mfa/alice"
BOUND = {"policies": {"bound": document(allow(LOOKS))}}
IN_TRUST = ("unknown", "unknown")


def only(*statements):
    """The user's own policy in place of the right one."""
    return {"policies": {"work": document(*statements)}}


def trusting(*statements):
    return {"trust": document(*statements)}


class Doctor(Story):
    def setUp(self):
        super().setUp()
        self.opened = False

    def place(self, number=1, **how):
        return Place(self, number, **how)

    def assertVerdict(self, report, verdict, sure):
        self.assertEqual((report["verdict"], report["sure"]), (verdict, sure),
                         json.dumps(report, indent=2))
