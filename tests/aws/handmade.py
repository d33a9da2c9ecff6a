"""Requests signed by botocore and then spoiled: what a test sends when it must be refused."""

import datetime
import http.client
import re
import ssl
import urllib.parse

from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


class Reply:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read().decode()

    def field(self, name):
        found = re.search(rf"<{name}>(.*?)</{name}>", self.body, re.DOTALL)
        return found.group(1) if found else None


class Handmade:
    """aws: a StandIn. key: (access key id, secret) or with a token as a third."""

    def __init__(self, aws, key, region="eu-west-1", service="sts", skew_s=0):
        self._aws = aws
        self._credentials = Credentials(*key)
        self._region, self._service, self._skew_s = region, service, skew_s

    def sign(self, headers=(), **parameters):
        body = urllib.parse.urlencode({"Version": "2011-06-15", **parameters}).encode()
        request = AWSRequest("POST", self._aws.endpoint + "/", data=body)
        request.headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8"
        request.headers["Host"] = self._aws.endpoint.partition("//")[2]
        for name, value in headers:
            request.headers[name] = value
        signer = auth.SigV4Auth(self._credentials, self._service, self._region)
        now = datetime.datetime.utcnow() + datetime.timedelta(seconds=self._skew_s)
        request.context["timestamp"] = now.strftime("%Y%m%dT%H%M%SZ")
        signer._modify_request_before_signing(request)
        canonical = signer.canonical_request(request)
        signer._inject_signature_to_request(
            request, signer.signature(signer.string_to_sign(request, canonical), request))
        return request

    def send(self, request):
        host = urllib.parse.urlsplit(self._aws.endpoint)
        trust = ssl.create_default_context(cafile=self._aws.ca_pem)
        line = http.client.HTTPSConnection(host.hostname, host.port, context=trust, timeout=20)
        try:
            line.putrequest("POST", "/", skip_host=True, skip_accept_encoding=True)
            for name, value in request.headers.items():
                line.putheader(name, value)
            line.putheader("Content-Length", str(len(request.data)))
            line.endheaders(request.data)
            return Reply(line.getresponse())
        finally:
            line.close()

    def call(self, action="GetCallerIdentity", **parameters):
        return self.send(self.sign(Action=action, **parameters))
