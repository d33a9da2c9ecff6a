"""The AWS command line and boto3."""

import unittest

from consumer import ADMIN, PYTHON, Consumer

WHO = ("import boto3, sys; print(boto3.client('sts', endpoint_url=sys.argv[1])"
       ".get_caller_identity()['Arn'])")


class CommandLine(Consumer):
    def command(self, *words):
        return ["/usr/bin/aws", "--endpoint-url", self.aws.endpoint, *words]

    def who(self):
        return self.command("sts", "get-caller-identity", "--query", "Arn", "--output", "text")

    def test_through_each_way(self):
        for way in (self.through_env, self.through_process, self.through_endpoint):
            with self.subTest(way.__name__):
                self.aws.reset()
                said = way(*self.who(), AWS_REGION="eu-west-1")
                self.assert_it_was_prod(said, "GetCallerIdentity")
                self.assertEqual(said.out.strip(), ADMIN)

    def test_a_file_goes_to_s3_and_comes_back(self):
        path = self.world.write("file", "the content\n" * 1000)
        bucket = self.command("s3", "mb", "s3://box")
        self.assertEqual(self.through_env(*bucket).status, 0)
        for way in (self.through_env, self.through_process, self.through_endpoint):
            with self.subTest(way.__name__):
                self.aws.reset()
                self.assertEqual(way(*self.command("s3", "cp", path, "s3://box/a/file")).status, 0)
                said = way(*self.command("s3", "cp", "s3://box/a/file", "-"))
                self.assert_it_was_prod(said, "PutObject", "GetObject")
                self.assertEqual(said.out, "the content\n" * 1000)

    def test_a_locked_vault_says_what_to_do(self):
        self.works("lock")
        said = self.through_process(*self.who())
        self.assert_not_without(said, "the vault is locked")
        self.assertIn("xacct unlock", said.err)


class Boto3(Consumer):
    def test_through_each_way(self):
        for way in (self.through_env, self.through_process, self.through_endpoint):
            with self.subTest(way.__name__):
                self.aws.reset()
                said = way(PYTHON, "-c", WHO, self.aws.endpoint)
                self.assert_it_was_prod(said, "GetCallerIdentity")
                self.assertEqual(said.out.strip(), ADMIN)

    def test_the_endpoint_s_own_words_reach_the_person(self):
        code = f"import subprocess; subprocess.run(['xacct-client', 'lock']); {WHO}"
        said = self.through_endpoint(PYTHON, "-c", code, self.aws.endpoint)
        self.assert_not_without(said, "the vault is locked")

    def test_renewal_is_not_seen(self):
        """Credentials that end within the run: the SDK fetches the next by itself."""
        self.aws.fault(action="AssumeRole", life_s=10, times=0)
        code = ("import boto3, sys, time\n"
                "sts = boto3.client('sts', endpoint_url=sys.argv[1])\n"
                "for _ in range(200):\n"
                "    sts.get_caller_identity(); time.sleep(0.1)\n")
        said = self.through_endpoint(PYTHON, "-c", code, self.aws.endpoint)
        self.assert_it_was_prod(said, "GetCallerIdentity")
        self.assertGreaterEqual(len(self.keys("GetCallerIdentity")), 3)


if __name__ == "__main__":
    unittest.main()
