"""eks-token, rds-token, git-credential and docker-credential, held against botocore, the AWS
command line and what the services check (facts 10)."""

import base64
import datetime
import http.client
import json
import os
import ssl
import sys
import time
import unittest
import urllib.parse

sys.path.insert(0, "/usr/lib/python3/dist-packages")
import awscli.customizations.codecommit as codecommit                 # noqa: E402
import botocore.session                                               # noqa: E402
from botocore.auth import SigV4QueryAuth                              # noqa: E402
from botocore.awsrequest import AWSRequest                            # noqa: E402
from botocore.credentials import Credentials                          # noqa: E402

from story import Story                                               # noqa: E402
from world import Fd, PASSPHRASE                                       # noqa: E402

CONFIG = """
[source main]
[dest prod]
account = 222222222222
role = Admin
region = eu-west-1
[dest bare]
account = 222222222222
role = ReadOnly
[dest audit]
account = 333333333333
role = Audit
source = prod
region = eu-west-1
"""
ADMIN = "arn:aws:sts::222222222222:assumed-role/Admin/alice"
V1 = "client.authentication.k8s.io/v1"
BETA = "client.authentication.k8s.io/v1beta1"
REGISTRY = "222222222222.dkr.ecr.eu-west-1.amazonaws.com"


class Tokens(Story):
    def setUp(self):
        super().setUp()
        self.given(CONFIG)

    def credentials(self, name="prod"):
        """Those that sign: handed out to us, as to anybody."""
        made = json.loads(self.works("credential-process", name).out)
        return Credentials(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])

    def log(self):
        path = os.path.join(self.world.home, ".local", "state", "xacct", "agent.log")
        with open(path, encoding="utf-8") as file:
            return file.read()


