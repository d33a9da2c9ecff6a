"""PROTOCOL.md against the installed agent, by a client written from it alone: codes of MFA
devices, foreign credentials, profiles from other files, plans."""

import json
import time
import unittest

import xacct_wire as wire
from broker_story import CAROL, BrokerStory

CONFIG = f"""
[source main]
mfa_serial = {CAROL}
[source corp]
credential_process = /nonexistent
[dest prod]
account = 222222222222
role = Mfa
source = main
[dest long]
account = 222222222222
role = Long
source = main
[dest through]
account = 222222222222
role = Admin
source = corp
"""


class Codes(BrokerStory):
    def setUp(self):
        super().setUp()
        self.given(user="carol")
        self.world.configure(CONFIG)

    def needs(self, answer, kind, **fields):
        self.assertEqual((answer[0], answer[1].get("kind")), ("NEED", kind), answer)
        for name, value in fields.items():
            self.assertEqual(answer[1].get(name), value, answer)

    def errs(self, answer, code):
        self.assertEqual((answer[0], answer[1].get("code")), ("ERROR", code), answer)

    def succeeds(self, answer):
        self.assertEqual(answer[0], "RESULT", answer)
        return answer[1]

    def holder(self, **wish):
        """A client that holds the question."""
        client = self.puppet()
        self.needs(client.ask("CREDENTIALS", can_ask=True, **(wish or {"name": "prod"})),
                   wire.MFA_CODE)
        return client


