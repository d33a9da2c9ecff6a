"""Runs vault_op in a directory of its own. Shared by the scripts beside it."""
import os
import shutil
import subprocess
import tempfile

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"


class Place:
    def __init__(self, vault_op, root=None, cheap=True):
        self.vault_op, self.cheap = vault_op, cheap
        self.root = root or tempfile.mkdtemp(prefix="xacct-fault-")
        self.vault = os.path.join(self.root, "data", "vault")
        self.state = os.path.join(self.root, "state", "vault.state")

    def command(self, *words):
        return [self.vault_op] + ["--cheap"] * self.cheap + [self.vault, self.state] + list(words)

    def run(self, *words, passphrase="first", second=SECRET, before=()):
        return subprocess.run(list(before) + self.command(*words), text=True, capture_output=True,
                              input=passphrase + "\n" + second + "\n")

    def must(self, *words, **more):
        run = self.run(*words, **more)
        assert run.returncode == 0, (words, run.returncode, run.stderr)
        return run.stdout

    def names(self, passphrase="first"):
        """The names held, or None if this passphrase does not open the vault."""
        run = self.run("show", passphrase=passphrase)
        assert run.returncode in (0, 4), (run.returncode, run.stderr)
        return set(run.stdout.split()) if run.returncode == 0 else None

    def leftovers(self):
        return [f for _, _, files in os.walk(self.root) for f in files if f.endswith(".new")]

    def copy_to(self, root):
        if os.path.exists(root):
            shutil.rmtree(root)
        shutil.copytree(self.root, root)
        return Place(self.vault_op, root, self.cheap)

    def remove(self):
        shutil.rmtree(self.root, ignore_errors=True)
