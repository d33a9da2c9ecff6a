"""Keys that lie in clear in the AWS files go into the vault, each proven by AWS, and on request
out of the files, which keep every other byte."""

import os
import stat
import unittest

from story import Story
from world import PASSPHRASE, Fd

CREDENTIALS, CONFIG = ".aws/credentials", ".aws/config"
BACKUP = CREDENTIALS + ".bak-xacct"

# A vault that was begun for a key which is refused is not kept, and the next key begins another.
TWICE = f"{PASSPHRASE}\n{PASSPHRASE}\n"


def keys(name, key_id, secret):
    return f"[{name}]\naws_access_key_id = {key_id}\naws_secret_access_key = {secret}\n"


class Importing(Story):
    def setUp(self):
        super().setUp()
        self.world.configure("[dest prod]\naccount = 222222222222\nrole = Admin\nsource = alice\n")
        self.alice, self.bob = self.world.aws.key_of("alice"), self.world.aws.key_of("bob")
        self.text = ("# mine\n" + keys("alice", *self.alice) + "\n" + keys("bob", *self.bob) +
                     "region = eu-west-1\n")
        self.file = self.world.write(CREDENTIALS, self.text)

    def importing(self, *words, phrase=PASSPHRASE):
        return ("import", *words, "--passphrase-fd", Fd(phrase))

    def read(self, name=CREDENTIALS):
        with open(os.path.join(self.world.home, name), encoding="utf-8", newline="") as file:
            return file.read()

    def is_as_it_was(self):
        self.assertEqual(self.read(), self.text)
        self.assertEqual(sorted(os.listdir(os.path.dirname(self.file))), ["credentials"])

    def nothing_is_stored(self):
        self.assertFalse(os.path.exists(self.world.vault_file))

    def shows_no_secret(self, *results):
        for result in results:
            for secret in (self.alice[1], self.bob[1], self.alice[0], self.bob[0]):
                self.assertNotIn(secret, result.out + result.err)


class Storing(Importing):
    def test_all_of_them(self):
        said = self.works(*self.importing("--all"))
        self.assertEqual(said.out, "")
        self.assertEqual(said.err, "xacct: stored 'alice': arn:aws:iam::111111111111:user/alice\n"
                         "xacct: stored 'bob': arn:aws:iam::111111111111:user/bob\n")
        self.shows_no_secret(said)
        self.works("whoami", "prod")
        self.works("whoami", "bob")
        self.is_as_it_was()

    def test_one_by_its_name(self):
        said = self.works(*self.importing("bob"))
        self.assertIn("stored 'bob'", said.err)
        self.assertNotIn("alice", said.err)
        self.works("whoami", "bob")
        self.fails(3, "whoami", "alice")

    def test_quietly(self):
        self.assertEqual(self.works(*self.importing("--all", "-q")).err, "")

    def test_without_a_name_it_says_which_there_are(self):
        self.world.write(CREDENTIALS, self.text + keys("t", *self.alice) +
                         "aws_session_token = x\n")
        words = self.refused(2, "import")
        self.assertIn("these have a key: alice, bob\n", words)
        self.assertIn("try: xacct import alice, or xacct import --all", words)
        self.assertFalse(self.world.agents())
        self.assertIn("which of the two", self.refused(2, "import", "alice", "--all"))

    def test_without_any_key(self):
        self.world.write(CREDENTIALS, "[x]\nregion = a\n")
        self.assertIn("there is no key to import", self.refused(2, "import"))
        self.assertIn("there is no key to import", self.works("import", "--all").err)
        os.unlink(self.file)
        self.assertIn("there is no profile of that name", self.refused(3, "import", "alice"))
        self.nothing_is_stored()

    def test_other_files_by_the_environment(self):
        self.world.write("elsewhere", keys("carol", *self.bob))
        env = {"AWS_SHARED_CREDENTIALS_FILE": "~/elsewhere"}
        self.assertIn("stored 'carol'", self.works(*self.importing("--all"), env=env).err)
        self.fails(3, "whoami", "bob")

    def test_the_credentials_file_wins_over_the_config_file(self):
        self.world.write(CONFIG, "[profile alice]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n"
                         "[profile only]\n" + keys("x", *self.bob).split("\n", 1)[1])
        self.assertIn("user/alice", self.works(*self.importing("alice", "only")).err)
        self.works("whoami", "only")

    def test_unproven_on_request(self):
        self.world.write(CREDENTIALS, keys("other", "AKIAIOSFODNN7EXAMPLE", "x" * 40))
        self.assertIn("AWS", self.refused(6, *self.importing("other"), tries=False))
        self.nothing_is_stored()
        self.assertEqual(self.works(*self.importing("other", "--no-verify")).err,
                         "xacct: stored 'other'\n")

    def test_the_passphrase_is_asked_once_for_all(self):
        with self.world.terminal("import", "--all") as person:
            person.sees("New passphrase").types(PASSPHRASE + "\n")
            person.sees("once more").types(PASSPHRASE + "\n")
            screen = person.sees("stored 'alice'").sees("stored 'bob'").leaves(0)
        self.assertEqual(screen.count("passphrase for"), 1)
        self.assertNotIn(self.alice[1], screen)


