"""A source account's key goes in, and out again: what is asked, what is refused, and what is
left on the disk after each."""

import os
import time
import unittest

from story import Story
from world import PASSPHRASE, Fd

DEST = "[dest prod]\naccount = 222222222222\nrole = Admin\n"


class Adding(Story):
    def setUp(self):
        super().setUp()
        self.world.configure(DEST)
        self.key_id, self.secret = self.world.aws.key_of("alice")

    def add(self, name="main", *more, secret=None, phrase=PASSPHRASE, key_id=None):
        """The words of an `add` that has to ask nothing."""
        return ("add", name, "--access-key-id", key_id or self.key_id, "--secret-fd",
                Fd(secret or self.secret), "--passphrase-fd", Fd(phrase), *more)

    def configuration(self):
        with open(self.world.config_file, encoding="utf-8") as file:
            return file.read()

    def nothing_is_stored(self):
        self.assertFalse(os.path.exists(self.world.vault_file))
        self.assertNotIn("[source", self.configuration())

    def lock(self):
        self.works("lock")
        self.fails(4, "whoami", "main")


class OnATerminal(Adding):
    def typed_secret(self, person):
        """Everything up to the secret, which must not show."""
        person.sees("Access key id: ").types(self.key_id + "\n")
        person.sees("Secret access key: ")
        self.assertFalse(person.echoes())
        person.types(self.secret + "\n")

    def test_it_asks_for_all_that_is_missing(self):
        with self.world.terminal("add", "main") as person:
            self.typed_secret(person)
            person.sees("a new vault: .*/xacct/vault")
            person.sees("New passphrase for the xacct vault: ")
            self.assertFalse(person.echoes())
            person.types(PASSPHRASE + "\n").sees("The same once more: ").types(PASSPHRASE + "\n")
            screen = person.sees("stored 'main': arn:aws:iam::111111111111:user/alice").leaves(0)
            self.assertTrue(person.echoes())
        self.assertIn(self.key_id, screen)
        self.assertNotIn(self.secret, screen)
        self.assertNotIn(PASSPHRASE, screen)
        self.assertIn("[source main]", self.configuration())
        self.works("whoami", "prod")

    def test_the_id_may_be_an_argument(self):
        with self.world.terminal("add", "main", "--access-key-id", self.key_id) as person:
            person.sees("Secret access key: ").types(self.secret + "\n")
            person.sees("New passphrase").types(PASSPHRASE + "\n")
            person.sees("once more").types(PASSPHRASE + "\n")
            person.sees("stored 'main'").leaves(0)
            self.assertNotIn("Access key id", person.screen)

    def test_two_passphrases_that_differ_are_asked_again(self):
        with self.world.terminal("add", "main") as person:
            self.typed_secret(person)
            person.sees("New passphrase").types("one thing\n")
            person.sees("once more").types("another thing\n")
            person.sees("The two differ").sees("New passphrase").types(PASSPHRASE + "\n")
            person.sees("once more").types(PASSPHRASE + "\n")
            person.leaves(0)
        self.lock()
        self.fails(4, "unlock", "--passphrase-fd", Fd("one thing"))
        self.works("unlock", "--passphrase-fd", Fd(PASSPHRASE))

    def test_an_empty_passphrase_is_refused_and_so_is_a_third_one(self):
        with self.world.terminal("add", "main") as person:
            self.typed_secret(person)
            for _ in range(3):
                person.sees("New passphrase").types("\n")
            person.sees("no passphrase was chosen").leaves(8)
        self.nothing_is_stored()

    def test_with_an_open_vault_no_passphrase_is_asked(self):
        self.works(*self.add())
        id_2, secret_2 = self.world.aws.key_of("bob")
        with self.world.terminal("add", "second") as person:
            person.sees("Access key id: ").types(id_2 + "\n")
            person.sees("Secret access key: ").types(secret_2 + "\n")
            person.sees("stored 'second': .*user/bob").leaves(0)
            self.assertNotIn("assphrase", person.screen)

    def test_with_a_locked_vault_the_old_passphrase_is_asked(self):
        self.works(*self.add())
        self.lock()
        id_2, secret_2 = self.world.aws.key_of("bob")
        with self.world.terminal("add", "second") as person:
            person.sees("Access key id: ").types(id_2 + "\n")
            person.sees("Secret access key: ").types(secret_2 + "\n")
            person.sees("Passphrase of the xacct vault: ").types(PASSPHRASE + "\n")
            person.sees("stored 'second'").leaves(0)
            self.assertNotIn("once more", person.screen)

    def test_a_name_that_is_taken_is_said_before_anything_is_typed(self):
        self.works(*self.add())
        with self.world.terminal("add", "main") as person:
            person.sees(r"there is a source 'main' already, with key \*\*\*\*" + self.key_id[-4:])
            screen = person.sees("try: xacct remove main").leaves(1)
            self.assertNotIn("Access key id:", screen)

    def test_a_wrong_id_is_said_before_the_secret_is_typed(self):
        with self.world.terminal("add", "main") as person:
            person.sees("Access key id: ").types("what?\n")
            screen = person.sees("is none").leaves(2)
            self.assertNotIn("Secret access key:", screen)

    def test_blanks_around_what_was_pasted_do_not_matter(self):
        with self.world.terminal("add", "main") as person:
            person.sees("Access key id: ").types(f"  {self.key_id} \n")
            person.sees("Secret access key: ").types(f" {self.secret}\t\n")
            person.sees("New passphrase").types(PASSPHRASE + "\n")
            person.sees("once more").types(PASSPHRASE + "\n")
            person.sees("stored 'main': .*user/alice").leaves(0)

    def test_ctrl_c_at_any_question_leaves_nothing_and_the_echo_on(self):
        for at in range(4):
            with self.subTest(question=at), self.world.terminal("add", "main") as person:
                person.sees("Access key id: ")
                if at > 0:
                    person.types(self.key_id + "\n").sees("Secret access key: ")
                if at > 1:
                    person.types(self.secret + "\n").sees("New passphrase")
                if at > 2:
                    person.types(PASSPHRASE + "\n").sees("once more")
                person.types("\x03")
                person.leaves(8)
                self.assertTrue(person.echoes())
                self.nothing_is_stored()

    def test_ctrl_d_is_no_answer_either(self):
        with self.world.terminal("add", "main") as person:
            person.sees("Access key id: ").types(self.key_id + "\n")
            person.sees("Secret access key: ").types("\x04")
            person.sees("add failed for main: cancelled").leaves(8)
            self.assertTrue(person.echoes())
        self.nothing_is_stored()

    def test_nothing_typed_is_no_answer_either(self):
        with self.world.terminal("add", "main") as person:
            person.sees("Access key id: ").types("\n")
            person.sees("nothing was typed").leaves(8)


