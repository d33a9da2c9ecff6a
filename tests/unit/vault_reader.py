"""Reads and writes the vault's file by agent/vault/FORMAT.md alone, with PyNaCl.

usage: vault_reader.py show VAULT          asks for the passphrase, prints everything
       vault_reader.py test VAULT_OP       compares itself with the vault's own code
"""
import getpass
import hashlib
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile

HEADER = 256
ENTRY_FIELDS = ("name", "key_id", "secret", "account", "arn")
CURRENT, INTENT, PENDING, RETIRED = range(4)


class Refused(Exception):
    pass


def want(condition, what):
    if not condition:
        raise Refused(what)


def derive(passphrase, salt, t, m_kib):
    from nacl.pwhash import argon2id
    out = argon2id.kdf(64, passphrase, salt, opslimit=t, memlimit=m_kib * 1024)
    return out[:32], out[32:]


def decrypt(ciphertext, associated, nonce, key):
    from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt
    from nacl.exceptions import CryptoError
    try:
        return crypto_aead_xchacha20poly1305_ietf_decrypt(ciphertext, associated, nonce, key)
    except CryptoError:
        raise Refused("wrong passphrase, or damaged")


def encrypt(plain, associated, nonce, key):
    from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_encrypt
    return crypto_aead_xchacha20poly1305_ietf_encrypt(plain, associated, nonce, key)


def check_entry(entry):
    want(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.@:+/%-]{0,63}", entry["name"]), "name")
    want(CURRENT <= entry["kind"] <= RETIRED, "kind")
    want(entry["due"] < 1 << 63 and (entry["due"] == 0 or entry["kind"] == RETIRED), "due")
    if entry["kind"] == INTENT:
        want(not any(entry[field] for field in ENTRY_FIELDS[1:]), "an intent with a key")
        return
    want(re.fullmatch(r"[A-Za-z0-9_]{16,128}", entry["key_id"]), "key id")
    want(re.fullmatch(r"[!-~]{1,128}", entry["secret"]), "secret")
    want(re.fullmatch(r"([0-9]{12})?", entry["account"]), "account")


def check_order(entries):
    names = [entry["name"].encode() for entry in entries if entry["kind"] == CURRENT]
    want(names == sorted(set(names)), "order of names")
    for before, entry in zip([None] + entries, entries):
        if entry["kind"] != CURRENT:
            want(before and before["kind"] == CURRENT and before["name"] == entry["name"], "no current key")
            want(before["key_id"] != entry["key_id"], "one key twice")


def read_body(plain):
    """(entries, body version)"""
    version, count = struct.unpack_from(">HH", plain)
    want(version in (1, 2) and count <= 4096, "body version or count")
    at, entries = 4, []
    for _ in range(count):
        entry = {}
        for field in ENTRY_FIELDS:
            (length,) = struct.unpack_from(">H", plain, at)
            entry[field] = plain[at + 2:at + 2 + length].decode()
            at += 2 + length
        (entry["created"],) = struct.unpack_from(">Q", plain, at)
        at += 8
        entry["kind"], entry["due"] = struct.unpack_from(">BQ", plain, at) if version == 2 else (CURRENT, 0)
        at += 9 if version == 2 else 0
        check_entry(entry)
        entries.append(entry)
    want(not any(plain[at:]), "padding")
    check_order(entries)
    return entries, version


def read_vault(file, passphrase):
    """(entries, header fields, data key)"""
    want(4368 <= len(file) <= 1 << 20, "length")
    header = file[:HEADER]
    magic, version, header_len, kdf, t, m_kib, lanes, zero = struct.unpack_from(">8sHHIIIII", header)
    want(magic == b"xacctvlt" and version == 1 and header_len == HEADER, "start")
    want(kdf == 1 and 1 <= t <= 16 and 8 <= m_kib <= 2 << 20 and lanes == 1 and zero == 0, "derivation")
    salt, commitment, wrap_nonce, wrapped, generation, body_nonce, body_len = struct.unpack_from(
        ">16s32s24s48sQ24sI", header, 32)
    want(not any(header[188:]) and body_len % 4096 == 16 and len(file) == HEADER + body_len, "body length")
    wrapping_key, committed = derive(passphrase, salt, t, m_kib)
    want(committed == commitment, "wrong passphrase, or damaged")
    data_key = decrypt(wrapped, header[:104], wrap_nonce, wrapping_key)
    entries, version = read_body(decrypt(file[HEADER:], header, body_nonce, data_key))
    return entries, {"t": t, "m_kib": m_kib, "generation": generation, "body": version}, data_key


