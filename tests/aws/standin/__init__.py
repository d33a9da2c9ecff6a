"""A stand-in for AWS: STS, IAM and a little more over TLS on the loopback, for tests and the
demo.

It keeps accounts with their users, keys, roles and policies (describe, holders, state),
verifies every signature with botocore's signer (sigv4), weighs policies as the real service
does (evaluate), lets changes spread at a pace that is set (spread), answers as the real
service does (sts, iam, answers), and plays faults on command (faults, control).
"""