class AnMfaCode(Codes):
    def test_it_is_asked_for_answered_and_the_request_repeated(self):
        client = self.puppet()
        need = client.ask("CREDENTIALS", name="prod", can_ask=True)
        self.needs(need, wire.MFA_CODE, name="prod", source="main", subject=CAROL, used=None)
        self.assertEqual(self.succeeds(client.ask("MFA_CODE", mfa_code=self.fob.fresh())), {})
        given = self.succeeds(client.ask("CREDENTIALS", name="prod", can_ask=True))
        self.assertEqual((given["account"], given["name"]), ("222222222222", "prod"))

    def test_with_the_request(self):
        client = self.puppet()
        self.succeeds(client.ask("CREDENTIALS", name="prod", mfa_code=self.fob.fresh()))
        self.assertEqual(len(self.codes_sent()), 1)

    def test_whose_client_cannot_ask(self):
        self.errs(self.puppet().ask("CREDENTIALS", name="prod"), wire.MFA_NEEDED)

    def test_a_code_that_was_sent_before(self):
        code = self.fob.fresh()
        self.succeeds(self.puppet().ask("CREDENTIALS", name="prod", mfa_code=code))
        mute = self.puppet().ask("CREDENTIALS", name="long", duration_s=7200, mfa_code=code)
        self.errs(mute, wire.MFA_CODE_USED)
        client = self.puppet()
        self.needs(client.ask("CREDENTIALS", name="long", duration_s=7200, mfa_code=code,
                              can_ask=True), wire.MFA_CODE, used=True)
        answer = client.ask("MFA_CODE", mfa_code=code)
        self.errs(answer, wire.MFA_CODE_USED)
        self.assertGreater(answer[1]["tries_left"], 0)
        self.succeeds(client.ask("MFA_CODE", mfa_code=self.fob.fresh()))
        self.succeeds(client.ask("CREDENTIALS", name="long", duration_s=7200, mfa_code=code,
                                 can_ask=True))
        self.assertEqual(len(self.codes_sent()), 2)

    def test_what_is_no_code(self):
        client = self.holder()
        for code in ("12345", "12345a"):
            self.errs(client.ask("MFA_CODE", mfa_code=code), wire.USAGE)
        self.succeeds(client.ask("MFA_CODE", mfa_code=self.fob.fresh()))

    def test_without_the_question_it_does_nothing(self):
        self.errs(self.puppet().ask("MFA_CODE", mfa_code=self.fob.fresh()), wire.MFA_NEEDED)
        self.holder()
        self.errs(self.puppet().ask("MFA_CODE", mfa_code=self.fob.fresh()), wire.MFA_NEEDED)
        self.assertEqual(self.codes_sent(), [])

    def test_who_is_parked_shares_success_refusal_and_cancel(self):
        for answer, end in (("code", "RESULT"), ("stale", wire.AWS_REFUSED),
                            ("cancel", wire.CANCELLED)):
            with self.subTest(answer):
                self.works("lock")
                self.unlock()
                client = self.holder()
                parked = [self.puppet().send("CREDENTIALS", name=name, can_ask=can_ask,
                                             patience_ms=5000)
                          for name, can_ask in (("prod", True), ("long", True), ("prod", True))]
                self.assertIsNone(parked[2].receive(timeout_s=0.3))
                if answer == "cancel":
                    self.succeeds(client.ask("CANCEL"))
                elif answer == "code":
                    self.succeeds(client.ask("MFA_CODE", mfa_code=self.fob.fresh()))
                else:
                    self.errs(client.ask("MFA_CODE", mfa_code=self.fob.stale()), end)
                for one in parked:
                    if end == "RESULT":
                        self.succeeds(one.receive())
                    else:
                        self.errs(one.receive(), end)

    def test_a_lost_connection_passes_the_question_on(self):
        client = self.holder()
        parked = self.puppet().send("CREDENTIALS", name="prod", can_ask=True)
        self.assertIsNone(parked.receive(timeout_s=0.3))
        client.leave()
        self.needs(parked.receive(), wire.MFA_CODE)

    def test_who_asks_for_something_else_gives_the_question_up(self):
        """A connection has one question at a time, and with it goes the one it has."""
        client = self.holder()
        parked = self.puppet().send("CREDENTIALS", name="prod", can_ask=True)
        self.assertIsNone(parked.receive(timeout_s=0.3))
        self.needs(client.ask("CREDENTIALS", name="through", can_ask=True), wire.FOREIGN)
        self.needs(parked.receive(), wire.MFA_CODE)
        client.leave()
        parked.leave()
        for name, kind in (("prod", wire.MFA_CODE), ("through", wire.FOREIGN)):
            self.needs(self.puppet().ask("CREDENTIALS", name=name, can_ask=True), kind)
        self.works("status")

    def test_a_lock_meanwhile_makes_it_the_passphrase_s(self):
        client = self.holder()
        self.works("lock")
        self.needs(client.ask("CREDENTIALS", name="prod", can_ask=True), wire.PASSPHRASE)
        client.leave()
        self.needs(self.puppet().ask("CREDENTIALS", name="prod", can_ask=True), wire.PASSPHRASE)

    def test_who_cannot_ask_is_parked_a_second_at_most(self):
        self.holder()
        begun = time.monotonic()
        self.errs(self.puppet().ask("CREDENTIALS", name="prod"), wire.NOT_ASKED)
        self.assertLess(time.monotonic() - begun, 2.5)

    def test_a_locked_vault_comes_first(self):
        self.works("lock")
        client = self.puppet()
        wish = dict(name="prod", can_ask=True, mfa_code=self.fob.fresh())
        self.needs(client.ask("CREDENTIALS", **wish), wire.PASSPHRASE)
        self.unlock()
        self.succeeds(client.ask("CREDENTIALS", **wish))


class ForeignOnes(Codes):
    def test_they_are_asked_for_and_kept(self):
        access_key_id, secret = self.world.aws.key_of("alice")
        client = self.puppet()
        need = client.ask("CREDENTIALS", name="through", can_ask=True)
        self.needs(need, wire.FOREIGN, source="corp")
        self.succeeds(client.ask("FOREIGN", access_key_id=access_key_id, secret=secret))
        self.succeeds(client.ask("CREDENTIALS", name="through", can_ask=True))
        self.succeeds(self.puppet().ask("CREDENTIALS", name="through", session_name="other"))
        self.assertEqual({call["access_key_id"] for call in self.calls()}, {access_key_id})

    def test_what_they_must_not_be(self):
        client = self.puppet()
        self.needs(client.ask("CREDENTIALS", name="through", can_ask=True), wire.FOREIGN)
        good = {"access_key_id": "ASIAQQQQQQQQQQQQQQQQ", "secret": "x" * 40, "token": "t" * 100}
        for wrong in ({"access_key_id": "a b" + "x" * 17}, {"secret": "x y"},
                      {"expires_at": 1700000000}):
            self.errs(client.ask("FOREIGN", **{**good, **wrong}), wire.USAGE)
        self.errs(self.puppet().ask("FOREIGN", **good), wire.USAGE)

    def test_a_token_of_the_greatest_length(self):
        client = self.puppet()
        self.needs(client.ask("CREDENTIALS", name="through", can_ask=True), wire.FOREIGN)
        self.succeeds(client.ask("FOREIGN", access_key_id="ASIAQQQQQQQQQQQQQQQQ",
                                 secret="x" * 40, token="t" * 16384))


