"""contrib/prompt on the screens of the real bash, zsh, fish and tmux: what is shown, that it is
never of another destination, that a value is never obeyed, and that no process is made for it."""

import os
import re
import shlex
import subprocess
import time
import tomllib
import unittest

from screen import Screen
from story import Story

CONTRIB = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "contrib", "prompt")
CONFIG = """
[source main]
[dest prod]
account = 222222222222
role = Admin
level = prod
[dest read]
account = 222222222222
role = ReadOnly
label = r%n%Hd
"""
RED_PROD, READ = "\x1b[31mprod\x1b[39m 59m", "r%n%Hd 59m"
QUIET = {"bash": ("bash", "--norc", "--noprofile"), "zsh": ("zsh", "-f"),
         "fish": ("fish", "--no-config")}

# What the rc file has behind its two lines; the text stands between < and >.
FORMS = {
    "bash, a variable": ("bash", "PROMPT_COMMAND+=(__xacct_ps1_update); "
                                 "PS1='<${__xacct_ps1_text}> '"),
    "bash, as PS1": ("bash", "PROMPT_COMMAND+=('__xacct_ps1 \"<\" \"> \"')"),
    "bash, as PS1, not expanded": ("bash", "shopt -u promptvars; "
                                   "PROMPT_COMMAND+=('__xacct_ps1 \"<\" \"> \"')"),
    "bash, printed": ("bash", "PS1='<$(__xacct_ps1)> '"),
    "zsh, a variable": ("zsh", "setopt prompt_subst; precmd_functions+=(__xacct_ps1_update); "
                               "PS1='<${__xacct_ps1_text}> '"),
    "zsh, as PS1": ("zsh", "precmd() { __xacct_ps1 '<' '> ' }"),
    "zsh, as PS1, expanded": ("zsh", "setopt prompt_subst prompt_bang; "
                                     "precmd() { __xacct_ps1 '<' '> ' }"),
    "zsh, printed": ("zsh", "setopt prompt_subst; PS1='<$(__xacct_ps1)> '"),
    "fish": ("fish", "function fish_prompt; printf '<%s> ' (__xacct_ps1); end"),
}
SOURCE = {"bash": "xacct-prompt.sh", "zsh": "xacct-prompt.sh", "fish": "xacct.fish"}


class Prompts(Story):
    def setUp(self):
        super().setUp()
        self.given(CONFIG)
        self.world.aws.fault(action="AssumeRole", life_s=3570, times=0)
        for name in os.listdir(CONTRIB):      # the checkout may be where the person cannot read
            with open(os.path.join(CONTRIB, name), encoding="utf-8") as file:
                self.world.write(f"prompt/{name}", file.read())

    def screen(self, name="screen", config="/dev/null"):
        screen = Screen(self.world, name, config)
        self.addCleanup(screen.close)
        return screen

    def shell(self, shell, rc):
        """The command of an interactive shell with xacct's integration and this rc file."""
        source = f"source ~/prompt/{SOURCE[shell]}\n"
        if shell == "fish":
            self.world.write("rc.fish", f"xacct init fish | source\n{source}{rc}\n")
            return (*QUIET[shell], "-C", "source ~/rc.fish")
        init = f'eval "$(xacct init {shell})"\n'
        if shell == "bash":
            self.world.write("rc.bash", init + source + rc + "\n")
            return ("bash", "--noprofile", "--rcfile", f"{self.world.home}/rc.bash")
        self.world.write(".zshrc", init + source + rc + "\n")
        return ("zsh", "-d")

    def run_in(self, shell, script, env=None):
        """What a script prints behind `source`."""
        said = self.world.run(*QUIET[shell], "-c", f"source ~/prompt/{SOURCE[shell]}; {script}",
                              env=env)
        self.assertEqual((said.status, said.err), (0, ""), said)
        return said.out

    def obeyed(self):
        return os.path.exists(os.path.join(self.world.home, "obeyed"))


