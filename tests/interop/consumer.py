"""A real program that wants AWS credentials, and the three ways in which it gets xacct's."""

import os

from story import Story

ADMIN = "arn:aws:sts::222222222222:assumed-role/Admin/alice"
CONFIG = """
[source main]
[dest prod]
account = 222222222222
role = Admin
region = eu-west-1
"""
PYTHON = "/usr/bin/python3"


class Consumer(Story):
    def setUp(self):
        super().setUp()
        self.given(CONFIG)
        self.aws = self.world.aws
        self.aws.reset()                  # of how the key was proven
        self.env = {"AWS_CA_BUNDLE": self.aws.ca_pem, "SSL_CERT_FILE": self.aws.ca_pem,
                    "NODE_EXTRA_CA_CERTS": self.aws.ca_pem, "AWS_EC2_METADATA_DISABLED": "true"}

    # --- the ways ---------------------------------------------------------------------------

    def through_env(self, *command, **env):
        return self.world.run("bash", "--norc", "--noprofile", "-c",
                              'eval $(xacct-client env prod) && "$@"', "bash", *command,
                              env={**self.env, **env})

    def through_process(self, *command, file="config", **env):
        """file: where the consumer looks for credential_process."""
        header = "[profile prod]" if file == "config" else "[prod]"
        self.world.write(f".aws/{file}",
                         f"{header}\nregion = eu-west-1\ncredential_process = "
                         f"{self.world.client} credential-process prod\n")
        return self.world.run(*command, env={**self.env, "AWS_PROFILE": "prod",
                                             "AWS_SDK_LOAD_CONFIG": "1", **env})

    def through_endpoint(self, *command, **env):
        return self.world.xacct("exec", "--server", "prod", "--", *command,
                                env={**self.env, **env})

    # --- who was it -----------------------------------------------------------------------------

    def callers(self, *actions):
        """Everybody who asked for one of these, by the stand-in's own word."""
        return {call["caller"] for action in actions for call in self.aws.calls(action)
                if call["code"] is None}

    def keys(self, action):
        return {call["access_key_id"] for call in self.aws.calls(action) if call["code"] is None}

    def assert_it_was_prod(self, said, *actions):
        self.assertEqual(said.status, 0, said)
        for action in actions:
            self.assertEqual(self.callers(action), {ADMIN}, (action, said))

    def assert_not_without(self, said, words=None):
        """A consumer that gets no credentials fails; where it shows our words, they help."""
        self.assertNotEqual(said.status, 0, said)
        if words:
            self.assertIn(words, said.out + said.err)


def built(name):
    """A place in the build directory for what has to be built or fetched once."""
    path = os.path.join(os.environ["XACCT_INTEROP"], name)
    os.makedirs(path, exist_ok=True)
    return path
