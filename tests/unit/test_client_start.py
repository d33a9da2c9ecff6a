#!/usr/bin/python3
"""The client and the start of the agent, and its statements in real shells."""

import os
import select
import shutil
import subprocess
import unittest

from client_kit import Case
from fake_agent import GOOD, listen


class Starting(Case):
    def test_start(self):
        self.spawnable()
        code, out, err = self.run_client("process", "prod", env=dict(
            LD_PRELOAD="", SSL_CERT_FILE="/x", AWS_PROFILE="y", LISTEN_FDS="1", NOTIFY_SOCKET="/z"))
        self.assertEqual((code, err), (0, ""))
        start, = self.starts()
        self.assertEqual(set(start["env"]) - {"LC_CTYPE"}, {
            "HOME", "LANG", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XACCT_SOCK", "PATH"})
        self.assertEqual(start["env"]["PATH"], "/usr/bin:/bin")
        self.assertEqual(start["cwd"], "/")
        self.assertEqual(self.run_client("agent", "stop"), (0, "", ""))
        self.assertFalse(os.path.exists(self.sock))

    def test_makes_its_directory(self):
        os.rmdir(os.path.dirname(self.sock))
        self.spawnable()
        self.assertEqual(self.run_client("agent", "start"), (0, "", ""))
        self.assertEqual(os.stat(os.path.dirname(self.sock)).st_mode & 0o777, 0o700)
        self.assertEqual(self.run_client("agent", "start"), (0, "", ""))
        self.assertEqual(len(self.starts()), 1)
        self.assertEqual(self.run_client("agent", "restart"), (0, "", ""))
        self.assertEqual(len(self.starts()), 2)

    def test_by_the_link(self):
        self.spawnable()
        r = subprocess.run([os.path.join(self.bin, "xacct"), "list"], env=self.env,
                           capture_output=True)
        self.assertEqual(r.returncode, 0, r.stderr)

    def test_fifty_at_once(self):
        self.spawnable(start_delay=0.3)
        clients = [subprocess.Popen([self.client, "process", "prod"], env=self.env,
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                   for _ in range(50)]
        for p in clients:
            out, err = p.communicate(timeout=30)
            self.assertEqual((p.returncode, err), (0, b""))
        self.assertEqual(len(self.starts()), 1)

    def test_descriptors_and_pipes_are_not_kept(self):
        self.spawnable()
        r, w = os.pipe()
        os.set_inheritable(w, True)
        p = subprocess.run([self.client, "list", "-q"], env=self.env, capture_output=True,
                           close_fds=False, timeout=10)
        os.close(w)
        self.assertEqual(p.returncode, 0)
        ready, _, _ = select.select([r], [], [], 5)
        self.assertTrue(ready, "the agent holds a descriptor of ours")
        os.close(r)

    def test_failures(self):
        for how, says in (("die", "ended before it was ready"), ("fail", "agent.lock cannot be")):
            self.spawnable(start=how)
            code, out, err = self.run_client("list")
            self.assertEqual((code, out), (5, ""))
            self.assertIn(says, err)
        self.spawnable()
        with open(os.path.join(self.bin, "xacct-agent"), "w") as f:
            f.write("#!/nowhere/interpreter\n")
        code, out, err = self.run_client("list")
        self.assertEqual(code, 5)
        self.assertIn("cannot be executed", err)

    def test_those_that_never_start(self):
        self.spawnable()
        for missing in (False, True):
            if missing:
                shutil.rmtree(os.path.dirname(self.sock))
            for args in (["lock"], ["forget", "--all"], ["agent", "stop"]):
                self.assertEqual(self.run_client(*args), (0, "", ""))
            code, out, err = self.run_client("status")
            self.assertEqual((code, out), (5, ""))
            self.assertIn("no agent is running", err)
            self.assertIn("  try: xacct agent start\n", err)
            self.assertEqual(self.run_client("status", "--json"), (5, '{"running":false}\n', ""))
            self.assertEqual(self.run_client("agent", "path"), (0, self.sock + "\n", ""))
            self.assertEqual(self.run_client("list", "--no-spawn")[0], 5)
        self.assertEqual(self.starts(), [])

    def test_path_verbose(self):
        self.assertEqual(self.run_client("agent", "path", "-v")[2],
                         "xacct: the path comes from XACCT_SOCK\n")

    def test_stale_socket(self):
        listen(self.sock).close()
        self.spawnable()
        self.assertEqual(self.run_client("list", "-q"), (0, "", ""))

    def test_long_path(self):
        deep = os.path.join(self.dir, "d" * 120)
        os.mkdir(deep, 0o700)
        self.sock = self.env["XACCT_SOCK"] = os.path.join(deep, "agent.sock")
        self.serve()
        self.assertEqual(self.run_client("whoami", "prod")[0], 0)

    def test_wrong_directory(self):
        self.serve()
        run = os.path.dirname(self.sock)
        os.chmod(run, 0o755)
        for command in ("list", "status", "lock"):
            code, out, err = self.run_client(command)
            self.assertEqual((code, out), (5, ""))
            self.assertIn("mode 0755", err)
        os.chmod(run, 0o700)
        os.rename(run, run + "2")
        os.symlink(run + "2", run)
        self.assertEqual(self.run_client("list")[0], 5)
        self.assertEqual(self.agent.seen, [])

    def test_squatter(self):
        """P2: a server of another uid gets not one byte."""
        if os.geteuid() != 0:
            self.skipTest("needs a second uid")
        ready, tell = os.pipe()
        pid = os.fork()
        if pid == 0:
            listener = listen(self.sock)
            os.setuid(65534)
            listener.listen(8)      # SO_PEERCRED is that of the one who listens
            os.write(tell, b"x")
            conn, _ = listener.accept()
            os._exit(0 if conn.recv(1) == b"" else 7)
        os.read(ready, 1)
        code, out, err = self.run_client("unlock", "--passphrase-fd", "0", stdin=b"secret\n")
        self.assertEqual((code, out), (5, ""))
        self.assertIn("is served by uid 65534", err)
        self.assertEqual(os.WEXITSTATUS(os.waitpid(pid, 0)[1]), 0)
        os.close(ready)
        os.close(tell)


class Shells(Case):
    """G3, facts 7: eval in real shells."""

    BEFORE = dict(AWS_PROFILE="old", AWS_SECURITY_TOKEN="old", AWS_ROLE_ARN="old",
                  AWS_CONTAINER_CREDENTIALS_FULL_URI="old", AMAZON_SESSION_TOKEN="old",
                  AWS_ACCESS_KEY="old")

    def shell_env(self, shell, script, **env):
        base = dict(self.env, **self.BEFORE, **env)
        del base["XACCT_SHELL"]
        work = os.path.join(self.dir, "work")
        os.makedirs(work, exist_ok=True)
        for name in ("a", "AWS_SECRET_ACCESS_KEY", "export", "-x"):
            open(os.path.join(work, name), "w").close()
        r = subprocess.run([shell, "-c", script + "\nenv -0"], env=base, capture_output=True,
                           cwd=work, start_new_session=True)
        self.assertEqual((r.returncode, r.stderr), (0, b""), (shell, r.stdout))
        return dict(item.split("=", 1) for item in r.stdout.decode().split("\0") if "=" in item)

    def shells(self):
        for shell, form in (("/bin/bash", "eval $(xacct env %s)"),
                            ("/usr/bin/dash", "eval $(xacct env %s)"),
                            ("/usr/bin/zsh", "eval $(xacct env %s)"),
                            ("/bin/bash", 'eval "$(xacct env %s)"'),
                            ("/usr/bin/zsh", 'setopt glob_subst sh_word_split; '
                                             'eval $(xacct env %s)'),
                            ("/bin/bash", "shopt -s extglob failglob; eval $(xacct env %s)"),
                            ("/usr/bin/fish", "eval (xacct env %s)"),
                            ("/usr/bin/fish", "xacct env %s | source")):
            if os.path.exists(shell):
                yield shell, form

    def test_set(self):
        for shell, form in self.shells():
            self.serve(credentials=dict(region="eu-west-1", label="Prod main; R&D, 1 %a=b"))
            after = self.shell_env(shell, form % "prod", SHELL=shell)
            for name, value in dict(
                    AWS_ACCESS_KEY_ID=GOOD["access_key_id"], AWS_SECRET_ACCESS_KEY=GOOD["secret"],
                    AWS_SESSION_TOKEN=GOOD["token"], AWS_REGION="eu-west-1",
                    AWS_DEFAULT_REGION="eu-west-1", AWS_ACCOUNT_ID="222222222222",
                    AWS_CREDENTIAL_EXPIRATION="2100-01-01T00:00:00Z",
                    AWS_VAULT="Prod main; R&D, 1 %a=b",
                    XACCT_DEST="prod", XACCT_EXPIRES="4102444800").items():
                self.assertEqual(after.get(name), value, (shell, form, name))
            for name in self.BEFORE:
                self.assertNotIn(name, after, (shell, form))

    def test_unset(self):
        for shell, form in self.shells():
            self.serve(credentials=dict(region="eu-west-1"))
            after = self.shell_env(shell, form % "prod" + "\n" + form % "--unset", SHELL=shell)
            for name in after:
                self.assertFalse(name.startswith(("AWS_", "XACCT_")) and name != "XACCT_SOCK",
                                 (shell, name))

    def test_status_is_0(self):
        self.serve()
        for script in ("eval (xacct env prod); or exit 9", "eval (xacct env --unset); or exit 9"):
            self.shell_env("/usr/bin/fish", script, SHELL="/usr/bin/fish")

    def fish(self, script):
        return self.shell_env("/usr/bin/fish", "begin; %s; end 2>>said" % script,
                              SHELL="/usr/bin/fish")

    def test_universal_variables_of_fish(self):
        self.serve()
        names = "AWS_PROFILE", "AWS_ROLE_ARN", "XACCT_DEST"
        self.fish("; ".join("set -U -x %s universal" % name for name in names))
        script = "set -e -g AWS_PROFILE; eval (xacct env prod)"
        after = self.fish(script)
        self.assertEqual([after.get(name) for name in names], ["", "", "prod"])
        with open(os.path.join(self.dir, "work", "said")) as f:
            self.assertIn("the universal variable AWS_PROFILE is hidden", f.read())
        after = self.fish(script + "; eval (xacct env --unset)"
                          "; set -e -g AWS_PROFILE; set -e -g AWS_ROLE_ARN")
        self.assertEqual([after.get(name) for name in names], ["universal"] * 3)

    def test_region_of_the_person(self):
        self.serve()
        after = self.shell_env("/bin/bash", "eval $(xacct env prod); eval $(xacct env --unset)",
                               AWS_REGION="us-east-2", SHELL="/bin/bash")
        self.assertEqual(after["AWS_REGION"], "us-east-2")
        self.serve(credentials=dict(region="eu-west-1"))
        after = self.shell_env("/bin/bash", "eval $(xacct env prod); export AWS_REGION=mine;"
                               "eval $(xacct env --unset)", SHELL="/bin/bash")
        self.assertEqual(after.get("AWS_REGION"), "mine")
        self.assertNotIn("AWS_DEFAULT_REGION", after)

    def test_region_does_not_survive(self):
        self.serve()
        out = self.run_client("env", "prod", env=dict(
            AWS_REGION="eu-west-1", AWS_DEFAULT_REGION="x", XACCT_REGION="eu-west-1"))[1]
        self.assertIn(" AWS_REGION XACCT_REGION ", out)
        self.assertNotIn("AWS_DEFAULT_REGION", out)

    def test_form(self):
        self.serve()
        out = self.run_client("env", "prod")[1]
        self.assertNotIn("\n", out)
        self.assertTrue(out.endswith(";"))
        self.assertNotIn("#", out)
        fish = self.run_client("env", "prod", "--shell", "fish")[1]
        self.assertIn("set -gx AWS_ACCESS_KEY_ID 'ASIA", fish)
        self.assertIn("set -e -g AWS_PROFILE;", fish)

    def test_failure_leaves_the_shell_alone(self):
        self.serve(vault="locked")
        r = subprocess.run(["/bin/bash", "-c", "eval $(xacct env prod 2>/dev/null); env"],
                           env=self.env, capture_output=True, start_new_session=True)
        self.assertNotIn(b"AWS_", r.stdout)


if __name__ == "__main__":
    unittest.main()