class Eks(Tokens):
    def token(self, *words, env=None, dest="prod", cluster="web"):
        said = self.works("eks-token", dest, "--cluster", cluster, *words, env=env)
        self.assertEqual(said.err, "")
        return json.loads(said.out)

    @staticmethod
    def url_in(token):
        prefix, text = token[:11], token[11:]
        assert prefix == "k8s-aws-v1." and "=" not in text, token
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()

    def identity(self, url, cluster):
        """As the cluster's verifier: asks STS by the URL, with the cluster's name beside."""
        parts = urllib.parse.urlsplit(url)
        trust = ssl.create_default_context(cafile=self.world.aws.ca_pem)
        line = http.client.HTTPSConnection(parts.hostname, parts.port, context=trust)
        line.request("GET", f"{parts.path}?{parts.query}", headers={"x-k8s-aws-id": cluster})
        reply = line.getresponse()
        body = reply.read().decode()
        line.close()
        return reply.status, body

    def test_the_verifier_sees_the_destination(self):
        url = self.url_in(self.token()["status"]["token"])
        status, body = self.identity(url, "web")
        self.assertEqual(status, 200, body)
        self.assertIn(f"<Arn>{ADMIN}</Arn>", body)
        self.assertEqual(self.identity(url, "other")[0], 403)
        spoiled = url.replace("X-Amz-Expires=60", "X-Amz-Expires=61")
        self.assertEqual(self.identity(spoiled, "web")[0], 403)

    def test_botocore_signs_the_same(self):
        """And nothing is in the URL that the verifier would not let pass."""
        url = self.url_in(self.token()["status"]["token"])
        parts = urllib.parse.urlsplit(url)
        values = dict(urllib.parse.parse_qsl(parts.query, strict_parsing=True))
        self.assertEqual(set(values), {
            "Action", "Version", "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date",
            "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Security-Token", "X-Amz-Signature"})
        self.assertEqual((parts.scheme, parts.path, values["Action"], values["X-Amz-Expires"],
                          values["X-Amz-SignedHeaders"]),
                         ("https", "/", "GetCallerIdentity", "60", "host;x-k8s-aws-id"))
        request = AWSRequest("GET", f"https://{parts.netloc}/?Action=GetCallerIdentity"
                                    "&Version=2011-06-15", headers={"x-k8s-aws-id": "web"})
        moment = datetime.datetime.strptime(values["X-Amz-Date"], "%Y%m%dT%H%M%SZ")
        with _at(moment):
            SigV4QueryAuth(self.credentials(), "sts", "eu-west-1", expires=60).add_auth(request)
        theirs = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(request.url).query))
        self.assertEqual(values, theirs)

    def test_the_form_of_the_command_line(self):
        """aws eks get-token says the same but for what must differ."""
        ours = self.token()
        said = self.works("exec", "prod", "--", "/usr/bin/aws", "eks", "get-token",
                          "--cluster-name", "web", "--region", "eu-west-1")
        theirs = json.loads(said.out)
        self.assertEqual({**ours, "status": None}, {**theirs, "status": None})
        self.assertEqual(set(ours["status"]), set(theirs["status"]))
        self.assertEqual(self.url_in(ours["status"]["token"]).count("&"),
                         self.url_in(theirs["status"]["token"]).count("&"))

    def test_its_end(self):
        moment = self.token()["status"]["expirationTimestamp"]
        end = datetime.datetime.strptime(moment, "%Y-%m-%dT%H:%M:%SZ").replace(
            tzinfo=datetime.timezone.utc).timestamp()
        self.assertTrue(800 < end - time.time() < 850, end - time.time())
        self.works("forget", "prod")
        self.world.aws.fault(action="AssumeRole", life_s=300, times=1)
        short = self.token()["status"]["expirationTimestamp"]
        self.assertLess(short, moment, "it outlives the credentials")

    def test_kept_for_its_life(self):
        first = self.token()
        time.sleep(1.1)
        self.assertEqual(self.token(), first)
        self.assertEqual(self.token("--min-ttl", "10m"), first)
        self.assertNotEqual(self.token("--refresh")["status"], first["status"])
        self.works("lock")
        self.fails(4, "eks-token", "prod", "--cluster", "web")

    def test_one_s_token_does_not_answer_for_another(self):
        """While the first one is kept."""
        self.token()
        other = self.url_in(self.token(cluster="other")["status"]["token"])
        self.assertEqual(self.identity(other, "other")[0], 200)
        self.assertEqual(self.identity(other, "web")[0], 403)
        self.assertIn("%2Feu-west-2%2Fsts%2F",
                      self.url_in(self.token("-r", "eu-west-2")["status"]["token"]))
        reader = self.url_in(self.token("-r", "eu-west-1", dest="bare")["status"]["token"])
        self.assertIn("assumed-role/ReadOnly", self.identity(reader, "web")[1])
        reader = self.url_in(self.token("--role", "ReadOnly")["status"]["token"])
        self.assertIn("assumed-role/ReadOnly", self.identity(reader, "web")[1])
        self.assertIn("%2Feu-west-1%2Fsts%2F", self.url_in(self.token()["status"]["token"]))

    def test_one_that_ends_too_soon_is_made_anew(self):
        first = self.token()
        time.sleep(1.1)
        self.assertNotEqual(self.token("--min-ttl", "14m"), first)

    def test_the_version_that_is_asked_for(self):
        self.assertEqual(self.token()["apiVersion"], BETA)
        for asked, got in ((V1, V1), (BETA, BETA)):
            info = {"kind": "ExecCredential", "apiVersion": asked,
                    "spec": {"interactive": False, "cluster": {"apiVersion": "no", "a": [1, {}]}}}
            made = self.token(env={"KUBERNETES_EXEC_INFO": json.dumps(info)})
            self.assertEqual(made["apiVersion"], got)
        for bad, words in (('{"apiVersion":"client.authentication.k8s.io/v1alpha1"}',
                            "v1alpha1, which no cluster takes"), ("{", "is not JSON"),
                           ("[]", "is not JSON"), ('{"apiVersion":"x"} y', "is not JSON")):
            said = self.world.xacct("eks-token", "prod", "--cluster", "web",
                                    env={"KUBERNETES_EXEC_INFO": bad})
            self.assertEqual((said.status, said.out), (2, ""), said)
            self.assertIn(words, said.err)

    def test_refused(self):
        self.assertIn("which region is the cluster in",
                      self.refused(2, "eks-token", "bare", "--cluster", "web"))
        for bad in ("a b", "-x", "é", "a/b", "x" * 101):
            said = self.world.xacct("eks-token", "prod", "--cluster", bad)
            self.assertEqual((said.status, said.out), (2, ""), said)

    def test_too_long_for_eks(self):
        self.world.aws.fault(action="AssumeRole", times=0,
                             edit={"Credentials/SessionToken": "T" * 4000})
        self.assertIn("longer than the 4096 bytes that EKS may have",
                      self.world.xacct("eks-token", "prod", "--cluster", "web").err)

    def test_it_is_logged_without_itself(self):
        token = self.token()["status"]["token"]
        log = self.log()
        self.assertIn("issued an EKS token of 'prod' as alice", log)
        self.assertNotIn(token[:40], log)


