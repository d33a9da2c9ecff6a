"""The AWS SDKs' own vectors for their configuration files, every case: grammar, chains of
profiles, where the files are. Where xacct differs, a table here says so and why.

    test_profile_vectors.py profile_driver DIRECTORY-OF-VECTORS
"""

import json
import os
import subprocess
import sys
import tempfile
import unittest

DRIVER, VECTORS = None, None

# proto/message.h, enum xa_profile_kind
ROLE, KEYS, PROCESS, SSO, WEB_IDENTITY, LOGIN, CREDENTIAL_SOURCE, NOTHING = range(1, 9)

IN_THE_VAULT = "a source without credentials in a file may be in the vault under its name"
BY_NAME = "SSO is refused by name, whatever else the profile says"
CHAINS_THAT_DIFFER = {
    "missing credentials error (empty source profile)": ([ROLE, NOTHING], IN_THE_VAULT),
    "profile only contains configuration": ([NOTHING], IN_THE_VAULT),
    "missing source profile": ([ROLE, NOTHING], IN_THE_VAULT),
    "invalid SSO credentials configuration: missing account ID": ([SSO], BY_NAME),
    "invalid SSO credentials configuration: missing role name": ([SSO], BY_NAME),
    "invalid SSO token configuration: sso_region must be in sso-session": ([SSO], BY_NAME),
    "invalid SSO token configuration: sso-session not found": ([SSO], BY_NAME),
}

# The part of our message that says the same as the part of theirs.
OUR_WORDS = {
    "profile must contain `source_profile`": "neither source_profile nor credential_source",
    "profile contained both source_profile and credential_source":
        "both source_profile and credential_source",
    "profile missing aws_secret_access_key": "aws_secret_access_key is missing",
    "profile missing aws_access_key_id": "aws_access_key_id is missing",
    "No profiles were defined": "there is no profile 'A'",
    "profile formed an infinite loop": "A -> B -> A",
    "`role_arn` was missing": "no role_arn",
    "Profile definition must end with ']'": "does not end with ]",
    "Expected a profile definition": "before any [section]",
    "Expected an '=' sign defining a property": "neither [section] nor key = value",
    "Property did not have a name": "a value without a key",
    "Expected a property definition": "continues no key",
    "Expected a property definition, found continuation": "continues no key",
    "Expected an '=' sign defining a sub-property": "below a key without a value is no key",
    "Sub-property did not have a name": "below a key without a value is no key",
}

WINDOWS = "xacct has no Windows release"

# The cases' "profile" (AWS_PROFILE) is not looked at: xacct is told a name, never by AWS_PROFILE.


def unhex(word):
    return bytes.fromhex(word).decode("utf-8")


def vectors(name):
    with open(os.path.join(VECTORS, "profile-files", name), encoding="utf-8") as file:
        return json.load(file)


def file_of(profiles, prefix):
    """A config file with these sections."""
    text = ""
    for name, keys in profiles.items():
        text += f"[{prefix} {name}]\n" + "".join(f"{k} = {v}\n" for k, v in keys.items())
    return text


class Vectors(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        if not os.path.isdir(os.path.join(VECTORS, "profile-files")):
            self.skipTest(f"no vectors in {VECTORS}")

    def drive(self, what, config="", credentials="", *more):
        with tempfile.TemporaryDirectory() as directory:
            paths = []
            for name, text in (("config", config), ("credentials", credentials)):
                paths.append(os.path.join(directory, name))
                with open(paths[-1], "wb") as file:
                    file.write(text.encode("utf-8"))
            command = [DRIVER, what, *paths, *more]
            out = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=60).stdout
        return out.decode("utf-8").splitlines()

    def says(self, lines, their_words):
        self.assertEqual(len(lines), 1, lines)
        self.assertTrue(lines[0].startswith("error "), lines)
        self.assertIn(OUR_WORDS[their_words], lines[0])