class FromOtherFiles(Codes):
    ROLE = {"name": "far", "source": "near", "kind": wire.ROLE,
            "arn": "arn:aws:iam::222222222222:role/Admin", "session_name": "night"}

    def ask(self, *profile, name="far", mfa_code="000000"):
        return self.puppet().ask("CREDENTIALS", name=name, profile=list(profile),
                                 mfa_code=mfa_code)

    def test_a_chain_of_profiles(self):
        end = {"name": "main", "kind": 8}
        given = self.succeeds(self.ask({**self.ROLE, "source": "main"}, end,
                                       mfa_code=self.fob.fresh()))
        self.assertEqual(given["arn"].rpartition("/")[2], "night")

    def test_no_endpoint_of_the_client_s_choosing(self):
        for field in ({"endpoint_url": "https://127.0.0.1:1"}, {"ca_bundle": "/tmp/ca.pem"}):
            self.errs(self.ask({**self.ROLE, "source": "main", **field},
                               {"name": "main", "kind": 8}), wire.BAD_CONFIG)
        self.assertEqual(self.calls(), [])

    def test_kinds_that_are_not_served(self):
        for kind in (4, 5, 6, 7):
            self.errs(self.ask(self.ROLE, {"name": "near", "kind": kind}), wire.NOT_SERVED)

    def test_keys_in_clear_are_not(self):
        kind, answer = self.ask(self.ROLE, {"name": "near", "kind": wire.KEYS})
        self.assertEqual(kind, "ERROR")
        self.assertIn("xacct import near", json.dumps(answer))

    def test_our_own_destinations_come_first(self):
        self.ask({**self.ROLE, "name": "prod"}, {"name": "near", "kind": 8}, name="prod",
                 mfa_code=self.fob.fresh())
        self.assertEqual(self.roles(), ["Mfa"])


class Plans(Codes):
    def test_nothing_is_asked_of_anybody(self):
        self.works("lock")
        plan = self.succeeds(self.puppet().ask("PLAN", name="prod", can_ask=True))
        self.assertEqual([hop["kind"] for hop in plan["hops"]],
                         [wire.SOURCE, wire.SESSION, wire.ROLE_HOP])
        self.assertEqual(self.calls(), [])
        self.assertEqual(self.world.xacct("status").status, 4)

    def test_a_foreign_source(self):
        plan = self.succeeds(self.puppet().ask("PLAN", name="through"))
        self.assertEqual((plan["hops"][0]["kind"], plan["hops"][0]["need"]),
                         (wire.FOREIGN_SOURCE, wire.FOREIGN))

    def test_texts_too_long_for_a_reply_are_left_out_and_it_says_so(self):
        wish = dict(tags=",".join(f"k{n}=" + "v" * 250 for n in range(30)),
                    policy='{"Statement":[],"Id":"' + "i" * 8000 + '"}',
                    transitive_tags=",".join(f"k{n}" for n in range(30)),
                    policy_arns=",".join("arn:aws:iam::aws:policy/" + "a" * 370
                                         for _ in range(10)))
        kind, plan = self.puppet().ask("PLAN", name="long", external_id="e" * 1224, **wish)
        self.assertEqual(kind, "RESULT", plan)
        self.assertEqual(len(plan["hops"]), 3)

    def test_its_errors(self):
        for fields, code in (({"name": "nosuch"}, wire.NO_SUCH_NAME),
                             ({"name": "prod", "session_name": "a"}, wire.USAGE)):
            self.errs(self.puppet().ask("PLAN", **fields), code)


if __name__ == "__main__":
    unittest.main()