class Rds(Tokens):
    HOST = "db.c1x2y3.eu-west-1.rds.amazonaws.com"

    def token(self, *words, dest="prod", host=HOST, user="app"):
        said = self.works("rds-token", dest, "--host", host, "--port", "5432", "--user", user,
                          *words)
        return said.out.rstrip("\n")

    def botocore(self, token, host, user, region):
        moment = datetime.datetime.strptime(
            dict(urllib.parse.parse_qsl(token.partition("?")[2]))["X-Amz-Date"], "%Y%m%dT%H%M%SZ")
        session = botocore.session.Session()
        made = self.credentials()
        client = session.create_client("rds", region_name=region,
                                       aws_access_key_id=made.access_key,
                                       aws_secret_access_key=made.secret_key,
                                       aws_session_token=made.token)
        with _at(moment):
            return client.generate_db_auth_token(host, 5432, user)

    def assert_same(self, ours, theirs):
        self.assertEqual(ours.partition("?")[0], theirs.partition("?")[0])
        self.assertEqual(dict(urllib.parse.parse_qsl(ours.partition("?")[2])),
                         dict(urllib.parse.parse_qsl(theirs.partition("?")[2])))

    def test_botocore_makes_the_same(self):
        for user in ("app", "o'neil+x y", "ünï", "a&b=c"):
            token = self.token(user=user)
            self.assert_same(token, self.botocore(token, self.HOST, user, "eu-west-1"))

    def test_the_region(self):
        """The host's own, else -r, else the destination's."""
        token = self.token("-r", "us-east-1")
        self.assertIn("%2Feu-west-1%2Frds-db%2F", token)
        token = self.token("-r", "us-east-1", host="db.internal")
        self.assert_same(token, self.botocore(token, "db.internal", "app", "us-east-1"))
        self.assertIn("%2Feu-west-1%2F", self.token(host="db.internal"))
        self.assertIn("which region is the database in",
                      self.refused(2, "rds-token", "bare", "--host", "db.internal", "--port",
                                   "5432", "--user", "x"))

    def test_a_host_s_spelling_is_free(self):
        host = "DB.C1X2y3.EU-west-1.rds.amazonaws.com"
        token = self.token(host=host)
        self.assert_same(token, self.botocore(token, host, "app", "eu-west-1"))

    def test_china_has_another_form(self):
        token = self.token(host="db.c1x2y3.rds.cn-north-1.amazonaws.com.cn")
        self.assertIn("%2Fcn-north-1%2Frds-db%2F", token)
        for host in ("db.c1x2y3.amazonaws.com.cn", "proxy.x.y.z.amazonaws.com.cn"):
            said = self.refused(2, "rds-token", "prod", "--host", host, "--port", "1",
                                "--user", "u")
            self.assertIn("is not in the region eu-west-1", said)

    def test_refused(self):
        for host in ("a b", "a/b", "a?b", "a:1", "-a", "a..b", "x" * 254, "a@b", "[::1]"):
            said = self.world.xacct("rds-token", "prod", "--host", host, "--port", "1", "--user",
                                    "u")
            self.assertEqual((said.status, said.out), (2, ""), said)

    def test_no_key_comes_along(self):
        self.assertNotIn(self.credentials().secret_key, self.token())