class ByDescriptors(Adding):
    def test_nothing_is_asked(self):
        said = self.works(*self.add())
        self.assertEqual((said.out, said.err),
                         ("", "xacct: stored 'main': arn:aws:iam::111111111111:user/alice\n"))
        self.assertEqual(oct(os.stat(self.world.vault_file).st_mode & 0o777), "0o600")
        self.assertEqual([call["action"] for call in self.world.aws.calls()],
                         ["GetCallerIdentity"])

    def test_quiet_says_nothing(self):
        said = self.works(*self.add("main", "-q"))
        self.assertEqual((said.out, said.err), ("", ""))

    def test_both_secrets_may_come_as_two_lines_of_one(self):
        self.works("add", "main", "--access-key-id", self.key_id, "--secret-fd", "-",
                   "--passphrase-fd", "-", given=f"{self.secret}\n{PASSPHRASE}\n")
        self.lock()
        self.works("unlock", "--passphrase-fd", Fd(PASSPHRASE))

    def test_a_carriage_return_is_no_part_of_the_secret(self):
        self.works(*self.add(secret=self.secret + "\r\n"))

    def test_an_empty_one_is_refused(self):
        for words in (self.add(phrase="\n"), self.add(secret="\n")):
            said = self.fails(2, *words)
            self.assertIn("an empty line", said.err)
        self.nothing_is_stored()

    def test_no_terminal_and_no_descriptor(self):
        said = self.fails(4, "add", "main")
        self.assertIn("  try: xacct add main --access-key-id ID --secret-fd", said.err)
        said = self.fails(4, "add", "main", "--access-key-id", self.key_id, "--secret-fd",
                          Fd(self.secret))
        self.assertRegex(said.err, "  try: .*--passphrase-fd")
        self.nothing_is_stored()

    def test_the_secret_is_no_argument(self):
        for option in ("--secret", "--secret-access-key", "--passphrase"):
            said = self.fails(2, "add", "main", "--access-key-id", self.key_id, option, self.secret)
            self.assertNotIn(self.secret, said.err)
        pasted = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY"
        said = self.fails(2, "add", "main", "--access-key-id", pasted)
        self.assertNotIn(pasted, said.err)

    def test_an_id_that_cannot_be_one(self):
        for key_id in ("short", "AKIA" + "A" * 125, "AKIA 234567AAAAAAAAA", "AKIA;id;AAAAAAAAAAAA"):
            said = self.fails(2, *self.add(key_id=key_id))
            self.assertIn("  try: xacct help add", said.err)
        self.nothing_is_stored()

    def test_a_temporary_key_is_refused_by_its_id(self):
        said = self.fails(2, *self.add(key_id="ASIA" + self.key_id[4:]))
        self.assertIn("temporary key", said.err)
        self.nothing_is_stored()

    def test_a_secret_that_cannot_be_one(self):
        for secret in ("has a blank in it, which no secret has", "x" * 200, "caf\u00e9" * 10):
            self.fails(2, *self.add(secret=secret))
        self.nothing_is_stored()

    def test_a_name_that_cannot_be_one(self):
        for name in ("a b", "-x", "", "x" * 65, "caf\u00e9", "a;b", "[x]"):
            words = list(self.add("main", "--"))
            words.remove("main")
            self.fails(2, *words, name)
        self.nothing_is_stored()


