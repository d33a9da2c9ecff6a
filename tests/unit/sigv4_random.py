"""SigV4 compared with botocore on random requests (N8).

usage: sigv4_random.py DRIVER [ROUNDS [SEED]]

The driver (tests/lib/sigv4_driver.c) signs each request with our code;
botocore, its clock held still, is the oracle. Where the two are given the same
request in different spellings (an escape in lower case, an escape that was not
needed), the signature must not change.
"""
import collections
import datetime
import random
import string
import subprocess
import sys
from urllib.parse import parse_qsl, quote

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

NOW = None


class FrozenDatetime(datetime.datetime):
    @classmethod
    def utcnow(cls):
        return NOW


class FrozenModule:
    datetime = FrozenDatetime


botocore.auth.datetime = FrozenModule

UNRESERVED = string.ascii_letters + string.digits + "-_.~"
PLAIN = UNRESERVED + " !$'()*,/:;@[]|\"<>\\^`{}"
WIDE = PLAIN + "%&=+?#éßĀЖ漢字🙂\u1234"
REGIONS = ["us-east-1", "eu-west-1", "cn-north-1", "us-gov-west-1", "ap-northeast-2", "il-central-1"]
SERVICES = ["sts", "iam", "ecr", "rds-db", "service", "execute-api"]
NAMES = ["X-Amz-Meta-A", "x-k8s-aws-id", "Content-Type", "X-Custom", "X-custom", "Accept", "a", "Zz-9",
         "X-Amz-Target", "Content-Length", "Range"]
Case = collections.namedtuple("Case", "words oracle query_form")


def text(rng, alphabet, low, high):
    return "".join(rng.choices(alphabet, k=rng.randint(low, high)))


def spell(rng, value):
    """value percent-encoded, in a spelling that only a decoder sees through."""
    out = []
    for byte in value.encode():
        if chr(byte) in UNRESERVED and rng.random() < 0.9:
            out.append(chr(byte))
        else:
            out.append("%%%02x" % byte if rng.random() < 0.5 else "%%%02X" % byte)
    return "".join(out)


def random_path(rng):
    segments = [rng.choice(["", ".", "..", text(rng, WIDE.replace("?", "").replace("#", ""), 1, 12)])
                if rng.random() < 0.5 else text(rng, UNRESERVED, 1, 12)
                for _ in range(rng.randint(0, 6))]
    return "/" + "/".join(segments)


def random_headers(rng):
    headers = []
    for _ in range(rng.randint(0, 6)):
        value = text(rng, PLAIN + "=&+%éЖ", 0, 30)
        if rng.random() < 0.3:
            value = "  " + value.replace(" ", "   ") + " \t "
        headers.append((rng.choice(NAMES), value))
    return headers


def make_case(rng, query_form):
    global NOW
    NOW = datetime.datetime(1971, 1, 1) + datetime.timedelta(seconds=rng.randrange(6 * 10**9))
    credentials = Credentials("AKIA" + text(rng, string.ascii_uppercase + string.digits, 12, 60),
                              text(rng, string.ascii_letters + string.digits + "+/", 1, 128),
                              text(rng, string.ascii_letters + string.digits + "+/=", 1, 900)
                              if rng.random() < 0.5 else None)
    region, service = rng.choice(REGIONS), rng.choice(SERVICES)
    method = rng.choice(["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH"])
    host = text(rng, string.ascii_lowercase + string.digits, 1, 20) + ".example.com"
    if rng.random() < 0.3:
        host += ":%d" % rng.randint(1024, 65535)
    path = random_path(rng)
    params = [(text(rng, WIDE, 1, 10), text(rng, WIDE, 0, 16)) for _ in range(rng.randint(0, 6))]
    if query_form:
        params = list(dict(params).items())      # botocore keeps one of a name
    elif params and rng.random() < 0.3:
        params.append((params[0][0], text(rng, WIDE, 0, 16)))
    headers = random_headers(rng)
    body = b"" if query_form or rng.random() < 0.3 else rng.randbytes(rng.randint(0, 300))
    canonical = "&".join(quote(k, safe="-_.~") + "=" + quote(v, safe="-_.~") for k, v in params)
    spelled = "&".join(spell(rng, k) + ("=" + spell(rng, v) if v or rng.random() < 0.5 else "")
                       for k, v in params)

    request = AWSRequest(method=method, url="https://" + host + path + ("?" + canonical if params else ""),
                         data=body)
    for name, value in headers:
        request.headers[name] = value
    words = [("method", method), ("path", path), ("query", spelled), ("body", body), ("region", region),
             ("service", service), ("id", credentials.access_key), ("secret", credentials.secret_key),
             ("token", credentials.token or "")]
    line = ["%s=%s" % (k, (v if isinstance(v, bytes) else v.encode()).hex()) for k, v in words]
    for name, value in headers + [("Host", host)]:
        line.append("header=%s:%s" % (name.encode().hex(), value.encode().hex()))
    line.append("time=%d" % NOW.replace(tzinfo=datetime.timezone.utc).timestamp())
    line.append("normalize=1")
    if query_form:
        expires = rng.randint(1, 604800)
        line.append("expires=%d" % expires)
        auth = botocore.auth.SigV4QueryAuth(credentials, service, region, expires=expires)
    else:
        auth = botocore.auth.SigV4Auth(credentials, service, region)
    auth.add_auth(request)
    oracle = request.url.split("?", 1)[1] if query_form else request.headers["Authorization"]
    return Case(" ".join(line), oracle, query_form)


def same(case, answer):
    if not case.query_form:
        return answer == case.oracle
    ours, theirs = (sorted(parse_qsl(q, keep_blank_values=True)) for q in (answer, case.oracle))
    return ours == theirs


def main():
    driver = sys.argv[1]
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 12000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(2**32)
    rng = random.Random(seed)
    cases = [make_case(rng, query_form=i % 3 == 0) for i in range(rounds)]
    run = subprocess.run([driver], input="".join(c.words + "\n" for c in cases), text=True,
                         capture_output=True, check=True)
    answers = run.stdout.split("\n")[:-1]
    assert len(answers) == len(cases), "the driver gave %d answers" % len(answers)
    wrong = [(c, a) for c, a in zip(cases, answers) if not same(c, a)]
    for case, answer in wrong[:3]:
        print("request ", case.words, "\nbotocore", case.oracle, "\nours    ", answer, "\n")
    print("%d random requests, seed %d: %d differ from botocore" % (rounds, seed, len(wrong)))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