class OnTheScreen(Prompts):
    def test_switched_and_cleared(self):
        """Red for what is alive, the time left; another one after a switch, and nothing after
        --clear."""
        for form, (shell, rc) in FORMS.items():
            with self.subTest(form):
                screen = self.screen().runs(*self.shell(shell, rc)).ends_with("<>")
                screen.types("xa prod").ends_with(f"< ({RED_PROD})>")
                screen.types("xa read").ends_with(f"< ({READ})>")
                screen.types("xa -").ends_with(f"< ({RED_PROD})>")
                screen.types("xa --clear").ends_with("<>")
                screen.close()

    def test_hostile_values(self):
        """As they stand, and neither a shell nor a prompt obeys a sign of them."""
        label = r"$(touch obeyed)`touch obeyed`%n\w\$!x${HOME}"
        for form, (shell, rc) in FORMS.items():
            with self.subTest(form):
                screen = self.screen().runs(*self.shell(shell, rc)).ends_with("<>")
                self.world.write("hostile", f"export XACCT_DEST='{label}' AWS_VAULT='{label}' "
                                            "XACCT_EXPIRES='a[$(touch obeyed)]'\n")
                self.world.write("hostile.fish", f"set -gx XACCT_DEST '{label}'\n"
                                                 f"set -gx AWS_VAULT '{label}'\n")
                screen.types("source ~/hostile" + (".fish" if shell == "fish" else ""))
                screen.ends_with(f"< ({label})>")
                self.assertFalse(self.obeyed())
                screen.close()

    def test_expired(self):
        for form in ("bash, a variable", "zsh, as PS1", "fish"):
            with self.subTest(form):
                shell, rc = FORMS[form]
                screen = self.screen().runs("env", "XACCT_DEST=prod", "XACCT_EXPIRES=1",
                                            *self.shell(shell, rc))
                screen.ends_with("< (prod expired)>").close()

    def test_the_line_is_as_long_as_it_looks(self):
        """Colours that the shell counts as columns make it wrap and overwrite a long line."""
        for form, (shell, rc) in FORMS.items():
            with self.subTest(form):
                screen = self.screen().runs(*self.shell(shell, rc)).ends_with("<>")
                screen.types("xa prod").ends_with(f"< ({RED_PROD})>")
                typed = "true " + "x" * 96          # behind 14 columns of prompt: one line
                screen.tmux("send-keys", "-l", typed)
                screen.ends_with(re.compile(re.escape(f"> {typed}") + r"$"))
                screen.tmux("send-keys", "C-a", "y", "C-e", "z")
                screen.ends_with(re.compile(r"prod.*\)> y" + re.escape(typed) + r"z$"))
                screen.close()


class AsTheManualSays(Prompts):
    """The lines of contrib/prompt/README.md, as they stand there."""

    ENDS = {"bash": r":~ \(\x1b\[31mprod\x1b\[39m 59m\)\$$",
            "zsh": r"^~ \(\x1b\[31mprod\x1b\[39m 59m\) %$", "fish": r" \x1b\[31mprod\x1b\[39m 59m"}

    def test_each_shell(self):
        with open(os.path.join(CONTRIB, "README.md"), encoding="utf-8") as file:
            manual = file.read()
        blocks = re.findall(r"^```(?:sh|fish)\n(.*?)^```$", manual, re.MULTILINE | re.DOTALL)
        for (shell, end), block in zip(self.ENDS.items(), blocks, strict=True):
            with self.subTest(shell):
                rc = block.replace("~/.config/xacct/", "~/prompt/")
                self.assertNotEqual(rc, block)
                screen = self.screen().runs(*self.shell(shell, rc))
                screen.types("xa prod").ends_with(re.compile(end))
                screen.types("xa --clear")
                screen.ends_with(re.compile(r"^((?!prod).)*$"))
                screen.close()

    def test_bash_in_the_manner_of_git(self):
        with open(os.path.join(CONTRIB, "README.md"), encoding="utf-8") as file:
            forms = re.findall(r"`((?:PROMPT_COMMAND|PS1)='.*?)`", file.read(), re.DOTALL)
        self.assertEqual(len(forms), 2)
        for rc in forms:
            screen = self.screen().runs(*self.shell("bash", rc))
            screen.types("xa prod")
            screen.ends_with(re.compile(r"~ \(\x1b\[31mprod\x1b\[39m 59m\)\$$")).close()