class Refusing(Importing):
    def test_a_temporary_key_is_passed_over(self):
        self.world.write(CREDENTIALS, keys("t", *self.alice) + "aws_session_token = tok\n" +
                         keys("u", *self.alice) + "aws_security_token = tok\n" +
                         keys("bob", *self.bob))
        said = self.works(*self.importing("--all"))
        self.assertIn("skipped 't': it is a temporary key", said.err)
        self.assertIn("skipped 'u': it is a temporary key", said.err)
        self.assertIn("stored 'bob'", said.err)
        self.assertIn("temporary", self.refused(2, "import", "t"))

    def test_one_that_aws_refuses_does_not_keep_the_others(self):
        self.world.write(CREDENTIALS, keys("bad", self.alice[0], "x" * 40) +
                         keys("bob", *self.bob))
        said = self.fails(6, *self.importing("--all", phrase=TWICE))
        self.assertIn("not imported 'bad': ", said.err)
        self.assertIn("SignatureDoesNotMatch", said.err)
        self.assertIn("stored 'bob'", said.err)
        self.assertIn("1 of 2 keys was not imported", said.err)
        self.works("whoami", "bob")
        self.assertNotIn("x" * 40, said.err)

    def test_a_name_that_is_taken_does_not_keep_the_others(self):
        self.works(*self.importing("alice"))
        said = self.fails(1, *self.importing("--all"))
        self.assertIn("not imported 'alice': a key is stored as 'alice' already", said.err)
        self.assertIn("stored 'bob'", said.err)
        self.assertIn("try: xacct remove alice", self.refused(1, "import", "alice"))

    def test_a_destinations_name(self):
        self.world.write(CREDENTIALS, keys("prod", *self.alice) + keys("bob", *self.bob))
        said = self.fails(1, *self.importing("--all"))
        self.assertIn("'prod' is the name of a destination", said.err)
        self.works("whoami", "bob")

    def test_half_a_key_and_what_is_none(self):
        self.world.write(CREDENTIALS, "[half]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n"
                         "[other]\naws_secret_access_key = abcdef\n"
                         "[none]\naws_access_key_id = short\naws_secret_access_key = abcdef\n"
                         "[asia]\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\n"
                         "aws_secret_access_key = abcdef\n")
        self.assertIn("aws_secret_access_key is missing", self.refused(3, "import", "half"))
        self.assertIn("aws_access_key_id is missing", self.refused(3, "import", "other"))
        self.refused(2, "import", "none")
        self.assertIn("temporary", self.refused(2, "import", "asia"))
        said = self.fails(3, "import", "--all")
        self.assertIn("4 of 4 keys were not imported", said.err)
        self.assertNotIn("abcdef", said.err)
        self.nothing_is_stored()

    def test_a_value_that_goes_on_is_none(self):
        self.text = keys("alice", *self.alice) + "  more\n"
        self.world.write(CREDENTIALS, self.text)
        said = self.fails(3, *self.importing("alice", "--clean", "--yes"))
        self.assertIn("credentials:3: a value goes on in the next line", said.err)
        self.is_as_it_was()

    def test_a_file_that_cannot_be_read_as_one(self):
        self.world.write(CREDENTIALS, self.text + "aws_secret_access_key " + self.bob[1] + "\n")
        said = self.fails(3, "import", "--all")
        self.assertIn("/.aws/credentials:10: neither [section] nor key = value", said.err)
        self.shows_no_secret(said)
        self.world.write(CREDENTIALS, self.text, mode=0o622)
        self.assertIn("try: chmod go-w", self.refused(3, "import", "--all"))
        self.nothing_is_stored()

    def test_a_wrong_passphrase_ends_it(self):
        self.works(*self.importing("alice"))
        self.works("lock")
        said = self.fails(4, *self.importing("--all", phrase="wrong"))
        self.assertNotIn("stored", said.err)


