"""MFA without a serial in the configuration: devices are found, once (design, section 3)."""

import time
import unittest

from broker_story import CAROL
from standin import worlds
from test_mfa import DESTS, Mfa


class Discovery(Mfa):
    source = "[source main]\n"

    def test_one_device_is_found(self):
        with self.world.terminal("env", "prod") as person:
            person.sees("(?i)code").types(self.fob.fresh() + "\n")
            screen = person.leaves(0)
        self.assertIn(CAROL, screen)
        self.assertEqual(self.actions(), ["AssumeRole", "ListMFADevices", "GetSessionToken",
                                          "AssumeRole"])
        listing, = self.calls("ListMFADevices")
        self.assertEqual((listing["service"], listing["signed_by"], listing["region"]),
                         ("iam", "user", "us-east-1"))
        self.assertEqual(listing["parameters"]["UserName"], "carol")

    def test_it_is_remembered(self):
        self.with_code("prod")
        self.works("env", "long")
        self.assertEqual(self.actions().count("ListMFADevices"), 1)
        self.assertEqual(len(self.codes_sent()), 1)

    def test_never_looks_for_none(self):
        self.world.configure(self.source + "mfa = never\n" + DESTS)
        self.refused(6, "env", "prod")
        self.assertEqual(self.actions(), ["AssumeRole"])

    def test_who_needs_none_is_not_looked_after(self):
        self.works("env", "admin")
        self.assertEqual(self.actions(), ["AssumeRole"])

    def test_it_looks_once_a_day_whatever_refuses(self):
        self.world.configure(self.source + DESTS + "[dest strict]\naccount = 222222222222\n"
                             "role = Strict\n")
        for dest in ("strict", "prod", "strict", "prod"):
            self.world.xacct("env", dest, "--refresh")
        self.assertEqual(self.actions().count("ListMFADevices"), 1)


class Mended(Mfa):
    source = "[source main]\n"

    def test_a_denial_is_not_believed_for_ever(self):
        """Whoever mends the role can look at once."""
        self.refused(6, "env", "prod")
        self.refused(6, "env", "prod")
        self.assertEqual(self.actions().count("AssumeRole"), 1)
        self.add_roles("222222222222", Mfa={"trust": worlds.trust(
            "arn:aws:iam::111111111111:user/carol")})
        time.sleep(1.1)
        self.works("env", "prod", "--refresh")


class Devices(Mfa):
    source = "[source main]\n"
    user = "erin"

    def test_of_several_the_person_chooses_once_and_keys_without_codes_are_left_out(self):
        with self.world.terminal("env", "prod") as person:
            person.sees("GAHT12345678|mfa/phone").sees("GAHT12345678|mfa/phone").sees(r"\? ")
            screen = person.screen
            self.assertNotIn("u2f", screen)
            number = self.number_of("mfa/phone", screen)
            person.types(f"{number}\n").sees("(?i)code").types(self.fob.fresh() + "\n")
            person.leaves(0)
        self.assertEqual(self.last("GetSessionToken")["SerialNumber"],
                         "arn:aws:iam::111111111111:mfa/phone")
        with self.world.terminal("env", "long", "-d", "2h") as person:
            person.sees("(?i)code.*: ?").types(self.fob.fresh() + "\n")
            person.leaves(0)
        self.assertEqual(self.last()["SerialNumber"], "arn:aws:iam::111111111111:mfa/phone")

    def number_of(self, device, screen):
        line, = [line for line in screen.splitlines() if device in line]
        return "".join(letter for letter in line.split()[0] if letter.isdigit())


class NotListed(Mfa):
    source = "[source main]\n"
    user = "dave"

    def test_the_usual_name_is_tried(self):
        with self.world.terminal("env", "prod") as person:
            person.sees("(?i)code").types(self.fob.fresh() + "\n")
            person.leaves(0)
        self.assertEqual(self.actions(), ["AssumeRole", "ListMFADevices", "GetSessionToken",
                                          "AssumeRole"])
        self.assertEqual(self.last("GetSessionToken")["SerialNumber"],
                         "arn:aws:iam::111111111111:mfa/dave")


if __name__ == "__main__":
    unittest.main()