class InTmux(Prompts):
    """Its status line, as the terminal outside of it shows it."""

    RC = {"bash": "PROMPT_COMMAND+=(__xacct_tmux); PS1='> '",
          "zsh": "precmd_functions+=(__xacct_tmux); PS1='> '",
          "fish": "function fish_prompt; printf '> '; end"}
    RED = re.compile(r"\x1b\[(31|[0-9;]*;31)m(\x1b\[[0-9;]*m)*prod(\x1b\[[0-9;]*m)+ 59m \d\d:\d\d$")
    NONE = re.compile(r"\[0\] 0:\w+\*  *\d\d:\d\d$")

    def inside(self, shell, *before):
        inner = self.screen("inner", os.path.join(self.world.home, "prompt", "tmux.conf"))
        inner.tmux("set-option", "-g", "status-interval", "1")
        for option, value in (("status-left", "[0] "), ("automatic-rename", "off"),
                              ("window-status-current-format", "0:w*")):
            inner.tmux("set-option", "-g", option, value)
        command = shlex.join((*before, *self.shell(shell, self.RC[shell])))
        return self.screen("outer").runs("env", "-u", "TMUX", "tmux", "-u", "-S", inner.socket,
                                         "new-session", command), inner

    def test_what_this_pane_works_in(self):
        for shell in self.RC:
            with self.subTest(shell):
                screen, inner = self.inside(shell)
                screen.ends_with(self.NONE)
                screen.types("xa prod").ends_with(self.RED)
                screen.types("xa read").ends_with(re.compile(r"\br%n%Hd(\x1b\[[0-9;]*m)* 59m \d"))
                screen.types("xa --clear").ends_with(self.NONE)
                screen.close()
                inner.close()

    def test_a_shell_in_the_shell(self):
        """What it tells is not what the one outside works in, whether it leaves or is killed."""
        for shell in self.RC:
            with self.subTest(shell):
                screen, inner = self.inside(shell)
                again = shlex.join(self.shell(shell, self.RC[shell]))
                for end in ("exit", "kill -9 $fish_pid" if shell == "fish" else "kill -9 $$"):
                    screen.ends_with(self.NONE).types(again).types("xa prod").ends_with(self.RED)
                    screen.types(end).ends_with(self.NONE)
                screen.close()
                inner.close()

    def test_hostile_labels(self):
        for shell in self.RC:
            for label in ("#[fg=blue]#{pid}#(touch obeyed)x", "x;", "-x", "%H#S"):
                with self.subTest((shell, label)):
                    screen, inner = self.inside(
                        shell, "env", f"XACCT_DEST={label}", "XACCT_LEVEL=prod",
                        "XACCT_EXPIRES=#(touch obeyed)")
                    shown = label.replace("#(", "##(").replace("#{", "##{")
                    screen.ends_with(re.compile("31m[^ ]*" + "(" + re.escape(label) + "|" +
                                                re.escape(shown) + r")(\x1b\[[0-9;]*m)+ \d\d:"))
                    self.assertFalse(self.obeyed())
                    screen.close()
                    inner.close()

    def test_the_time_is_what_xacct_says(self):
        """tmux counts it itself, while the shell is busy."""
        inner = self.screen("inner", os.path.join(self.world.home, "prompt", "tmux.conf"))
        inner.runs("cat")
        for left in (30, 90, 3599, 3605, 3700, 35999, 86405, 90061 + 7200, -5):
            def both(left=left):
                end = int(time.time()) + left
                inner.tmux("set-option", "-p", "@xacct_expires", str(end))
                return inner.tmux("display-message", "-p", "#{T:@xacct_left}").out.strip(), \
                    self.works("prompt", "--format", "%t",
                               env={"XACCT_DEST": "x", "XACCT_EXPIRES": str(end)}).out
            self.assertTrue(any(len(set(both())) == 1 for _ in range(5)), (left, both()))

    def test_outside_of_tmux_it_is_not_run(self):
        self.world.write("bin/tmux", "#!/bin/sh\ntouch ~/obeyed\n", mode=0o755)
        path = f"{self.world.home}/bin:{self.world.env['PATH']}"
        for shell in self.RC:
            for inside, run in (({}, False), ({"TMUX": "x,1,0", "TMUX_PANE": "%0"}, True)):
                self.run_in(shell, "__xacct_tmux", env={"XACCT_DEST": "x", "PATH": path, **inside})
                self.assertEqual(self.obeyed(), run, shell)
            os.remove(os.path.join(self.world.home, "obeyed"))