def write_vault(entries, passphrase, t, m_kib, generation):
    version = 2 if any(entry["kind"] != CURRENT for entry in entries) else 1
    plain = struct.pack(">HH", version, len(entries))
    for entry in sorted(entries, key=lambda e: (e["name"].encode(), e["kind"])):
        for field in ENTRY_FIELDS:
            text = entry[field].encode()
            plain += struct.pack(">H", len(text)) + text
        plain += struct.pack(">Q", entry["created"])
        if version == 2:
            plain += struct.pack(">BQ", entry["kind"], entry["due"])
    plain += bytes(-len(plain) % 4096)
    salt, data_key, wrap_nonce, body_nonce = os.urandom(16), os.urandom(32), os.urandom(24), os.urandom(24)
    wrapping_key, commitment = derive(passphrase, salt, t, m_kib)
    header = struct.pack(">8sHHIIIII", b"xacctvlt", 1, HEADER, 1, t, m_kib, 1, 0)
    header += salt + commitment + wrap_nonce
    header += encrypt(data_key, header, wrap_nonce, wrapping_key)
    header += struct.pack(">Q", generation) + body_nonce + struct.pack(">I", len(plain) + 16)
    header += bytes(HEADER - len(header))
    return header + encrypt(plain, header, body_nonce, data_key)


def read_state(file, data_key):
    """(generation, header hash)"""
    want(len(file) == 96 and file[:16] == b"xacctsta\0\1" + bytes(6), "state file")
    key = hashlib.blake2b(b"xacct state v1", digest_size=32, key=data_key).digest()
    return struct.unpack(">Q32s", decrypt(file[40:], file[:16], file[16:40], key))


# --- the test -----------------------------------------------------------------------

PASSPHRASE = "pa\u00df wort"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
KEY_ID, NEW_KEY_ID, NOW = "AKIAIOSFODNN7EXAMPLE", "AKIAI44QH8DHBEXAMPLE", 1800000000


def slurp(path):
    with open(path, "rb") as file:
        return file.read()


def vault_op(program, root, *words, second=SECRET):
    run = subprocess.run([program, root + "/vault", root + "/state", *words], capture_output=True,
                         text=True, input=PASSPHRASE + "\n" + second + "\n")
    assert run.returncode == 0, run.stderr
    return run.stdout


def check_what_xacct_wrote(program, root):
    vault_op(program, root, "create", "main")
    vault_op(program, root, "add", "Other", second="short")
    file = slurp(root + "/vault")
    entries, header, data_key = read_vault(file, PASSPHRASE.encode())
    assert [e["name"] for e in entries] == ["Other", "main"]
    assert [e["secret"] for e in entries] == ["short", SECRET]
    assert entries[1]["account"] == "111111111111" and entries[1]["created"] == 1768480496
    assert header["generation"] == 2 and header["body"] == 1 and header["t"] >= 3 and header["m_kib"] == 256 * 1024
    header_hash = hashlib.blake2b(file[:HEADER], digest_size=32).digest()
    assert read_state(slurp(root + "/state"), data_key) == (2, header_hash)
    for passphrase in (b"wrong", PASSPHRASE.encode() + b"\0"):
        try:
            read_vault(file, passphrase)
            raise AssertionError("opened by a wrong passphrase")
        except Refused:
            pass


