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


def read_body(plain):
    version, count = struct.unpack_from(">HH", plain)
    want(version == 1 and count <= 4096, "body version or count")
    at, entries = 4, []
    for _ in range(count):
        entry = {}
        for field in ENTRY_FIELDS:
            (length,) = struct.unpack_from(">H", plain, at)
            entry[field] = plain[at + 2:at + 2 + length].decode()
            at += 2 + length
        (entry["created"],) = struct.unpack_from(">Q", plain, at)
        at += 8
        want(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.@:+/%-]{0,63}", entry["name"]), "name")
        want(re.fullmatch(r"[A-Za-z0-9_]{16,128}", entry["key_id"]), "key id")
        want(re.fullmatch(r"[!-~]{1,128}", entry["secret"]), "secret")
        want(re.fullmatch(r"([0-9]{12})?", entry["account"]), "account")
        entries.append(entry)
    want(not any(plain[at:]), "padding")
    names = [entry["name"].encode() for entry in entries]
    want(names == sorted(set(names)), "order of names")
    return entries


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
    entries = read_body(decrypt(file[HEADER:], header, body_nonce, data_key))
    return entries, {"t": t, "m_kib": m_kib, "generation": generation}, data_key


def write_vault(entries, passphrase, t, m_kib, generation):
    plain = struct.pack(">HH", 1, len(entries))
    for entry in sorted(entries, key=lambda e: e["name"].encode()):
        for field in ENTRY_FIELDS:
            text = entry[field].encode()
            plain += struct.pack(">H", len(text)) + text
        plain += struct.pack(">Q", entry["created"])
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
    assert header["generation"] == 2 and header["t"] >= 3 and header["m_kib"] == 256 * 1024
    header_hash = hashlib.blake2b(file[:HEADER], digest_size=32).digest()
    assert read_state(slurp(root + "/state"), data_key) == (2, header_hash)
    for passphrase in (b"wrong", PASSPHRASE.encode() + b"\0"):
        try:
            read_vault(file, passphrase)
            raise AssertionError("opened by a wrong passphrase")
        except Refused:
            pass


def check_what_xacct_reads(program, root):
    entries = [{"name": name, "key_id": "AKIAIOSFODNN7EXAMPLE", "secret": SECRET, "account": account,
                "arn": "", "created": 7} for name, account in (("zwei", ""), ("a/b", "000000000001"))]
    with open(root + "/vault", "wb", opener=lambda p, f: os.open(p, f, 0o600)) as file:
        file.write(write_vault(entries, PASSPHRASE.encode(), 1, 64 * 1024, 41))
    os.unlink(root + "/state")
    assert vault_op(program, root, "show") == " a/b zwei\n"
    again, header, _ = read_vault(slurp(root + "/vault"), PASSPHRASE.encode())
    assert again == sorted(entries, key=lambda e: e["name"])
    assert header == {"t": 3, "m_kib": 256 * 1024, "generation": 42}     # raised by the unlock


def test(program):
    try:
        import nacl.bindings    # noqa: F401
    except ImportError:
        print("skipped: needs python3-nacl")
        return 77
    root = tempfile.mkdtemp(prefix="xacct-reader-")
    try:
        check_what_xacct_wrote(program, root)
        check_what_xacct_reads(program, root)
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
