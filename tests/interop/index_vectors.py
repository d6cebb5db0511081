"""Has the second verifier of the subject index (index_verify.py) judge every vector that this project wrote.

Usage: python3 tests/interop/index_vectors.py tests/vectors/subject-index.json [index-tree.json of the design]
Exits 0 when it agrees with every vector, else 1.
"""
import json, struct, sys

from index_verify import (
    H, Refused, bit, check_evidence, count_below, decode, encode, item, item_hash, mth, need, record_at, root_of
)

bad, checked, x = [], 0, bytes.fromhex

def agree(ok, name):
    global checked
    checked += 1
    if not ok: bad.append(name)

def refuses(call):
    try:
        call()
    except (Refused, KeyError, TypeError, ValueError, IndexError):
        return True
    return False

# What a prover does, so that roots and proofs are computed here too, and not only read.
def numbered(name, i):
    return H(name, struct.pack(">I", i))

def numbered_row(i):
    return numbered(b"key", i), encode({15: [1, item_hash(i, numbered(b"leaf", i))]})

def parting(a, b):
    """The first bit in which two keys differ."""
    return next(at for at in range(256) if bit(a, at) != bit(b, at))

def build(rows):
    """The tree of rows in ascending order of their keys, as a proof from which nothing is cut off."""
    if len(rows) < 2: return list(rows[0]) if rows else None
    b = parting(rows[0][0], rows[-1][0])
    right = next(i for i, (key, _) in enumerate(rows) if bit(key, b))
    return [b, build(rows[:right]), build(rows[right:])]

def cut(node, keys):
    """The one proof for these keys."""
    if node is None or len(node) == 2: return node
    b, sides = node[0], ([k for k in keys if not bit(k, node[0])], [k for k in keys if bit(k, node[0])])
    return [b, *(cut(below, inside) if inside else root_of(below) for below, inside in zip(node[1:], sides))]

def check_own(v):
    for d in v["divergence"]:
        # Two keys that differ in this bit and in nothing before it; behind it they differ in some.
        key = int.from_bytes(numbered(b"key", 0), "big")
        for mask in (1 << 255 - d["bit"], (1 << 256 - d["bit"]) - 1):
            found = parting(key.to_bytes(32, "big"), (key ^ mask).to_bytes(32, "big"))
            agree(found == d["bit"] == d["found"], f"keys that part at bit {d['bit']}")
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
        root, name = tree["root"], tree["name"]
        rows = [(x(k), x(r)) for k, r in tree["rows"]] if "rows" in tree else map(numbered_row, range(tree["numbered"]))
        whole = build(sorted(rows))
        agree(root_of(whole).hex() == root, f"root of the rows of {name}")
        for p in tree["proofs"]:
            node, key = decode(x(p["proof"])), x(p["key"])
            agree(root_of(node).hex() == root, f"root of {name}")
            agree(node == cut(whole, [key]), f"proof in {name}")
            found = record_at(node, key)
            agree((found.hex() if found else None) == p["record"], f"record in {name}")
        node, keys = decode(x(tree["together"]["proof"])), [x(key) for key in tree["together"]["keys"]]
        agree(root_of(node).hex() == root, f"joint proof of {name}")
        agree(node == cut(whole, keys), f"joint proof of {name}")
        agree(keys == [x(p["key"]) for p in tree["proofs"]], f"keys of the joint proof of {name}")
        for p in tree["proofs"]:
            found = record_at(node, x(p["key"]))
            agree((found.hex() if found else None) == p["record"], f"record in the joint proof of {name}")
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
    older = decode(x(e["evidence"]))
    # The third part of a COSE_Sign1, behind its tag, the head of the array, and both headers.
    payload = item(older[2], item(older[2], item(older[2], 2, 0)[1], 0)[1], 0)[0]
    agree(payload.hex() == e["commitmentPayload"] and encode(decode(payload)) == payload, "commitment payload")
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

def check_design(v):
    """The vectors of the design; its keys are taken as given, for they were made with other types of subjects."""
    key_a, key_z, record = x(v["key_A"]), x(v["key_Z"]), x(v["record_A"])
    agree(root_of(None).hex() == v["empty_root"], "empty root")
    agree(root_of([key_a, record]).hex() == v["root_A_only"], "root of one subject")
    agree(record_at([key_a, record], key_a) == record and encode(decode(record)) == record, "record")
    proof = decode(x(v["absence_Z_in_ABC"]))
    agree(root_of(proof).hex() == v["root_ABC"], "root of three subjects")
    agree(record_at(proof, key_z) is None, "absence")
    agree(refuses(lambda: record_at(proof, key_a)), "refuse a proof for another key")
    commitment = x(v["commitment_leaf"])
    agree(decode(commitment) == ["tallystick/index-commitment/v1", 3, [[1, 3, x(v["root_ABC"])]]], "commitment payload")

def main(own, *design):
    check_own(json.load(open(own)))
    for path in design: check_design(json.load(open(path)))
    print(f"index_vectors.py: {checked - len(bad)} of {checked} vectors agree")
    for name in bad: print(f"  differs: {name}")
    return 1 if bad else 0

if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