class TheText(Prompts):
    """__xacct_ps1 and `xacct prompt` say the same of the same variables."""

    def agree(self, **env):
        env = {"XACCT_DEST": "prod", **env}
        for shell in SOURCE:
            marks = [] if shell == "fish" else ["--shell", shell]
            for _ in range(5):               # a second may pass between them
                said = self.works("prompt", *marks, env=env).out
                ours = self.run_in(shell, "__xacct_ps1 %s", env=env)
                if said == ours:
                    break
            self.assertEqual(ours, said, (shell, env))
        return said

    def test_levels(self):
        for level in ("prod", "production", "live", "high", "critical", "stage", "staging",
                      "preprod", "test", "uat", "qa", "medium", "dev", "development", "sandbox",
                      "low", "other", "Prod", "x prod", ""):
            self.agree(XACCT_LEVEL=level)
        self.assertEqual(self.agree(XACCT_LEVEL="prod"), "\x1b[31mprod\x1b[m")
        self.assertEqual(self.agree(XACCT_LEVEL="prod", NO_COLOR="1"), "prod")

    def test_times(self):
        for left in (-1, 0, 1, 45, 59, 60, 61, 3599, 3600, 3661, 7320, 86399, 86400, 200000):
            self.assertNotEqual(self.agree(XACCT_EXPIRES=str(int(time.time()) + left)), "prod")
        for value in ("", "0", "000", "-5", "+9", " 9", "9 ", "12x", "9\n", "9" * 11, "9" * 30,
                      "0x99", "1e9", "a[$(touch obeyed)]", "$(touch obeyed)", "`touch obeyed`"):
            self.assertEqual(self.agree(XACCT_EXPIRES=value), "prod", value)
        for value in ("1", "0000000017", "0000000089", "9" * 10):
            self.assertIn("prod ", self.agree(XACCT_EXPIRES=value), value)
        self.assertFalse(self.obeyed())

    def test_labels(self):
        """Those of the configuration's grammar, and what stands in the environment anyway."""
        for value in ("a%b", "%n", "%%", "%{", "a:b/c@d+e_f-g.h", "größe", "a b",
                      "$(touch obeyed)", "`touch obeyed`", "\\w\\u\\$", "${HOME}", "'\"", "*",
                      "~", "-n", "-e", "%s", "a;b", "!!", "\U0001f512"):
            self.assertEqual(self.agree(AWS_VAULT=value), value)
            self.assertEqual(self.agree(XACCT_DEST=value), value)
        self.assertFalse(self.obeyed())

    def test_what_no_terminal_may_get(self):
        for value in ("a\x1b[31m", "a\nb", "a\tb", "\x7f", "\u009b31m", "\udc9b31m", "a\udc9bb",
                      "\u200e", "\u200fa", "\u202aa", "a\u202e", "\u2066", "a\u2069b", "\x01",
                      "\x02", "a\u00e9\udc9bb", "a\udcffb", "a\udce2\udc80"):
            self.assertEqual(self.agree(AWS_VAULT=value), "prod", ascii(value))
            self.assertEqual(self.agree(XACCT_DEST=value), "", ascii(value))
        for value in ("\u2010", "\u202f", "\u2065", "\u206a"):      # their neighbours
            self.assertEqual(self.agree(AWS_VAULT=value), value, ascii(value))

    def test_whichever_variable_has_it(self):
        """label_variables names those that are set."""
        names = ("AWS_VAULT", "AWSUME_PROFILE", "AWSU_PROFILE", "AWS_SSO_PROFILE",
                 "AWS_OKTA_PROFILE", "SAML2AWS_PROFILE", "ASSUMED_ROLE")
        for i, name in enumerate(names):
            self.assertEqual(self.agree(**{name: "L"}), "L")
            self.assertEqual(self.agree(**{each: each for each in names[i:]}), name)
        self.assertEqual(self.agree(XACCT_DEST="", AWS_VAULT="another's"), "")

    def test_in_a_strict_shell_and_without_a_word(self):
        for shell, strict in (("bash", "set -eu"), ("zsh", "setopt err_exit no_unset")):
            self.assertEqual(self.run_in(shell, f"{strict}; __xacct_ps1; __xacct_ps1 a b; "
                                                "__xacct_ps1_update; __xacct_tmux"), "")
        for shell in ("bash", "zsh"):
            for call in ("__xacct_ps1", "__xacct_ps1_update", "__xacct_ps1 a b", "__xacct_tmux"):
                self.assertEqual(self.run_in(shell, f"(exit 7); {call}; echo $?"), "7\n", call)

    def test_the_shell_s_own_settings_stay(self):
        for shell in ("bash", "zsh"):
            here = "shopt; shopt -o; locale" if shell == "bash" else "setopt; locale"
            script = f"{here}; x=größe; echo ${{#x}}"
            self.assertEqual(self.run_in(shell, script, env={"XACCT_DEST": "prod"}),
                             self.run_in(shell, f"__xacct_ps1_update; __xacct_ps1 a b; {script}",
                                         env={"XACCT_DEST": "prod"}))


