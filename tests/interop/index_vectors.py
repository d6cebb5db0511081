"""Has the second verifier of the subject index (index_verify.py) judge every vector that this project wrote.

Usage: python3 tests/interop/index_vectors.py tests/vectors/subject-index.json
Exits 0 when it agrees with every vector, else 1.
"""
import json, sys

from index_verify import H, Refused, check_evidence, count_below, decode, encode, item_hash, mth, need, record_at, root_of

def main(path):
    v = json.load(open(path))
    bad, checked, x = [], 0, bytes.fromhex

    def agree(ok, name):
        nonlocal checked
        checked += 1
        if not ok: bad.append(name)

    def refuses(call):
        try:
            call()
        except (Refused, KeyError, TypeError, ValueError, IndexError):
            return True
        return False

    for s in v["subjects"]:
        subject = x(s["subject"]) if s["type"] == 2 else s["subject"]
        agree(H(b"tallystick/subject-index/v1\x00", encode([s["type"], subject])).hex() == s["key"], "key")
    for entry in v["lists"]:
        agree(mth([item_hash(i, x(h)) for i, h in entry["items"]]).hex() == entry["root"], "list root")
    for r in v["records"]:
        raw = x(r["record"])
        found = record_at([bytes(32), raw], bytes(32))
        agree(found == raw and encode(decode(raw)) == raw and len(raw) == r["bytes"], "record")
    for tree in v["trees"]:
        root = tree["root"]
        for p in tree["proofs"]:
            node, key = decode(x(p["proof"])), x(p["key"])
            agree(root_of(node).hex() == root, f"root of {tree['name']}")
            found = record_at(node, key)
            agree((found.hex() if found else None) == p["record"], f"record in {tree['name']}")
        agree(root_of(decode(x(tree["together"]["proof"]))).hex() == root, f"joint proof of {tree['name']}")
    for n in v["negative"]:
        def attempt(n=n):
            node = decode(x(n["proof"]))
            need(root_of(node).hex() == n["root"], "root")
            record_at(node, x(n["key"]))
        agree(refuses(attempt), f"refuse {n['name']}")
    e = v["evidence"]
    queries = [(x(e["model"]), 15), (x(e["grant"]), 13)]
    found = check_evidence(x(e["evidence"]), e["origin"], x(e["publicKey"]), queries)
    agree([[i, h.hex()] for i, h in found[0]] == e["list"] and found[1] == [], "evidence")
    agree(encode(decode(x(e["commitmentPayload"]))).hex() == e["commitmentPayload"], "commitment payload")
    older = decode(x(e["evidence"]))
    agree(older[8][0] == e["asOfOlder"]["size"], "older size")
    agree(count_below(older, x(e["model"]), 15) == e["asOfOlder"]["count"], "count as of the older size")
    for i, element in enumerate(older[7]):
        for changed in ([*element[:3], element[3] + 1, *element[4:]], [*element[:4], bytes(32), element[5]], [*element[:5], element[5][:-1]]):
            forged = {**older, 7: [changed if j == i else other for j, other in enumerate(older[7])]}
            agree(refuses(lambda forged=forged: count_below(forged, x(e["model"]), 15)), f"changed element {i}")
    for name, forged in {
        "an empty field 7": {**older, 7: []},
        "a list twice": {**older, 6: [older[6][0], *older[6]]},
        "elements in another order": {**older, 7: older[7][::-1]},
    }.items():
        agree(refuses(lambda forged=forged: check_evidence(encode(forged), e["origin"], x(e["publicKey"]), queries)), name)
    for r in e["refused"]:
        agree(refuses(lambda r=r: check_evidence(x(r["evidence"]), e["origin"], x(e["publicKey"]), queries)), r["name"])
    print(f"index_vectors.py: {checked - len(bad)} of {checked} vectors agree")
    for name in bad: print(f"  differs: {name}")
    return 1 if bad else 0

if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
