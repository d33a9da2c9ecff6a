"""rclone, restic and s3cmd: each puts a file away and gets it back."""

import os
import unittest

from consumer import Consumer

CONTENT = "something to keep\n" * 20


class S3Tool(Consumer):
    def setUp(self):
        super().setUp()
        self.file = self.world.write("file", CONTENT)
        self.host = self.aws.endpoint.partition("//")[2]
        made = self.through_env("/usr/bin/aws", "--endpoint-url", self.aws.endpoint, "s3", "mb",
                                "s3://box")
        self.assertEqual(made.status, 0, made)
        self.aws.reset()


class Rclone(S3Tool):
    REMOTE = {"RCLONE_CONFIG_BOX_TYPE": "s3", "RCLONE_CONFIG_BOX_PROVIDER": "Minio",
              "RCLONE_CONFIG_BOX_ENV_AUTH": "true", "RCLONE_CONFIG_BOX_REGION": "eu-west-1",
              "RCLONE_CONFIG_BOX_FORCE_PATH_STYLE": "true", "RCLONE_CONFIG": "/dev/null"}

    def setUp(self):
        super().setUp()
        del self.env["AWS_CA_BUNDLE"]      # its own --ca-cert does not go with that

    def rclone(self, way, *words):
        return way("/usr/bin/rclone", "--retries", "1", "--low-level-retries", "1", "--ca-cert",
                   self.aws.ca_pem, *words, RCLONE_CONFIG_BOX_ENDPOINT=self.aws.endpoint,
                   **self.REMOTE)

    def test_through_each_way(self):
        for way in (self.through_env, self.through_process, self.through_endpoint):
            with self.subTest(way.__name__):
                self.aws.reset()
                stored = self.rclone(way, "copyto", self.file, f"box:box/dir/{way.__name__}")
                self.assertEqual(stored.status, 0, stored)
                said = self.rclone(way, "cat", f"box:box/dir/{way.__name__}")
                self.assert_it_was_prod(said, "PutObject", "GetObject")
                self.assertEqual(said.out, CONTENT)

    def test_a_locked_vault(self):
        self.works("lock")
        self.assert_not_without(self.rclone(self.through_process, "ls", "box:box"),
                                "the vault is locked")


class Restic(S3Tool):
    def restic(self, way, *words, **how):
        return way("/usr/bin/restic", "--cacert", self.aws.ca_pem, "--no-cache", "-o",
                   "s3.region=eu-west-1", "-r", f"s3:{self.aws.endpoint}/box/{way.__name__}",
                   *words, RESTIC_PASSWORD="repository", **how)

    def by_credentials_file(self, *command, **env):
        """restic's own reader looks for credential_process in the credentials file."""
        return self.through_process(*command, file="credentials", **env)

    def test_through_each_way(self):
        for way in (self.through_env, self.by_credentials_file, self.through_endpoint):
            with self.subTest(way.__name__):
                self.aws.reset()
                self.assertEqual(self.restic(way, "init").status, 0)
                kept = self.restic(way, "backup", self.file)
                self.assertEqual(kept.status, 0, kept)
                said = self.restic(way, "dump", "latest", self.file)
                self.assert_it_was_prod(said, "PutObject", "GetObject", "ListObjects")
                self.assertEqual(said.out, CONTENT)

    def test_a_locked_vault(self):
        self.works("lock")
        self.assert_not_without(self.restic(self.by_credentials_file, "init"))
        self.assertEqual(self.aws.calls("PutObject"), [])


class S3cmd(S3Tool):
    """It reads variables, and neither credential_process nor the endpoint."""

    def s3cmd(self, way, *words):
        return way("/usr/bin/s3cmd", "--config=/dev/null", f"--host={self.host}",
                   f"--host-bucket={self.host}", f"--ca-certs={self.aws.ca_pem}",
                   "--region=eu-west-1", "--no-progress", *words)

    def test_through_variables(self):
        stored = self.s3cmd(self.through_env, "put", self.file, "s3://box/file")
        self.assertEqual(stored.status, 0, stored)
        copy = os.path.join(self.world.home, "copy")
        said = self.s3cmd(self.through_env, "get", "s3://box/file", copy)
        self.assert_it_was_prod(said, "PutObject", "GetObject")
        with open(copy, encoding="utf-8") as file:
            self.assertEqual(file.read(), CONTENT)

    def test_without(self):
        self.works("lock")
        self.assert_not_without(self.s3cmd(self.through_env, "ls"))


if __name__ == "__main__":
    unittest.main()