class Proof(Adding):
    """The key is shown to AWS before it is kept."""

    def test_a_wrong_secret_stores_nothing(self):
        said = self.fails(6, *self.add(secret="x" * 40))
        self.assertIn("SignatureDoesNotMatch", said.err)
        self.assertIn("the secret key is not the one of this key id", said.err)
        self.assertRegex(said.err, r"aws: SignatureDoesNotMatch \(request id [-0-9a-f]{36}\)")
        self.nothing_is_stored()

    def test_after_a_refusal_the_passphrase_is_chosen_anew(self):
        self.fails(6, *self.add(secret="x" * 40, phrase="the first thought"))
        self.works(*self.add(phrase="the second thought"))
        self.lock()
        self.fails(4, "unlock", "--passphrase-fd", Fd("the first thought"))
        self.works("unlock", "--passphrase-fd", Fd("the second thought"))

    def test_a_key_that_is_switched_off(self):
        self.world.aws.deactivate(self.key_id)
        said = self.fails(6, *self.add())
        self.assertIn("AWS does not know this key", said.err)
        self.nothing_is_stored()

    def test_a_refusal_leaves_an_older_vault_as_it_was(self):
        self.works(*self.add())
        with open(self.world.vault_file, "rb") as file:
            before = file.read()
        self.fails(6, *self.add("second", secret="x" * 40))
        with open(self.world.vault_file, "rb") as file:
            self.assertEqual(file.read(), before)
        self.assertNotIn("second", self.configuration())
        self.works("whoami", "prod")

    def test_unverified_by_wish(self):
        said = self.works(*self.add("main", "--no-verify", secret="x" * 40))
        self.assertEqual(said.err, "xacct: stored 'main'\n")
        self.assertEqual(self.world.aws.calls(), [])
        self.fails(6, "whoami", "main")

    def test_with_aws_out_of_reach_it_is_stored_with_a_warning(self):
        self.world.aws.fault(action="GetCallerIdentity", reset=True, times=0)
        said = self.works(*self.add())
        self.assertRegex(said.err, r"^xacct: stored 'main'; the key is stored unproven: .*cut")
        self.world.aws.reset()
        self.works("whoami", "prod")

    def test_an_endpoint_that_is_not_trusted_gets_no_further(self):
        endpoint = self.world.aws.listen("untrusted")
        self.world.write(self.world.config_file, f"[agent]\nendpoint_url = {endpoint}\n"
                         f"ca_bundle = {self.world.aws.ca_pem}\n")
        said = self.works(*self.add())
        self.assertRegex(said.err, "stored unproven: .*certificate")
        self.assertEqual(self.world.aws.calls(), [])

    def test_what_is_stored_unproven_is_proven_by_whoami(self):
        """Then roles see the user's own name, too."""
        self.works(*self.add("main", "--no-verify"))
        self.assertNotIn("user/alice", self.works("list").out)
        self.assertIn("user/alice", self.works("whoami", "main").out)
        for _ in range(100):
            if "user/alice" in self.works("list").out:
                break
            time.sleep(0.1)
        self.assertRegex(self.works("list").out, "main +111111111111 .*user/alice")
        self.works("env", "prod")
        self.works("agent", "restart")
        self.works("unlock", "--passphrase-fd", Fd(PASSPHRASE))
        self.assertRegex(self.works("list").out, "main +111111111111 .*user/alice")
        self.assertIn("assumed-role/Admin/alice", self.works("whoami", "prod").out)

    def test_what_is_stored_unproven_has_no_account_yet(self):
        self.works(*self.add("main", "--no-verify"))
        self.assertRegex(self.works("list").out, r"main +- +\*\*\*\*" + self.key_id[-4:])
        self.works("whoami", "prod")

    def test_a_client_that_leaves_while_aws_thinks_stores_nothing(self):
        self.world.aws.fault(action="GetCallerIdentity", delay_s=2)
        asked = self.world.start(self.world.client, *self.add())
        while not self.world.aws.calls():
            self.assertIsNone(asked.popen.poll())
        asked.popen.kill()
        asked.end()
        self.nothing_is_stored()


