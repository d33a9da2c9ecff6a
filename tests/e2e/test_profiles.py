"""~/.aws/config and ~/.aws/credentials as they are: role profiles are destinations, keys in
clear are never used, and what is not served is refused by name (design, section 7; facts 4)."""

import unittest

from broker_story import BrokerStory

CONFIG = """
[source main]
[dest ro]
account = 222222222222
role = ReadOnly
"""
AWS_CONFIG = """
[default]
region = eu-central-1
[profile work]
role_arn = arn:aws:iam::222222222222:role/Admin
source_profile = main
region = us-west-2
[profile deep]
role_arn = arn:aws:iam::333333333333:role/Audit
source_profile = work
[profile ro]
role_arn = arn:aws:iam::222222222222:role/Admin
source_profile = main
"""
KEY_ID, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
KEYS = f"aws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n"


class Profiles(BrokerStory):
    def setUp(self):
        super().setUp()
        self.given(CONFIG)
        self.world.write(".aws/config", AWS_CONFIG)

    def endpoint_of(self, name):
        """Where STS would be asked for the last hop."""
        (kind, answer), = self.requests(["PLAN", {"name": name}])
        self.assertEqual(kind, "RESULT", answer)
        return answer["hops"][-1].get("endpoint_url")


class Destinations(Profiles):
    def test_a_role_profile_is_one_without_being_repeated(self):
        self.assertTrue(self.who(self.process("work")).endswith("assumed-role/Admin/alice"))
        self.assertIn("AWS_REGION='us-west-2'", self.works("env", "work").out.replace('"', "'"))

    def test_so_is_a_chain_of_them(self):
        self.assertIn("assumed-role/Audit/", self.who(self.process("deep")))
        self.assertEqual(self.roles(), ["Admin", "Audit"])

    def test_every_key_counts(self):
        self.world.write(".aws/config", "[profile work]\nrole_arn = arn:aws:iam::222222222222:role/"
                         "Admin\nsource_profile = main\nrole_session_name = night\nexternal_id = "
                         "tenant-42\nduration_seconds = 1800 \n")
        self.process("work")
        self.assertEqual((self.last()["RoleSessionName"], self.last()["ExternalId"],
                          self.last()["DurationSeconds"]), ("night", "tenant-42", "1800"))

    def test_a_device_too(self):
        self.world.write(".aws/config", AWS_CONFIG.replace(
            "region = us-west-2", "mfa_serial = arn:aws:iam::111111111111:mfa/alice"))
        said = self.refused(4, "env", "work")
        self.assertIn("MFA", said)

    def test_the_grammar_is_the_one_the_sdks_agreed_on(self):
        self.world.write(".aws/config", "# a comment\r\n[profile work] ; another\n"
                         "ROLE_ARN = arn:aws:iam::222222222222:role/Admin # trailing\n"
                         "source_profile=main\nunknown = kept\n[unknown thing]\nx = y\n")
        self.process("work")

    def test_a_file_that_cannot_be_read_is_named_and_the_others_serve(self):
        self.world.write(".aws/config", "[profile work\nrole_arn = x\n")
        said = self.refused(3, "env", "work", tries=False)
        self.assertRegex(said, r"\.aws/config:1")
        self.works("env", "ro")

    def test_a_change_of_the_file_is_seen(self):
        self.process("work")
        self.world.write(".aws/config", AWS_CONFIG.replace("role/Admin", "role/ReadOnly"))
        self.assertIn("assumed-role/ReadOnly/", self.who(self.process("work")))
        self.world.write(".aws/config", "")
        self.fails(3, "env", "work")

    def test_list_shows_them(self):
        said = self.works("list").out
        for word in ("work", "deep", "222222222222", "Audit"):
            self.assertIn(word, said)

    def test_our_own_destination_hides_one_and_list_says_so(self):
        self.assertIn("assumed-role/ReadOnly/", self.who(self.process("ro")))
        line, = [line for line in self.works("list").out.splitlines() if line.split()[:1] == ["ro"]]
        self.assertIn("hides", self.works("list").out)
        self.assertNotIn("Admin", line)

    def test_config_check_reads_them_too(self):
        self.world.write(".aws/config", AWS_CONFIG + "[profile lost]\nrole_arn = "
                         "arn:aws:iam::222222222222:role/Admin\nsource_profile = nosuch\n")
        said = self.refused(3, "env", "lost")
        self.assertIn("nosuch", said)
        self.works("env", "work")

    def test_a_loop_of_them(self):
        self.world.write(".aws/config", AWS_CONFIG.replace("source_profile = main",
                                                           "source_profile = deep", 1))
        said = self.refused(3, "env", "deep")
        self.assertRegex(said, "deep.*work.*deep|work.*deep.*work")
        self.works("env", "ro")


