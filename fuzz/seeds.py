#!/usr/bin/env python3
"""seeds.py FOLDER: makes the first inputs of the targets from test-vectors/, in one folder for each target."""

import hashlib
import json
import pathlib
import sys

# How many inputs a target gets at most. All of them run before the fuzzer changes any, and some take milliseconds.
MOST = {"decode": 400, "verify": 200, "keys": 40, "decapsulate": 40, "batches": 6, "field": 40,
        "pairing": 12, "eccsi": 60, "backends": 15, "signers": 30,
        "messages": 200, "key_parameters": 100, "key_data": 60, "deliveries": 40, "kms": 60}

root = pathlib.Path(__file__).resolve().parent.parent
out = pathlib.Path(sys.argv[1])


seeds = {}


def seed(target, octets):
    seeds.setdefault(target, []).append(octets)


def write(target, octets):
    folder = out / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / hashlib.sha256(octets).hexdigest()[:20]).write_bytes(octets)


def octets(test, *names):
    """The named attributes, joined; none if one is missing or has an odd number of digits."""
    values = [test.get(name) for name in names]
    if any(not isinstance(value, str) or len(value) % 2 for value in values):
        return None
    return b"".join(map(bytes.fromhex, values))


def number(value):
    return min(value, 2**64 - 1).to_bytes(8, "big")


def of_test(operation, test):
    if operation == "eccsi-verify":
        yield "verify", octets(test, "signature", "M")
    if operation == "eccsi-validate":
        yield "keys", b"\1" + octets(test, "SSK", "PVT")
    if operation == "sakke-rsk":
        yield "keys", b"\0" + octets(test, "RSK")
        yield "keys", b"\2" + octets(test, "ID")
    if operation in ("sakke-decaps", "sakke"):
        yield "decapsulate", octets(test, "encapsulated")
        yield "decapsulate", octets(test, "SSV")
    if operation == "sakke":
        part = octets(test, "SSV"), octets(test, "ID")
        yield "batches", b"\x09" + 9 * (part[0] + bytes([len(part[1])]) + part[1])
        yield "pairing", octets(test, "z", "r")
        for what in range(4):
            yield "backends", (bytes([what]) + octets(test, "z") + bytes(range(1, 97)) + part[0]
                               + bytes([len(part[1])]) + part[1] + b"message")
    if operation == "pf-pow":
        base, exponent = octets(test, "base"), test["e"]
        yield "field", base + bytes.fromhex(exponent.rjust(len(exponent) + len(exponent) % 2, "0"))
    if operation == "eccsi":
        identifier = octets(test, "ID")
        yield "eccsi", (octets(test, "KSAK", "v", "j") + bytes([min(len(identifier), 255)])
                        + identifier + octets(test, "M"))
        message = octets(test, "M")[:200]
        yield "signers", (octets(test, "KSAK") + bytes(8)
                          + 9 * (b"\0\0\0" + bytes([len(message)]) + message))
    if operation in ("i-message", "psk"):
        yield "messages", octets(test, "message")
    if operation == "psk":
        yield "key_data", octets(test, "key_data_subpayload")
        if "verification" in test:
            yield "messages", bytes.fromhex(test["verification"]["message"])
    if operation == "i-message":
        yield "deliveries", octets(test, "message")
    if operation == "key-params":
        yield "key_parameters", octets(test, "data")
        yield "key_parameters", octets(test, "plaintext")
    if operation in ("aes-kw", "aes-kwp", "kms-wrap"):
        yield "kms", b"\1\x20\1" + octets(test, "wrapped")
    if operation == "kms-certificate":
        yield "kms", b"\2\6" + octets(test, "Z")
        yield "kms", b"\2\7" + octets(test, "KPAK")
    if operation == "key-set":
        yield "kms", b"\0keyprov/" + test["set_user_uri"].encode()
        yield "kms", b"\3\5" + test["set_kms_uri"].encode()
        yield "kms", b"\3\4" + number(test["period_no"])
    if operation == "uid" and "period" in test:
        uri, kms = test["identifier"].encode(), test["kms_uri"].encode()
        if len(uri) < 256 and len(kms) < 256:
            yield "identifier", (number(test["period"]) + number(test["offset"]) + number(2**32)
                                 + b"\x07\xdb\x02" + bytes([len(uri)]) + uri + kms)


def main():
    for file in sorted((root / "tests/kms_xml").glob("*.xml")):
        seed("kms_xml", file.read_bytes())
    for test in json.loads((root / "tests/kms_xml/signed.json").read_text())[::7]:
        seed("kms_xml", test["document"].encode())
    for number, test in enumerate(json.loads((root / "tests/kms_xml/forms.json").read_text())):
        seed("canonical", bytes([number % 256]) + test["document"].encode())
    for file in sorted((root / "test-vectors").glob("*.json")):
        document = json.loads(file.read_text())
        for group in document["groups"]:
            for i, test in enumerate(group["tests"]):
                for value in test.values():
                    if isinstance(value, str) and len(value) in (32, 64, 130, 256, 258, 514, 546):
                        try:
                            seed("decode", bytes.fromhex(value))
                        except ValueError:
                            pass
                for target, value in of_test(group["operation"], test):
                    if value:
                        seed(target, value)
                if i in (0, len(group["tests"]) - 1):
                    small = {"groups": [dict(group, tests=[test])]}
                    seed("vectors", json.dumps(small).encode())
    # Lives of some hundred deliveries, in some of which time passes slowly, and in others fast.
    for i in range(12):
        seed("network", bytes([i]) + hashlib.shake_256(bytes([i])).digest(500 * i + 499))
    for target, all_of_it in seeds.items():
        step = -(-len(all_of_it) // MOST.get(target, len(all_of_it)))
        for octets in all_of_it[::step]:
            write(target, octets)


main()