class Grammar(Vectors):
    @staticmethod
    def read(lines):
        """What the driver's walk says, merged: the last value wins."""
        sections = {"profile": {}, "sso-session": {}}
        at = key = None
        for line in lines:
            word, name, value = (line.split(" ") + ["", ""])[:3]
            if word in sections:
                at = sections[word].setdefault(unhex(name), {})
            elif word == "key":
                key = unhex(name).lower()
                at[key] = unhex(value)
            else:
                at[key] += "\n" + unhex(value)
        return sections["profile"], sections["sso-session"]

    def test_every_case(self):
        cases = vectors("profile-parser-tests.json")["tests"]
        self.assertGreater(len(cases), 60)
        for case in cases:
            with self.subTest(case["name"]):
                given, wanted = case["input"], case["output"]
                lines = self.drive("dump", given.get("configFile", ""),
                                   given.get("credentialsFile", ""))
                if "errorContaining" in wanted:
                    self.says(lines, wanted["errorContaining"])
                    continue
                profiles, sessions = self.read(lines)
                self.assertEqual(profiles, wanted["config"]["profiles"])
                self.assertEqual(sessions, wanted["config"].get("sso_sessions", {}))


class Chains(Vectors):
    @staticmethod
    def wanted_parts(chain):
        """The vectors' links, the first is the source; ours begin with the one asked for. What
        they have in two links, a role and its credential_source, is one part here."""
        parts = []
        for link in chain:
            (kind, values), = link.items() if isinstance(link, dict) else ((link, {}),)
            texts = values if isinstance(values, dict) else {}
            more = (texts.get("role_arn", ""), texts.get("role_session_name", ""),
                    texts.get("external_id", ""))
            kinds = {"AccessKey": KEYS, "AssumeRole": ROLE, "WebIdentityToken": WEB_IDENTITY,
                     "Sso": SSO, "NamedSource": CREDENTIAL_SOURCE}
            if parts and parts[-1][0] == CREDENTIAL_SOURCE and not parts[-1][1]:
                parts[-1] = (CREDENTIAL_SOURCE, *more)
            else:
                parts.append((kinds[kind], *more))
        return parts[::-1]

    def test_every_case(self):
        cases = vectors("assume-role-tests.json")
        self.assertGreaterEqual(len(cases), 28)
        differ = set(CHAINS_THAT_DIFFER)
        for case in cases:
            with self.subTest(case["docs"]):
                given = case["input"]
                config = file_of(given["profiles"], "profile") + file_of(
                    given.get("sso_sessions", {}), "sso-session")
                lines = self.drive("chain", config, "", given["selected_profile"])
                if case["docs"] in CHAINS_THAT_DIFFER:
                    differ.discard(case["docs"])
                    kinds = [int(line.split(" ")[1]) for line in lines]
                    self.assertEqual(kinds, CHAINS_THAT_DIFFER[case["docs"]][0])
                    self.assertIn("Error", case["output"])
                elif "Error" in case["output"]:
                    self.says(lines, case["output"]["Error"])
                else:
                    parts = [line.split(" ") for line in lines]
                    got = [(int(p[1]), *map(unhex, p[3:6])) for p in parts]
                    self.assertEqual(got, self.wanted_parts(case["output"]["ProfileChain"]))
        self.assertEqual(differ, set(), "cases that are no longer there")


class Places(Vectors):
    def test_every_case(self):
        cases = vectors("file-location-tests.json")["tests"]
        self.assertGreaterEqual(len(cases), 9)
        for case in cases:
            with self.subTest(case["name"]):
                if case["platform"] == "windows":
                    self.skipTest(WINDOWS)
                out = subprocess.run([DRIVER, "paths"], env=case["environment"], check=True,
                                     stdout=subprocess.PIPE, timeout=60).stdout.decode()
                self.assertEqual(out.splitlines(),
                                 [case["configLocation"], case["credentialsLocation"]])


if __name__ == "__main__":
    DRIVER, VECTORS = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
