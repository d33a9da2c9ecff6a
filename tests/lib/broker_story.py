"""A Story about sessions: codes of MFA devices, programs that ask, what AWS was told.

    class Codes(BrokerStory):
        def test_one_code(self):
            self.given(CONFIG, user="carol")
            self.works("env", "prod", "-t", self.fob.fresh())
            self.assertEqual(self.actions(), ["GetSessionToken", "AssumeRole"])
"""

import json
import os
import select
import time

import xacct_wire
from story import Story
from world import PASSPHRASE, Fd

from handmade import Handmade
from standin import mfa, worlds

CAROL = "arn:aws:iam::111111111111:mfa/carol"

# Each question leaves a line in the log; what is asked, in it.
ASKPASS = """#!/bin/sh
printf '%s\\n' "$*" >> '{log}'
sleep {pause}
[ -z '{answer}' ] && exit 1
printf '%s\\n' '{answer}'
"""

# A device's program, as `ykman oath accounts code` or `oathtool` are.
TOTP = """#!/usr/bin/python3
import base64, hashlib, hmac, struct, time
with open("{log}", "a") as log:
    log.write("asked\\n")
digest = hmac.new(base64.b32decode("{seed}"), struct.pack(">Q", int(time.time()) // 30),
                  hashlib.sha1).digest()
at = digest[-1] & 15
print("%06d" % ((struct.unpack(">I", digest[at:at + 4])[0] & 0x7fffffff) % 1000000))
"""

# Run as the person: a connection of its own, which does what each line of its input says.
PUPPET = """
import json, sys
import xacct_wire as wire

def made(name, value):
    if type(value) is list:
        return [wire.body_of(**item) for item in value]
    kind = wire.NUMBERS[wire.REQUEST_FIELDS[name]][1]
    return value.encode(errors="surrogateescape") if kind == wire.BYTES else value

agent = wire.Connection(sys.argv[1], timeout_s=90).greet(sys.argv[2], sys.argv[3])
for line in sys.stdin:
    kind, fields = json.loads(line)
    if kind:
        agent.send(kind, **{name: made(name, value) for name, value in fields.items()})
    else:
        answer = agent.receive()
        print(json.dumps([answer.type, answer.fields], default=lambda text: text.decode(errors="surrogateescape")),
              flush=True)
"""


class Puppet:
    """Another client of the agent (xacct_wire.py), in a process of the person's."""

    def __init__(self, started):
        self._popen = started.popen
        self._waiting = False         # for a reply that did not come in time

    def send(self, kind, **fields):
        self._popen.stdin.write(json.dumps([kind, fields]).encode() + b"\n")
        self._popen.stdin.flush()
        return self

    def receive(self, timeout_s=60):
        """(type, fields) of the next reply; None if it has not come in time. Then the next
        receive() waits for the same."""
        if not self._waiting:
            self.send(None)
        self._waiting = True
        if not select.select([self._popen.stdout], [], [], timeout_s)[0]:
            return None
        self._waiting = False
        line = self._popen.stdout.readline()
        if not line:
            raise AssertionError(self._popen.stderr.read().decode())
        return tuple(json.loads(line))

    def ask(self, kind, **fields):
        return self.send(kind, **fields).receive()

    def leave(self):
        """The connection ends."""
        self._popen.kill()
        self._popen.communicate()


class BrokerStory(Story):
    def setUp(self):
        super().setUp()
        self.fob = mfa.Fob(worlds.SEED, self.world.aws.now)
        self.log = os.path.join(self.world.home, "asked")
        self._wire = None

    # --- AWS ------------------------------------------------------------------------------

    def calls(self, *actions):
        """What AWS was asked, but for the proof of a key that was added."""
        return [call for call in self.world.aws.calls()
                if call["action"] in (actions or ("AssumeRole", "GetSessionToken",
                                                  "ListMFADevices"))]

    def actions(self):
        return [call["action"] for call in self.calls()]

    def roles(self):
        """The names of the roles that AWS was asked for, in order."""
        return [call["parameters"]["RoleArn"].rpartition("/")[2] for call in
                self.calls("AssumeRole")]

    def last(self, action="AssumeRole"):
        """The parameters of the last such call."""
        return self.calls(action)[-1]["parameters"]

    def codes_sent(self):
        """Every MFA code that reached AWS, in order."""
        return [call["parameters"]["TokenCode"] for call in self.world.aws.calls()
                if "TokenCode" in call["parameters"]]

    def add_roles(self, account, **roles):
        """roles: name=description, as in standin/worlds.py."""
        self.world.aws.add({account: {"roles": roles}})

    def who(self, answer):
        """Whose credentials these are, by AWS's own word."""
        key = (answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"])
        return Handmade(self.world.aws, key).call().field("Arn")

    # --- the client -----------------------------------------------------------------------

    def process(self, *words, **how):
        """What credential-process prints, read as JSON."""
        said = self.works("credential-process", *words, **how)
        self.assertEqual(said.err, "")
        return json.loads(said.out)

    def key(self, *words, **how):
        return self.process(*words, **how)["AccessKeyId"]

    def puppet(self):
        if self._wire is None:
            with open(xacct_wire.__file__, encoding="utf-8") as file:
                self.world.write("xacct_wire.py", file.read())
            # Its status says in which state the vault is, and is not 0 when that is locked.
            self._wire = json.loads(self.world.xacct("status", "--json").out)["vault_path"]
        return Puppet(self.world.start(
            "/usr/bin/python3", "-c", PUPPET, self.world.socket, self.world.config_file,
            self._wire, env={"PYTHONPATH": self.world.home}))

    def requests(self, *requests):
        """[(type, fields)] of answers to (kind, fields), which go straight to the agent."""
        puppet = self.puppet()
        answers = [puppet.ask(kind, **fields) for kind, fields in requests]
        puppet.leave()
        return answers

    def unlock(self):
        self.works("unlock", "--passphrase-fd", Fd(PASSPHRASE))

    # --- who answers ------------------------------------------------------------------------

    def program(self, name, text):
        return self.world.write(name, text, mode=0o700)

    def askpass(self, answer, pause=0):
        """The environment of a client whose askpass program gives this answer; none: cancel."""
        path = self.program("askpass", ASKPASS.format(log=self.log, answer=answer, pause=pause))
        return {"XACCT_ASKPASS": path}

    def totp(self, seed=worlds.SEED):
        """The path of a program that prints the device's code."""
        return self.program("totp", TOTP.format(log=self.log, seed=seed))

    def asked(self):
        """The questions that were put to a person by a program."""
        try:
            with open(self.log, encoding="utf-8") as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []

    def waits(self, condition, patience_s=20):
        deadline = time.monotonic() + patience_s
        while not condition():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)