class KeysInClear(Profiles):
    def test_they_are_never_used(self):
        for path, header in ((".aws/credentials", "[old]"), (".aws/config", "[profile old]")):
            with self.subTest(path):
                self.world.write(".aws/credentials", "")
                self.world.write(".aws/config", AWS_CONFIG)
                self.world.write(path, f"{header}\n{KEYS}")
                said = self.refused(3, "env", "old")
                self.assertIn("try: xacct import old", said)
                self.assertNotIn(SECRET, said)
        self.assertNotIn(KEY_ID, [call["access_key_id"] for call in self.world.aws.calls()])

    def test_nor_as_a_source(self):
        self.world.write(".aws/credentials", f"[old]\n{KEYS}")
        self.world.write(".aws/config", AWS_CONFIG.replace("source_profile = main",
                                                           "source_profile = old"))
        said = self.refused(3, "env", "work")
        self.assertIn("try: xacct import old", said)
        self.assertEqual(self.calls(), [])

    def test_the_vault_s_entry_of_that_name_serves(self):
        self.world.write(".aws/credentials", f"[main]\n{KEYS}")
        self.process("work")
        self.assertNotEqual(self.calls()[0]["access_key_id"], KEY_ID)

    def test_their_file_is_left_alone(self):
        path = self.world.write(".aws/credentials", f"[old]\n{KEYS}# mine\n")
        self.world.xacct("env", "old")
        self.works("list")
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read(), f"[old]\n{KEYS}# mine\n")