class WithoutAFork(Prompts):
    def processes(self, shell, script):
        """How many were made for a script, by the kernel's word."""
        trace = os.path.join(self.world.home, "trace")
        said = self.world.run(
            "strace", "-f", "-e", "trace=process", "-e", "signal=none", "-o", trace,
            *QUIET[shell], "-c", f"source ~/prompt/{SOURCE[shell]}; {script}",
            env={"XACCT_DEST": "prod", "XACCT_LEVEL": "prod",
                 "XACCT_EXPIRES": str(int(time.time()) + 900)})
        self.assertEqual((said.status, said.err), (0, ""), said)
        with open(trace, encoding="utf-8") as file:
            lines = file.read().splitlines()
        made = [line for line in lines if re.search(r"\b(v?fork|clone3?)\(", line)
                and "CLONE_THREAD" not in line]
        executed = [line for line in lines if " execve(" in line]
        self.assertGreaterEqual(len(executed), 1, "the trace has seen the shell itself")
        return len(made) + len(executed) - 1

    def test_none_is_made(self):
        calls = "__xacct_ps1_update; __xacct_ps1 a b; printf '%s\\n' \"$__xacct_ps1_text\"; "
        for shell, script in (("bash", calls), ("zsh", calls), ("fish", "echo (__xacct_ps1); ")):
            with self.subTest(shell):
                nothing = self.processes(shell, "true")
                self.assertEqual(self.processes(shell, script * 3), nothing)
                self.assertGreater(self.processes(shell, script + "/bin/true; /bin/true"), nothing,
                                   "the trace would have seen one")

    def test_bash_forks_for_what_is_printed(self):
        """So the manual says; and so this trace sees a fork without an exec."""
        self.assertGreater(self.processes("bash", 'x="$(__xacct_ps1)"; echo "$x"'), 0)


class Frameworks(Prompts):
    def segment(self, env):
        said = self.world.run("zsh", "-f", "-c", 'p10k() { print -r -- "${(j:|:)@}" }; '
                              "source ~/prompt/p10k.zsh; prompt_xacct; instant_prompt_xacct",
                              env=env)
        self.assertEqual((said.status, said.err), (0, ""), said)
        once = said.out[:len(said.out) // 2]
        self.assertEqual(said.out, once * 2)
        return once.strip()

    def test_powerlevel10k(self):
        soon = str(int(time.time()) + 2530)
        for level, state, colour in (("prod", "PROD", "red"), ("qa", "STAGE", "yellow"),
                                     ("dev", "DEV", "green"), ("", "OTHER", "cyan")):
            self.assertEqual(
                self.segment({"XACCT_DEST": "x", "AWS_VAULT": "50%n$(touch obeyed)",
                              "XACCT_LEVEL": level, "XACCT_EXPIRES": soon}),
                f"segment|-s|{state}|-f|{colour}|-t|50%%n$(touch obeyed) 42m")
        self.assertEqual(self.segment({}), "")
        self.assertEqual(self.segment({"AWS_VAULT": "another's"}), "")

    def test_oh_my_zsh(self):
        said = self.world.run("zsh", "-f", "-c", "source ~/prompt/xacct.plugin.zsh; xa prod; "
                              "xacct_prompt_info; echo; ZSH_THEME_XACCT_PREFIX=aws: "
                              "ZSH_THEME_XACCT_SUFFIX=; NO_COLOR=1; xacct_prompt_info; echo; "
                              "print -r -- $precmd_functions; xa --clear; xacct_prompt_info")
        self.assertEqual((said.status, said.err), (0, ""), said)
        self.assertEqual(said.out, "<%{\x1b[31m%}prod%{\x1b[m%} 59m>\naws:prod 59m\n__xacct_renew "
                                   "__xacct_compdef __xacct_ps1_update __xacct_tmux\n")

    def test_starship(self):
        """Its file is TOML of the documented keys, and one module speaks for each level."""
        with open(os.path.join(CONTRIB, "starship.toml"), "rb") as file:
            modules = tomllib.load(file)["custom"]
        known = {"command", "when", "require_repo", "shell", "description", "unsafe_no_escape",
                 "detect_files", "detect_folders", "detect_extensions", "symbol", "style", "format",
                 "disabled", "os", "use_stdin", "ignore_timeout"}
        for name, module in modules.items():
            self.assertLessEqual(set(module), known, name)
            self.assertEqual((module["when"], module["shell"]), (True, ["/bin/sh"]))
            self.assertNotIn("unsafe_no_escape", module)
        for level, wanted in (("prod", "xacct_red"), ("critical", "xacct_red"),
                              ("qa", "xacct_yellow"), ("dev", "xacct_other"), ("", "xacct_other")):
            spoke = {}
            for name, module in modules.items():
                said = self.world.run("/bin/sh", "-c", module["command"], env={
                    "XACCT_DEST": "x", "AWS_VAULT": "X", "XACCT_LEVEL": level})
                self.assertEqual((said.status, said.err), (0, ""), said)
                if said.out:
                    spoke[name] = said.out
            self.assertEqual(spoke, {wanted: "X"})
        for module in modules.values():
            self.assertEqual(self.world.run("/bin/sh", "-c", module["command"]).out, "")


if __name__ == "__main__":
    unittest.main()