class Trying(Importing):
    def test_a_dry_run_says_what_would_be_done(self):
        said = self.works("import", "--all", "--dry-run")
        tails = self.alice[0][-4:], self.bob[0][-4:]
        self.assertEqual(said.out, f"alice: key ****{tails[0]} would be stored\n"
                         f"bob: key ****{tails[1]} would be stored\n")
        self.shows_no_secret(said)
        said = self.works("import", "alice", "--dry-run", "--clean")
        self.assertEqual(said.out, f"alice: key ****{tails[0]} would be stored; its lines would be "
                         "taken out of the files\n")
        self.is_as_it_was()
        self.nothing_is_stored()

    def test_it_knows_what_is_stored(self):
        self.works(*self.importing("alice"))
        self.world.write(CREDENTIALS, keys("alice", *self.alice) + keys("prod", *self.bob))
        out = self.works("import", "--all", "--dry-run", "--clean").out
        self.assertIn("is stored already; its lines would be taken out", out)
        self.assertIn("cannot be stored: the name is taken\n", out)
        self.works("lock")
        out = self.works("import", "alice", "--dry-run").out
        self.assertIn("unless the locked vault has that name", out)

    def test_it_names_the_line_that_would_stay(self):
        self.world.write(CONFIG, "[profile alice]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n")
        out = self.works("import", "alice", "--dry-run", "--clean").out
        self.assertIn("config:2: profile 'alice' has another key here; its lines were left", out)


