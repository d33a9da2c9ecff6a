"""A stand-in for AWS: STS over TLS on the loopback, for tests and the demo.

It keeps accounts, users, keys, roles and trust policies (state, policy), verifies
every signature with botocore's signer (sigv4), answers as the real service does
(sts, answers), and plays faults on command (faults, control).
"""