class OtherFiles(Profiles):
    """AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE are the client's to read."""

    def setUp(self):
        super().setUp()
        path = self.world.write("elsewhere", "[profile far]\nrole_arn = arn:aws:iam::222222222222:"
                                "role/Admin\nsource_profile = near\n[profile near]\nrole_arn = "
                                "arn:aws:iam::222222222222:role/team/Deploy\n"
                                "source_profile = main\n[profile work]\nrole_arn = "
                                "arn:aws:iam::222222222222:role/ReadOnly\nsource_profile = main\n")
        self.env = {"AWS_CONFIG_FILE": path}

    def test_a_chain_from_there(self):
        self.add_roles("222222222222", Admin={"trust": {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": {"AWS": "arn:aws:iam::222222222222:role/team/Deploy"}}]}})
        self.fails(3, "env", "far")
        self.assertIn("assumed-role/Admin/", self.who(self.process("far", env=self.env)))
        self.assertEqual(self.roles(), ["team/Deploy".rpartition("/")[2], "Admin"])

    def test_it_stands_in_place_of_the_home_s_own(self):
        self.assertIn("assumed-role/ReadOnly/", self.who(self.process("work", env=self.env)))
        self.assertIn("assumed-role/Admin/", self.who(self.process("work")))

    def test_xacct_s_own_destinations_come_first(self):
        self.world.write("elsewhere", "[profile ro]\nrole_arn = arn:aws:iam::222222222222:role/"
                         "Admin\nsource_profile = main\n")
        self.assertIn("assumed-role/ReadOnly/", self.who(self.process("ro", env=self.env)))

    def test_it_sends_no_key_elsewhere(self):
        """Who can set a variable must not choose the server that gets signed requests."""
        for line in ("endpoint_url = https://127.0.0.1:1", "ca_bundle = /tmp/ca.pem"):
            with self.subTest(line):
                self.world.write("elsewhere", "[profile far]\nrole_arn = arn:aws:iam::222222222222"
                                 f":role/Admin\nsource_profile = main\n{line}\n")
                said = self.fails(3, "env", "far", env=self.env)
                self.assertIn(line.split()[0], said.err)
        self.assertEqual(self.calls(), [])

    def test_keys_in_clear_there(self):
        path = self.world.write("keys", f"[old]\n{KEYS}")
        said = self.refused(3, "env", "old", env={"AWS_SHARED_CREDENTIALS_FILE": path})
        self.assertIn("xacct import old", said)


class NotServed(Profiles):
    """Each kind by its name, and what to do instead."""

    KINDS = (
        ("sso_session = corp\nsso_account_id = 222222222222\nsso_role_name = Dev\n",
         "Identity Center|SSO"),
        ("sso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\n"
         "sso_account_id = 222222222222\nsso_role_name = Dev\n", "Identity Center|SSO"),
        ("role_arn = arn:aws:iam::222222222222:role/Admin\nweb_identity_token_file = /t\n",
         "web identity"),
        ("login_session = arn:aws:iam::111111111111:user/alice\n", "login"),
        ("role_arn = arn:aws:iam::222222222222:role/Admin\ncredential_source = Environment\n",
         "credential_source"),
    )

    def test_each_is_refused_by_name(self):
        for lines, words in self.KINDS:
            with self.subTest(words):
                self.world.write(".aws/config", AWS_CONFIG + f"[profile other]\n{lines}"
                                 "[sso-session corp]\nsso_start_url = https://x.awsapps.com/start\n"
                                 "sso_region = eu-west-1\n[profile through]\nrole_arn = "
                                 "arn:aws:iam::222222222222:role/Admin\nsource_profile = other\n")
                for name in ("other", "through"):
                    said = self.refused(3, "env", name)
                    self.assertRegex(said, f"(?i){words}")
                    self.assertIn("other", said)
        self.assertEqual(self.calls(), [])

    def test_a_role_without_a_source_or_with_two(self):
        for lines in ("", "source_profile = main\ncredential_source = Environment\n"):
            self.world.write(".aws/config", "[profile other]\nrole_arn = arn:aws:iam::222222222222:"
                             f"role/Admin\n{lines}")
            said = self.refused(3, "env", "other", tries=False)
            self.assertIn("source_profile", said)


class Endpoints(Profiles):
    def setUp(self):
        super().setUp()
        self.world.write(self.world.config_file, "[agent]\nregion = eu-west-1\n"
                         f"ca_bundle = {self.world.aws.ca_pem}\n{CONFIG}")

    def work(self, *lines, after=""):
        self.world.write(".aws/config", "[profile work]\nrole_arn = arn:aws:iam::222222222222:role/"
                         "Admin\nsource_profile = main\n" + "".join(f"{line}\n" for line in lines)
                         + after)

    def test_aws_s_own(self):
        self.work()
        self.assertIn(self.endpoint_of("work"), (None, "https://sts.eu-west-1.amazonaws.com"))

    def test_a_profile_s_endpoint_is_asked(self):
        self.work(f"endpoint_url = {self.world.aws.endpoint}")
        self.process("work")
        self.assertEqual(self.roles(), ["Admin"])

    def test_a_services_section_is_too_and_comes_first(self):
        self.work("services = local", "endpoint_url = https://127.0.0.1:1",
                  after=f"[services local]\nsts =\n  endpoint_url = {self.world.aws.endpoint}\n"
                  "iam =\n  endpoint_url = https://127.0.0.1:1\n")
        self.process("work")

    def test_a_services_section_that_is_not_there(self):
        self.work("services = nosuch")
        self.assertIn("nosuch", self.fails(3, "env", "work").err)

    def test_the_other_hosts_of_sts(self):
        for lines, url in (
                (["sts_regional_endpoints = legacy"], "https://sts.amazonaws.com"),
                (["sts_regional_endpoints = regional"], "https://sts.eu-west-1.amazonaws.com"),
                (["use_fips_endpoint = true"], "https://sts-fips.eu-west-1.amazonaws.com"),
                (["use_dualstack_endpoint = true"], "https://sts.eu-west-1.api.aws"),
                (["use_fips_endpoint = true", "use_dualstack_endpoint = true"],
                 "https://sts-fips.eu-west-1.api.aws")):
            with self.subTest(lines):
                self.work(*lines)
                self.assertEqual(self.endpoint_of("work"), url)

    def test_fips_behind_an_endpoint_of_one_s_own_is_an_error(self):
        for line in ("use_fips_endpoint", "use_dualstack_endpoint"):
            self.work(f"endpoint_url = {self.world.aws.endpoint}", f"{line} = true")
            said = self.fails(3, "env", "work")
            self.assertIn("endpoint_url", said.err)

    def test_the_same_in_our_own_configuration(self):
        self.world.write(self.world.config_file, "[agent]\nregion = us-gov-west-1\n[source main]\n"
                         "[dest gov]\nrole_arn = arn:aws-us-gov:iam::222222222222:role/Admin\n"
                         "use_fips_endpoint = yes\n[dest cn]\n"
                         "role_arn = arn:aws-cn:iam::222222222222:role/Admin\n"
                         "sts_region = cn-north-1\n")
        self.assertEqual(self.endpoint_of("gov"), "https://sts.us-gov-west-1.amazonaws.com")
        self.assertIn(self.endpoint_of("cn"), (None, "https://sts.cn-north-1.amazonaws.com.cn"))


if __name__ == "__main__":
    unittest.main()