class Git(Tokens):
    HOST = "git-codecommit.eu-west-1.amazonaws.com"

    def helper(self, operation="get", dest="prod", **fields):
        given = {"protocol": "https", "host": self.HOST, "path": "v1/repos/web", **fields}
        text = "".join(f"{name}={value}\n" for name, value in given.items() if value is not None)
        return self.world.xacct("git-credential", dest, operation, given=text + "\n")

    def fields(self, **how):
        said = self.helper(**how)
        self.assertEqual((said.status, said.err), (0, ""), said)
        return dict(line.split("=", 1) for line in said.out.splitlines())

    def by_the_command_line(self, password, host, region, path):
        """As `aws codecommit credential-helper get` signs, at the same moment."""
        request = AWSRequest("GIT", f"https://{host}/{path}")
        request.context["timestamp"] = password[:15]
        signer = codecommit.SigV4Auth(self.credentials(), "codecommit", region)
        text = f"GIT\n/{path}\n\nhost:{host}\n\nhost\n"
        to_sign = signer.string_to_sign(request, text)
        return f"{password[:15]}Z{signer.signature(to_sign, request)}"

    def test_the_command_line_makes_the_same(self):
        for host, path in ((self.HOST, "v1/repos/web"), (self.HOST, "v1/repos/a-b_c.d"),
                           ("git-codecommit-fips.us-east-1.amazonaws.com", "v1/repos/x")):
            made = self.fields(host=host, path=path)
            credentials = self.credentials()
            self.assertEqual(made["username"], f"{credentials.access_key}%{credentials.token}")
            self.assertEqual(made["password"], self.by_the_command_line(
                made["password"], host, host.split(".")[1], path))

    def test_other_hosts_get_nothing(self):
        for host in ("github.com", "git-codecommit.eu-west-1.amazonaws.com.evil.test",
                     "evil-git-codecommit.eu-west-1.amazonaws.com",
                     "xgit-codecommit.eu-west-1.amazonaws.com", "amazonaws.com",
                     "git-codecommit.amazonaws.com", "git-codecommit.eu-west-1.amazonaws.com:8443",
                     "s3.eu-west-1.amazonaws.com", ""):
            self.assertEqual(self.fields(host=host), {}, host)
        self.assertEqual(self.fields(protocol="http"), {})
        self.assertEqual(self.world.aws.calls("AssumeRole"), [])
        # A region of another partition than the suffix: refused, and not answered.
        self.assertEqual(self.helper(host="git-codecommit.cn-north-1.amazonaws.com").out, "")

    def test_the_other_operations(self):
        for operation in ("store", "erase"):
            self.assertEqual(self.fields(operation=operation), {})

    def test_without_the_path(self):
        said = self.helper(path=None)
        self.assertEqual((said.status, said.out), (2, ""))
        self.assertIn("useHttpPath true", said.err)

    def test_lines_of_any_length_pass_by(self):
        """git hands on what a server said; a line of ours that is too long is none."""
        long = "x" * 100000
        self.assertIn("username", self.fields(**{"wwwauth[]": long}))
        self.assertEqual(self.fields(host="github.com", **{"wwwauth[]": long}), {})
        self.assertEqual(self.fields(host=self.HOST + long), {})
        self.assertEqual(self.helper(path="v1/repos/" + long).status, 2)
        self.assertEqual(self.world.xacct("git-credential", "prod", given=long).out, "")

    def test_a_host_s_spelling_is_free(self):
        made = self.fields(host="Git-CodeCommit.EU-west-1.amazonaws.com:443")
        self.assertEqual(made["password"], self.by_the_command_line(
            made["password"], self.HOST, "eu-west-1", "v1/repos/web"))

    def test_a_path_that_is_none(self):
        for path in ("v1/repos/a\rb", "v1/repos/a b", "v1/repos/\x1b[2J"):
            said = self.helper(path=path)
            self.assertEqual((said.status, said.out), (2, ""), path)
            self.assertNotIn("\x1b", said.err)