def check_a_rotation_of_xacct(program, root):
    """Each step, as (kind, key id, created, due) of what stands under the name."""
    steps = {
        "intend": [(CURRENT, KEY_ID, 1768480496, 0), (INTENT, "", NOW, 0)],
        "pend": [(CURRENT, KEY_ID, 1768480496, 0), (PENDING, NEW_KEY_ID, NOW + 1, 0)],
        "switch": [(CURRENT, NEW_KEY_ID, NOW + 2, 0), (RETIRED, KEY_ID, 1768480496, NOW + 86400)],
        "settle": [(CURRENT, NEW_KEY_ID, NOW + 2, 0)],
    }
    for step, wanted in steps.items():
        vault_op(program, root, step, "main")
        entries, header, _ = read_vault(slurp(root + "/vault"), PASSPHRASE.encode())
        found = [(e["kind"], e["key_id"], e["created"], e["due"]) for e in entries if e["name"] == "main"]
        assert found == wanted, (step, found)
        assert len(entries) == len(wanted) + 1 and header["body"] == min(len(wanted), 2), (step, header)


def put_vault(root, entries):
    for name in ("/vault", "/state"):
        if os.path.exists(root + name):
            os.unlink(root + name)
    with open(root + "/vault", "wb", opener=lambda p, f: os.open(p, f, 0o600)) as file:
        file.write(write_vault(entries, PASSPHRASE.encode(), 1, 64 * 1024, 41))


def entry_of(name, kind=CURRENT, **more):
    entry = {"name": name, "key_id": KEY_ID, "secret": SECRET, "account": "", "arn": "", "created": 7,
             "kind": kind, "due": 0, **more}
    return entry | {"key_id": "", "secret": ""} if kind == INTENT else entry


def check_what_xacct_reads(program, root):
    for entries, shown, body in (
            ([entry_of("zwei"), entry_of("a/b", account="000000000001")], " a/b zwei\n", 1),
            ([entry_of("zwei"), entry_of("zwei", INTENT), entry_of("b"), entry_of("c"),
              entry_of("b", PENDING, key_id="AKIA_SOME_OTHER_KEY"),
              entry_of("c", RETIRED, key_id="AKIA_SOME_OTHER_KEY", due=9)],
             " b+pending? c+retired? zwei+intent\n", 2)):
        put_vault(root, entries)
        assert vault_op(program, root, "show") == shown
        again, header, _ = read_vault(slurp(root + "/vault"), PASSPHRASE.encode())
        assert again == sorted(entries, key=lambda e: (e["name"], e["kind"]))
        assert header == {"t": 3, "m_kib": 256 * 1024, "generation": 42, "body": body}   # raised


def check_what_both_refuse(program, root):
    a, other = entry_of("a"), "AKIA_SOME_OTHER_KEY"
    for entries in ([entry_of("a", INTENT)], [a, entry_of("a", PENDING)], [a, entry_of("b", RETIRED)],
                    [a, entry_of("a", INTENT), entry_of("a", PENDING, key_id=other)],
                    [a, entry_of("a", PENDING, key_id=other, due=1)], [a, entry_of("a", 4, key_id=other)],
                    [a, entry_of("a", INTENT) | {"account": "111111111111"}]):
        put_vault(root, entries)
        try:
            read_vault(slurp(root + "/vault"), PASSPHRASE.encode())
            raise AssertionError("read: %r" % entries)
        except Refused:
            pass
        run = subprocess.run([program, root + "/vault", root + "/state", "show"], capture_output=True,
                             text=True, input=PASSPHRASE + "\n")
        assert run.returncode == 1 and "content does not parse" in run.stderr, (entries, run)


def test(program):
    try:
        import nacl.bindings    # noqa: F401
    except ImportError:
        print("skipped: needs python3-nacl")
        return 77
    root = tempfile.mkdtemp(prefix="xacct-reader-")
    try:
        check_what_xacct_wrote(program, root)
        check_a_rotation_of_xacct(program, root)
        check_what_xacct_reads(program, root)
        check_what_both_refuse(program, root)
    finally:
        shutil.rmtree(root)
    print("each reads what the other wrote")
    return 0


def main():
    if sys.argv[1:2] == ["test"]:
        return test(sys.argv[2])
    entries, header, _ = read_vault(slurp(sys.argv[2]), getpass.getpass("passphrase: ").encode())
    print(header)
    for entry in entries:
        print(entry)
    return 0


if __name__ == "__main__":
    sys.exit(main())
