"""cache = sealed: what was issued outlives the agent, unreadable to all but the vault's
owner (design, section 7; issue: locking policy)."""

import base64
import json
import os
import time
import unittest

from broker_story import CAROL, BrokerStory
from world import PASSPHRASE, Fd

CONFIG = f"""
[source main]
mfa_serial = {CAROL}
[dest prod]
account = 222222222222
role = Mfa
[dest long]
account = 222222222222
role = Long
"""
SEALED = "cache = sealed\n"


class Sealed(BrokerStory):
    def setUp(self):
        super().setUp()
        self.given(CONFIG, user="carol")
        self.before = self.files()
        self.world.configure(CONFIG, agent=SEALED)

    def files(self):
        """Everything that lies in the home and the runtime directory."""
        found = set()
        for place in (self.world.home, self.world.runtime):
            for directory, _below, names in os.walk(place):
                found.update(os.path.join(directory, name) for name in names)
        return {path for path in found if os.path.isfile(path)}

    def cache_files(self):
        """Whole ones: not one that is being written."""
        return [path for path in self.files() - self.before
                if not path.endswith((".log", ".new"))]

    def cache_file(self):
        path, = self.cache_files()
        return path

    @staticmethod
    def content(path):
        with open(path, "rb") as file:
            return file.read()

    def put(self, path, content):
        """As the agent itself would have left it."""
        with open(path, "wb") as file:
            file.write(content)
        os.chmod(path, 0o600)
        os.chown(path, self.world.uid, -1)

    def cold(self):
        """The agent ends and comes back; the vault is opened again."""
        self.works("agent", "restart")
        self.unlock()

    def begin(self):
        first = self.process("prod", "-t", self.fob.fresh())
        self.assertEqual(len(self.calls()), 2)
        return first


class Kept(Sealed):
    def test_after_a_restart_no_call_and_no_code(self):
        first = self.begin()
        self.cold()
        self.assertEqual(self.process("prod"), first)
        self.assertEqual(len(self.calls()), 2)

    def test_the_session_is_kept_too(self):
        self.begin()
        self.cold()
        self.process("long")
        self.assertEqual(self.actions(), ["GetSessionToken", "AssumeRole", "AssumeRole"])

    def test_a_killed_agent_has_kept_them_as_well(self):
        first = self.begin()
        status = json.loads(self.works("status", "--json").out)
        self.waits(self.cache_files)      # changes are gathered for a second before a save
        os.kill(status["pid"], 9)
        self.waits(lambda: self.world.xacct("status").status == 5)
        self.works("unlock", "--passphrase-fd", Fd(PASSPHRASE))
        self.assertEqual(self.process("prod"), first)

    def test_they_serve_only_an_open_vault(self):
        self.begin()
        self.works("agent", "restart")
        self.fails(4, "credential-process", "prod")

    def test_what_has_expired_meanwhile_is_not_served(self):
        self.world.aws.fault(action="AssumeRole", life_s=4)
        first = self.begin()
        time.sleep(4)
        self.cold()
        self.assertNotEqual(self.key("prod"), first["AccessKeyId"])

    def test_without_the_key_of_the_configuration_nothing_is(self):
        self.world.configure(CONFIG)
        self.begin()
        self.works("agent", "stop")
        self.assertEqual(self.cache_files(), [])
        self.unlock()
        self.fails(4, "credential-process", "prod")

    def test_another_destination_of_the_same_name_does_not_get_them(self):
        first = self.begin()
        self.works("agent", "stop")
        self.world.configure(CONFIG.replace("role = Mfa", "role = Admin"), agent=SEALED)
        self.unlock()
        self.assertNotEqual(self.key("prod"), first["AccessKeyId"])


class OnDisk(Sealed):
    def test_nothing_of_it_can_be_read(self):
        first = self.begin()
        self.works("agent", "stop")
        secrets = [first[name].encode() for name in ("AccessKeyId", "SecretAccessKey",
                                                     "SessionToken")]
        secrets += [call["access_key_id"].encode() for call in self.calls("AssumeRole")]
        secrets += [base64.b64encode(secret)[:-4] for secret in secrets]
        secrets += [b"222222222222:role/Mfa"]
        content = self.content(self.cache_file())
        self.assertGreater(len(content), 500)
        for secret in secrets:
            self.assertNotIn(secret, content)

    def test_it_is_the_person_s_alone(self):
        self.begin()
        self.works("agent", "stop")
        status = os.stat(self.cache_file())
        self.assertEqual((status.st_mode & 0o777, status.st_uid), (0o600, self.world.uid))

    def test_a_damaged_one_is_no_misfortune(self):
        self.begin()
        self.works("agent", "stop")
        path = self.cache_file()
        whole = self.content(path)
        for spoiled in (whole[:len(whole) // 2], whole + b"\0", b"",
                        whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:]):
            self.put(path, spoiled)
            self.unlock()
            self.fails(4, "credential-process", "prod")
            self.works("agent", "stop")
        self.put(path, whole)
        self.unlock()
        self.process("prod")
        self.assertEqual(len(self.calls()), 2)


class Wiped(Sealed):
    def gone(self):
        """From the disk, and for the next agent."""
        self.cold()
        self.fails(4, "credential-process", "prod")

    def test_by_forget_all(self):
        self.begin()
        self.works("forget", "--all")
        self.gone()

    def test_by_forget_all_while_locked(self):
        self.begin()
        self.works("lock")
        self.works("forget", "--all")
        self.gone()

    def test_of_one_name_by_forget(self):
        self.begin()
        kept = self.process("long")
        self.works("forget", "prod")
        self.cold()
        self.assertEqual(self.process("long"), kept)
        before = len(self.calls())
        self.process("prod")
        self.assertEqual(len(self.calls()), before + 1)

    def test_by_another_passphrase(self):
        self.begin()
        self.works("agent", "stop")
        path = self.cache_file()
        old = self.content(path)
        self.works("passwd", "--passphrase-fd", Fd(PASSPHRASE), "--new-passphrase-fd",
                   Fd("another one"))
        self.works("agent", "stop")
        self.assertFalse(os.path.exists(path) and self.content(path) == old)
        self.put(path, old)
        self.works("unlock", "--passphrase-fd", Fd("another one"))
        self.fails(4, "credential-process", "prod")

    def test_by_another_vault(self):
        self.begin()
        self.works("agent", "stop")
        path = self.cache_file()
        old = self.content(path)
        os.unlink(self.world.vault_file)
        self.world.configure(CONFIG.replace(f"[source main]\nmfa_serial = {CAROL}\n", ""),
                             agent=SEALED)
        self.assertEqual(self.world.add_source(user="carol").status, 0)
        self.world.configure(CONFIG, agent=SEALED)
        self.works("agent", "stop")
        self.put(path, old)
        self.unlock()
        self.fails(4, "credential-process", "prod")

    def test_by_switching_it_off(self):
        self.begin()
        self.works("agent", "stop")
        path = self.cache_file()
        self.world.configure(CONFIG)
        self.unlock()
        self.fails(4, "credential-process", "prod")
        self.assertFalse(os.path.exists(path))


if __name__ == "__main__":
    unittest.main()
