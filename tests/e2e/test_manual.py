"""What help, completion and the manual say of commands and options comes from one table, and is
the same; and the other pages name all there is."""

import os
import re
import shutil
import subprocess
import unittest

from story import Story

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAGES = ("man1/xacct.1", "man1/xacct-agent.1", "man5/xacct.conf.5", "man7/xacct-protocol.7",
         "man7/xacct-security.7")


def source(*path):
    with open(os.path.join(TOP, *path), encoding="utf-8") as file:
        return file.read()


class Manual(Story):
    world_options = {"aws": False}

    def page(self, name):
        path = os.path.join(self.world.prefix, "share", "man", name)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        return re.sub(r"\\f[BIR]|\\&", "", text.replace("\\-", "-").replace("\\~", " "))

    def commands(self):
        listed = self.works("help").out.split("\nevery command\n")[0].split("\neveryday\n")[1]
        return [re.match(r"  ((dest|config|agent) )?[a-z-]+", line).group(0).strip()
                for line in listed.splitlines() if re.match(r"  [a-z]", line)]

    def section(self, command):
        """Of xacct(1), from its heading to the next one."""
        page = self.page(PAGES[0])
        found = re.search(rf'^\.SS "?{command}( .*)?"?$\n((?:(?!\.S[SH]).*\n)*)', page,
                          re.MULTILINE)
        self.assertIsNotNone(found, f"{command} is not in the manual")
        return found.group(2)

    def in_help(self, command):
        options = self.works("help", *command.split()).out.split("\noptions\n")[1]
        return set(re.findall(r"^  (?:-.,|   ) (--[a-z-]+)", options, re.MULTILINE))

    def in_completion(self, command):
        offered = self.works("complete", "--", *command.split(), "--").out
        return set(line.split("\t")[0] for line in offered.splitlines())

    def in_manual(self, command):
        return set(re.findall(r"--[a-z-]+", " ".join(
            re.findall(r"Options: (.*(?:\n(?!\.).*)*)", self.section(command)))))

    def every(self):
        page = self.page(PAGES[0]).split(".SS Of every command")[1]
        return set(re.findall(r"--[a-z-]+", page.split(".SS ")[0]))

    def test_commands(self):
        commands = self.commands()
        self.assertGreater(len(commands), 30)
        page = self.page(PAGES[0])
        part = page.split(".SH COMMANDS")[1].split(".SH OPTIONS")[0]
        self.assertEqual(part.count("\n.SS "), len(commands))
        offered = {line.split("\t")[0]
                   for line in self.works("complete", "--", "").out.splitlines()}
        for command in commands:
            self.section(command)
            self.assertIn(command.split()[0], offered)
        aliases = {"login", "process"}
        self.assertEqual(offered - {command.split()[0] for command in commands}, aliases)

    def test_options_of_each_command(self):
        for command in self.commands():
            help_has = self.in_help(command)
            self.assertEqual(self.in_completion(command), help_has, command)
            self.assertEqual(self.in_manual(command) | self.every(), help_has, command)

    def test_each_option_has_its_place(self):
        page = self.page(PAGES[0]).split(".SH OPTIONS")[1].split(".SH ")[0]
        described = re.findall(r"^(?:-., )?(--[a-z-]+)", page, re.MULTILINE)
        taken = set().union(*(self.in_help(command) for command in self.commands()))
        self.assertEqual(sorted(described), sorted(taken | {"--version"}))

    def test_text_names_only_options_that_exist(self):
        page = self.page(PAGES[0])
        taken = set().union(*(self.in_help(command) for command in self.commands()))
        foreign = {"--stdin", "--endpoint-url"}
        prose = re.sub(r"^\.nf$.*?^\.fi$", "", page, flags=re.MULTILINE | re.DOTALL)
        self.assertLessEqual(set(re.findall(r"--[a-z][a-z-]+", prose)) - foreign,
                             taken | {"--version"})

    def test_pages_for_newcomers_name_what_exists(self):
        """Every `xacct …` of the migration pages is a command, with options that it takes."""
        commands, seen = self.commands(), 0
        for root, _directories, files in os.walk(os.path.join(TOP, "contrib")):
            for name in files:
                if not name.endswith(".md"):
                    continue
                text = source(root, name)
                blocks = re.findall(r"^```\w*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
                lines = "\n".join(blocks).splitlines() + re.findall(r"`([^`\n]+)`", text)
                for line in lines:
                    for call in re.findall(r"(?:^|[ (|!])(?:xacct|xa) ([a-z][^#|;)]*)",
                                           line.split("#")[0]):
                        self.check_call(call, line, commands)
                        seen += 1
        self.assertGreater(seen, 50)

    def check_call(self, call, line, commands):
        words = call.split(" -- ")[0].split()
        if re.search(rf"\bxa {re.escape(call)}", line):
            words = ["switch", *words]
        known = [command for command in commands
                 if command.split() == words[:len(command.split())]]
        self.assertTrue(known, line)
        for option in re.findall(r"--[a-z-]+", " ".join(words)):
            self.assertIn(option, self.in_help(known[0]), line)

    def test_keys_of_the_configuration(self):
        page = self.page("man5/xacct.conf.5")
        parts = {"A": "THE AGENT", "S": "SOURCES", "D": "DESTINATIONS", "C": "CALLERS"}
        keys = source("agent", "broker", "keys.c")
        found = re.findall(r'^    ([ASDC])\("([a-z_]+)"', keys, re.MULTILINE)
        found += [(which[0], name) for which, name in
                  re.findall(r'CHOOSE\(XA_SECTION_([A-Z]+), \w+, "([a-z_]+)"', keys)]
        self.assertGreater(len(found), 50)
        reach = page.split(".SH REACHING AWS")[1].split(".SH ")[0]
        for part, name in found:
            text = page.split(f".SH {parts[part]}")[1].split(".SH ")[0]
            self.assertRegex(text + reach, rf"\b{name}\b", f"{name} of {parts[part]}")
        named = set(re.findall(r"^((?:[a-z_]+(?:, )?)+)$", page, re.MULTILINE))
        told = {name for line in named for name in line.split(", ") if "_" in name}
        self.assertLessEqual(told, {name for _part, name in found})

    def test_options_of_the_agent(self):
        page = self.page("man1/xacct-agent.1")
        main = source("agent", "main.c")
        for option in re.findall(r'argv\[i\], "(-[a-z-]+)"', main):
            self.assertRegex(page, rf"(?m)^.*{option}\b")

    def test_exit_status(self):
        page = self.page(PAGES[0]).split(".SH EXIT STATUS")[1].split(".SH ")[0]
        told = {int(n) for n in re.findall(r"\b(\d+)\b", " ".join(
            re.findall(r"^\d[\d, ]*$", page, re.MULTILINE)))}
        self.assertEqual(told, set(range(10)) | {125, 126, 127})

    def test_pages_are_well_formed(self):
        for page in PAGES:
            path = os.path.join(self.world.prefix, "share", "man", page)
            said = subprocess.run([shutil.which("mandoc"), "-Tlint", "-W", "error", path],
                                  capture_output=True, text=True, check=False)
            self.assertEqual((said.returncode, said.stdout), (0, ""), page)


if __name__ == "__main__":
    unittest.main()