class Docker(Tokens):
    def helper(self, operation="get", url="https://" + REGISTRY, **how):
        program = os.path.join(self.world.prefix, "bin", "docker-credential-xacct")
        return self.world.run(program, operation, given=url, **how)

    def test_docker_gets_what_it_wants(self):
        for url in ("https://" + REGISTRY, REGISTRY, REGISTRY + "/v2/", f"https://{REGISTRY}\n"):
            said = self.helper(url=url, env={"XACCT_DEST": "prod"})
            self.assertEqual((said.status, said.err), (0, ""), said)
            made = json.loads(said.out)
            self.assertEqual((made["ServerURL"], made["Username"]), (url.strip(), "AWS"))
            self.assertGreater(len(made["Secret"]), 1000)
        self.assertEqual(len(self.world.aws.calls("GetAuthorizationToken")), 1,
                         "kept for its life")
        (call,) = self.world.aws.calls("GetAuthorizationToken")
        self.assertEqual((call["caller"], call["region"]), (ADMIN, "eu-west-1"))

    def test_it_lasts_longer_than_what_signed(self):
        self.helper(env={"XACCT_DEST": "prod"})
        (prod,) = [dest for dest in json.loads(self.works("list", "--json").out)["destinations"]
                   if dest["name"] == "prod"]
        self.assertLess(prod["expires_at"], time.strftime("%Y-%m-%dT%H:%M:%SZ",
                                                          time.gmtime(time.time() + 3700)))
        self.works("env", "prod", "--refresh")
        self.helper(env={"XACCT_DEST": "prod"})
        self.assertEqual(len(self.world.aws.calls("GetAuthorizationToken")), 1)
        self.works("forget", "prod")
        self.helper(env={"XACCT_DEST": "prod"})
        self.assertEqual(len(self.world.aws.calls("GetAuthorizationToken")), 2)

    def test_which_destination(self):
        said = self.helper(url="https://333333333333.dkr.ecr.eu-west-1.amazonaws.com",
                           env={"XACCT_DEST": "prod"})
        self.assertEqual(said.status, 0, said)
        self.assertIn("assumed-role/Audit", self.world.aws.calls("GetAuthorizationToken")[0]
                      ["caller"])
        said = self.helper()
        self.assertEqual(said.status, 2)
        self.assertIn("2 destinations lead to account 222222222222", said.out)
        self.assertIn("export XACCT_DEST=", said.err)
        said = self.helper(url="https://444444444444.dkr.ecr.eu-west-1.amazonaws.com")
        self.assertEqual(said.status, 3)
        self.assertIn("no destination leads to account", said.out)

    def test_the_registry_of_another_account(self):
        """A central one lets others pull: XACCT_DEST says who that is."""
        other = "444444444444.dkr.ecr.eu-west-1.amazonaws.com"
        said = self.helper(url=other, env={"XACCT_DEST": "prod"})
        self.assertEqual(said.status, 0, said)
        self.assertEqual(json.loads(said.out)["ServerURL"], other)
        self.assertEqual(self.world.aws.calls("GetAuthorizationToken")[0]["caller"], ADMIN)
        said = self.helper(url=other.replace("eu-west-1", "us-east-1"), env={"XACCT_DEST": "prod"})
        self.assertEqual(said.status, 0, said)
        self.assertEqual(self.world.aws.calls("GetAuthorizationToken")[1]["region"], "us-east-1")
        said = self.helper(url=REGISTRY.replace("ecr", "ecr-fips"), env={"XACCT_DEST": "prod"})
        self.assertEqual(said.status, 0, said)

    def test_a_lock_meanwhile(self):
        """What comes after it is nobody's, and is not kept."""
        self.works("env", "prod")
        self.world.aws.fault(action="GetAuthorizationToken", delay_s=2, times=1)
        asked = self._begin_to_ask()
        self.works("lock")
        said = asked.end()
        self.assertEqual(said.status, 4, said)
        self.assertNotIn("Secret", said.out)
        self.assertNotIn("issued an ECR token", self.log())
        self.works("unlock", "--passphrase-fd", Fd(PASSPHRASE))
        self.assertEqual(self.helper(env={"XACCT_DEST": "prod"}).status, 0)
        self.assertEqual(len(self.world.aws.calls("GetAuthorizationToken")), 2)

    def test_forget_meanwhile(self):
        """Who asked before gets it, and it is not kept."""
        self.works("env", "prod")
        self.world.aws.fault(action="GetAuthorizationToken", delay_s=2, times=1)
        asked = self._begin_to_ask()
        self.works("forget", "prod")
        self.assertEqual(asked.end().status, 0)
        self.assertEqual(self.helper(env={"XACCT_DEST": "prod"}).status, 0)
        self.assertEqual(len(self.world.aws.calls("GetAuthorizationToken")), 2)

    def _begin_to_ask(self):
        program = os.path.join(self.world.prefix, "bin", "docker-credential-xacct")
        asked = self.world.start("sh", "-c", f"echo {REGISTRY} | {program} get",
                                 env={"XACCT_DEST": "prod"})
        end = time.monotonic() + 10
        while not self.world.aws.calls("GetAuthorizationToken") and time.monotonic() < end:
            time.sleep(0.02)
        return asked

    def test_other_registries(self):
        for url in ("https://index.docker.io/v1/", "ghcr.io", "", "https://x",
                    "https://22222222222.dkr.ecr.eu-west-1.amazonaws.com"):
            said = self.helper(url=url)
            self.assertEqual((said.status, said.out),
                             (1, "credentials not found in native keychain\n"), url)

    def test_a_name_that_only_looks_like_a_registry(self):
        said = self.helper(url=f"https://{REGISTRY}.evil.test", env={"XACCT_DEST": "prod"})
        self.assertEqual(said.status, 9, said)
        self.assertIn("not for", said.out)

    def test_another_account_s_token(self):
        self.world.aws.fault(action="GetAuthorizationToken", times=1, edit={
            "authorizationData": [{"authorizationToken": "QVdTOng=", "expiresAt":
                                   self.world.aws.now() + 600, "proxyEndpoint":
                                   "https://999999999999.dkr.ecr.eu-west-1.amazonaws.com"}]})
        said = self.helper(env={"XACCT_DEST": "prod"})
        self.assertEqual(said.status, 9, said)

    def test_what_comes_back_is_judged(self):
        good = {"authorizationToken": "QVdTOng=", "expiresAt": self.world.aws.now() + 600,
                "proxyEndpoint": "https://" + REGISTRY}
        for data in ([], [good, good], {}, "x", [{**good, "authorizationToken": "QQ"}],
                     [{**good, "authorizationToken": 5}], [{**good, "expiresAt": "soon"}],
                     [{**good, "expiresAt": 5}], [{**good, "expiresAt": 9e15}],
                     [{**good, "proxyEndpoint": None}], [{**good, "proxyEndpoint": "x" * 4000}],
                     [{**good, "authorizationToken": "Og=="}]):
            self.world.aws.fault(action="GetAuthorizationToken", times=1,
                                 edit={"authorizationData": data})
            said = self.helper(env={"XACCT_DEST": "prod"})
            self.assertEqual(said.status, 7, (data, said))

    def test_aws_refuses(self):
        self.world.aws.fault(action="GetAuthorizationToken", times=1, error={
            "code": "AccessDeniedException", "message": "not authorized to perform: "
            "ecr:GetAuthorizationToken", "status": 400})
        said = self.helper(env={"XACCT_DEST": "prod"})
        self.assertEqual(said.status, 6, said)
        self.assertIn("AccessDeniedException", said.err)

    def test_the_other_operations(self):
        self.assertEqual(self.helper("list", url="").out, "{}\n")
        for operation in ("store", "erase"):
            said = self.helper(operation, url='{"ServerURL":"x","Username":"y","Secret":"z"}')
            self.assertEqual((said.status, said.out), (0, ""))


def _at(moment):
    """botocore's clock stands still at this moment."""
    from unittest import mock

    class Clock(datetime.datetime):
        @classmethod
        def utcnow(cls):
            return moment

    return mock.patch("botocore.auth.datetime.datetime", Clock)


if __name__ == "__main__":
    unittest.main()