class Cleaning(Importing):
    def test_the_stored_keys_leave_the_file_and_nothing_else(self):
        bob = keys("bob", *self.bob)
        self.text = (f"; top\r\n{keys('alice', *self.alice)}region=a ; b\r\n\r\n"
                     f"# aws_secret_access_key = {self.bob[1]}\n[t]\naws_session_token = tok\n"
                     "  more\n" + bob.rstrip("\n"))
        self.world.write(CREDENTIALS, self.text, mode=0o640)
        said = self.works(*self.importing("alice", "--clean", "--yes"))
        self.assertIn("took 2 lines out of", said.err)
        wanted = "".join(line for line in self.text.splitlines(True)
                         if self.alice[0] not in line and self.alice[1] not in line)
        self.assertEqual(self.read(), wanted)
        self.assertEqual(stat.S_IMODE(os.stat(self.file).st_mode), 0o640)
        self.assertEqual(self.read(BACKUP), f"; top\r\n[alice]\naws_access_key_id = "
                         f"{self.alice[0]}\nregion=a ; b\r\n\r\n[t]\n[bob]\n"
                         f"aws_access_key_id = {self.bob[0]}\n")
        backup = os.path.join(self.world.home, BACKUP)
        self.assertEqual(stat.S_IMODE(os.stat(backup).st_mode), 0o600)
        self.assertEqual(len(os.listdir(os.path.dirname(self.file))), 2)
        self.works("whoami", "alice")

    def test_both_files(self):
        config = "[profile bob]\nregion = a\n" + keys("x", *self.bob).split("\n", 1)[1]
        self.world.write(CONFIG, config)
        said = self.works(*self.importing("--all", "--clean", "--yes"))
        self.assertEqual(said.err.count("took 2 lines out of"), 1)
        self.assertEqual(said.err.count("took 4 lines out of"), 1)
        self.assertEqual(self.read(CONFIG), "[profile bob]\nregion = a\n")
        self.assertEqual(self.read(), "# mine\n[alice]\n\n[bob]\nregion = eu-west-1\n")
        self.assertEqual(self.read(CONFIG + ".bak-xacct"),
                         f"[profile bob]\nregion = a\naws_access_key_id = {self.bob[0]}\n")

    def test_a_secret_that_stays_elsewhere_is_told(self):
        """In a comment, or in a section that no SDK counts: the line is named."""
        for rest in (f"# aws_secret_access_key = {self.alice[1]}\n",
                     "[profile alice]\n" + keys("x", *self.alice).split("\n", 1)[1]):
            self.text = keys("alice", *self.alice) + "\n" + rest
            self.world.write(CREDENTIALS, self.text)
            said = self.fails(1, *self.importing("alice", "--clean", "--yes"))
            self.assertIn("took 2 lines out of", said.err)
            line = self.read().split(self.alice[1])[0].count("\n") + 1
            self.assertIn(f"credentials:{line}: the secret of 'alice' still stands there", said.err)

    def test_a_key_that_was_not_stored_stays(self):
        self.text = keys("bad", self.alice[0], "x" * 40) + keys("bob", *self.bob)
        self.world.write(CREDENTIALS, self.text)
        self.fails(6, *self.importing("--all", "--clean", "--yes", phrase=TWICE))
        self.assertEqual(self.read(), keys("bad", self.alice[0], "x" * 40) + "[bob]\n")

    def test_what_was_stored_before_is_cleaned_too(self):
        self.works(*self.importing("--all"))
        self.works("lock")
        said = self.works(*self.importing("--all", "--clean", "--yes"))
        self.assertIn("stored before: 'alice'", said.err)
        self.assertEqual(self.read(), "# mine\n[alice]\n\n[bob]\nregion = eu-west-1\n")

    def test_another_key_of_that_name_stays(self):
        self.works(*self.importing("--all"))
        self.text = keys("alice", *self.bob) + keys("prod", *self.bob)
        self.world.write(CREDENTIALS, self.text)
        said = self.fails(1, *self.importing("--all", "--clean", "--yes"))
        self.assertIn("not imported 'alice': the name is taken, and not by this key", said.err)
        self.is_as_it_was()

    def test_no_older_key_comes_into_force(self):
        self.text = ("[alice]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n" +
                     keys("alice", *self.alice) + keys("bob", *self.bob))
        self.world.write(CREDENTIALS, self.text)
        said = self.fails(3, *self.importing("--all", "--clean", "--yes"))
        self.assertIn("credentials:2: profile 'alice' has another key here", said.err)
        self.assertEqual(self.read(), self.text.split("[bob]")[0] + "[bob]\n")
        self.works("whoami", "alice")

    def test_a_link_is_followed(self):
        os.makedirs(os.path.join(self.world.home, "dotfiles"))
        os.chown(os.path.join(self.world.home, "dotfiles"), self.world.uid, -1)
        self.world.write("dotfiles/keys", self.text)
        os.unlink(self.file)
        os.symlink("../dotfiles/keys", self.file)
        self.works(*self.importing("--all", "--clean", "--yes"))
        self.assertTrue(os.path.islink(self.file))
        self.assertEqual(self.read("dotfiles/keys"),
                         "# mine\n[alice]\n\n[bob]\nregion = eu-west-1\n")
        self.assertTrue(os.path.exists(os.path.join(self.world.home, "dotfiles/keys.bak-xacct")))

    def test_another_name_of_the_file_is_told(self):
        os.link(self.file, os.path.join(self.world.home, "copy"))
        said = self.works(*self.importing("--all", "--clean", "--yes"))
        self.assertIn("has another name (a hard link)", said.err)

    def test_it_wants_a_yes_before_anything_is_stored(self):
        said = self.refused(4, *self.importing("--all", "--clean"))
        self.assertIn("try: the same command with --yes", said)
        self.nothing_is_stored()
        self.is_as_it_was()

    def test_a_person_says_yes(self):
        with self.world.terminal("import", "--all", "--clean") as person:
            person.sees("New passphrase").types(PASSPHRASE + "\n")
            person.sees("once more").types(PASSPHRASE + "\n")
            person.sees("Take the keys of alice and the others out of the AWS files\\? \\[y/N\\] ")
            person.types("y\n").sees("took 4 lines out of").leaves(0)
        self.assertEqual(self.read(), "# mine\n[alice]\n\n[bob]\nregion = eu-west-1\n")

    def test_or_no(self):
        with self.world.terminal("import", "alice", "--clean") as person:
            person.sees("New passphrase").types(PASSPHRASE + "\n")
            person.sees("once more").types(PASSPHRASE + "\n")
            person.sees("Take the key of alice out").types("n\n")
            person.sees("the files are as they were").leaves(8)
        self.is_as_it_was()
        self.works("whoami", "alice")

    def test_a_directory_that_cannot_be_written(self):
        directory = os.path.dirname(self.file)
        os.chmod(directory, 0o500)
        self.addCleanup(os.chmod, directory, 0o700)
        said = self.fails(1, *self.importing("--all", "--clean", "--yes"))
        self.assertIn("stored 'alice'", said.err)
        self.assertIn("cannot write beside", said.err)
        self.is_as_it_was()


if __name__ == "__main__":
    unittest.main()