class Names(Adding):
    def test_a_name_is_given_once(self):
        self.works(*self.add())
        said = self.fails(1, *self.add())
        self.assertIn("a key is stored as 'main' already", said.err)
        self.assertIn("  try: xacct remove main", said.err)

    def test_a_destination_has_it_already(self):
        said = self.fails(1, *self.add("prod"))
        self.assertIn("'prod' is the name of a destination", said.err)
        self.nothing_is_stored()

    def test_a_section_that_waits_for_its_key_is_no_hindrance(self):
        self.world.configure("[source main]\nregion = eu-west-1\n" + DEST)
        before = self.configuration()
        self.works(*self.add())
        self.assertEqual(self.configuration(), before)

    def test_a_configuration_that_cannot_be_read_refuses_it(self):
        self.world.write(self.world.config_file, "[source\n")
        said = self.fails(3, *self.add())
        self.assertIn(f"{self.world.config_file}:1: ", said.err)
        self.assertFalse(os.path.exists(self.world.vault_file))

    def test_every_kind_of_letter_a_name_may_have(self):
        self.works(*self.add("A9_b.c@d:e+f/g%h-i"))
        self.assertIn("[source A9_b.c@d:e+f/g%h-i]", self.configuration())
        self.works("whoami", "prod")


class Removing(Adding):
    def setUp(self):
        super().setUp()
        self.before = self.configuration()
        self.works(*self.add())

    def test_it_wants_a_yes(self):
        with self.world.terminal("remove", "main") as person:
            person.sees(rf"Delete 'main' \(key \*\*\*\*{self.key_id[-4:]}\) .*\[y/N\] ")
            person.types("no\n").sees("nothing was deleted").leaves(8)
        self.works("whoami", "prod")
        with self.world.terminal("remove", "main") as person:
            person.sees(r"\[y/N\] ").types("yes\n").sees("deleted 'main'").leaves(0)
        self.fails(3, "whoami", "main")

    def test_without_a_terminal_the_yes_is_a_flag(self):
        said = self.fails(4, "remove", "main")
        self.assertIn("  try: xacct remove main --yes", said.err)
        self.works("remove", "main", "--yes")

    def test_the_last_one_goes_with_its_section_and_its_sessions(self):
        self.works("env", "prod")
        self.works("remove", "main", "--yes")
        self.assertEqual(self.configuration(), self.before)
        said = self.fails(3, "env", "prod")
        self.assertIn("  try: xacct add main", said.err)
        self.assertIn("no sessions", self.world.xacct("status").out)

    def test_and_can_be_added_again_under_the_same_passphrase(self):
        self.works("remove", "main", "--yes")
        self.works(*self.add())
        self.lock()
        self.works("unlock", "--passphrase-fd", Fd(PASSPHRASE))
        self.works("whoami", "prod")

    def test_the_others_stay(self):
        id_2, secret_2 = self.world.aws.key_of("bob")
        self.works(*self.add("second", key_id=id_2, secret=secret_2))
        self.works("remove", "main", "--yes")
        self.assertEqual(self.works("whoami", "second").out,
                         "arn:aws:iam::111111111111:user/bob\n")

    def test_what_is_not_there(self):
        said = self.fails(3, "remove", "mian", "--yes")
        self.assertIn("did you mean 'main'?", said.err)
        self.fails(3, "remove", "prod", "--yes")

    def test_what_is_not_there_is_said_before_a_yes_is_asked(self):
        with self.world.terminal("remove", "mian") as person:
            screen = person.sees("there is no source 'mian'").leaves(3)
            self.assertNotIn("[y/N]", screen)

    def test_locked_it_asks_first(self):
        self.lock()
        self.fails(4, "remove", "main", "--yes")
        self.works("remove", "main", "--yes", "--passphrase-fd", Fd(PASSPHRASE))


class Notes(Adding):
    def test_a_key_that_no_section_names(self):
        self.works(*self.add())
        self.world.configure(DEST)
        self.assertIn("no [source] of the configuration names it", self.works("list").out)
        said = self.world.xacct("config", "check")
        self.assertEqual(said.status, 1, said)
        self.assertIn("warning: the vault holds a key 'main' that no [source] names", said.out)
        self.assertIn("  try: add a line [source main]", said.out)

    def test_a_section_without_a_key(self):
        self.works(*self.add())
        self.world.configure("[source main]\n[source other]\n" + DEST + "source = main\n")
        self.assertRegex(self.works("list").out, r"other +- +- +- +no key is stored for it")
        said = self.world.xacct("config", "check")
        self.assertEqual(said.status, 1, said)
        self.assertRegex(said.out, r":7: warning: \[source other\]: the vault holds no key")
        said = self.fails(3, "whoami", "other")
        self.assertIn("  try: xacct add other", said.err)


if __name__ == "__main__":
    unittest.main()
