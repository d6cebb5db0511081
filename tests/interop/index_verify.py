"""A second verifier of the subject index, written from docs/formats.md alone, with nothing but Python's standard library.

It checks no signature: not the log's under checkpoint and commitment, not those of the witnesses and mirrors, whose quorum
vouches that the index is the one that the entries give. It does not map statements to subjects, nor read snapshots.
"""
import base64, hashlib, struct

class Refused(Exception): pass

def need(condition, why):
    if not condition: raise Refused(why)

def H(*parts):
    return hashlib.sha256(b"".join(parts)).digest()

# Deterministic CBOR: integers, byte and text strings, arrays, maps, null; one spelling each, checked by re-encoding.
def head(major, n):
    for limit, extra, form in ((24, None, ""), (256, 24, ">B"), (65536, 25, ">H"), (2**32, 26, ">I"), (2**64, 27, ">Q")):
        if n < limit:
            return bytes([major << 5 | (n if extra is None else extra)]) + (struct.pack(form, n) if form else b"")
    raise Refused("integer too large")

def encode(v):
    if v is None: return b"\xf6"
    if isinstance(v, int): return head(0, v) if v >= 0 else head(1, -1 - v)
    if isinstance(v, bytes): return head(2, len(v)) + v
    if isinstance(v, str): return head(3, len(v.encode())) + v.encode()
    if isinstance(v, list): return head(4, len(v)) + b"".join(map(encode, v))
    pairs = sorted((encode(k), encode(x)) for k, x in v.items())
    return head(5, len(pairs)) + b"".join(k + x for k, x in pairs)

def decode(data):
    need(len(data) <= 8 << 20, "too long")
    value, end = item(data, 0, 0)
    need(end == len(data) and encode(value) == data, "not deterministic")
    return value

def item(d, at, depth):
    need(at < len(d) and depth <= 262, "cut short or too deep")
    if d[at] == 0xF6: return None, at + 1
    major, info = d[at] >> 5, d[at] & 31
    width = {24: 1, 25: 2, 26: 4, 27: 8}.get(info, 0)
    need(info < 28 and major < 6 and at + 1 + width <= len(d), "not allowed, or cut short")
    n = info if width == 0 else int.from_bytes(d[at + 1 : at + 1 + width], "big")
    at += 1 + width
    if major < 2: return (n if major == 0 else -1 - n), at
    if major < 4:
        need(at + n <= len(d), "cut short")
        raw = d[at : at + n]
        return (raw if major == 2 else raw.decode("utf-8", "strict")), at + n
    need(n <= len(d), "more items than bytes")
    values = []
    for _ in range(n * (major - 3)):
        value, at = item(d, at, depth + 1)
        values.append(value)
    if major == 4: return values, at
    keys = values[::2]
    need(all(isinstance(k, (int, str)) for k in keys) and len(set(keys)) == n, "map keys")
    return dict(zip(keys, values[1::2])), at

# Merkle trees of RFC 9162.
def mth(hashes):
    if len(hashes) <= 1: return hashes[0] if hashes else H(b"")
    k = 1
    while k * 2 < len(hashes): k *= 2
    return H(b"\x01", mth(hashes[:k]), mth(hashes[k:]))

def included(leaf, index, size, path):
    need(0 <= index < size, "not in the tree")
    fn, sn, r = index, size - 1, leaf
    for p in path:
        need(sn > 0 and len(p) == 32, "path too long")
        if fn & 1 or fn == sn:
            r = H(b"\x01", p, r)
            while not fn & 1 and fn: fn, sn = fn >> 1, sn >> 1
        else:
            r = H(b"\x01", r, p)
        fn, sn = fn >> 1, sn >> 1
    need(sn == 0, "path too short")
    return r

def consistent(m, first, n, second, path):
    need(0 < m < n and path, "no older size")
    path = list(path) if m & (m - 1) else [first, *path]
    fn, sn = m - 1, n - 1
    while fn & 1: fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        need(sn > 0, "path too long")
        if fn & 1 or fn == sn:
            fr, sr = H(b"\x01", c, fr), H(b"\x01", c, sr)
            while not fn & 1 and fn: fn, sn = fn >> 1, sn >> 1
        else:
            sr = H(b"\x01", sr, c)
        fn, sn = fn >> 1, sn >> 1
    need(sn == 0 and fr == first and sr == second, "not consistent")

# The index.
def varint(n):
    return bytes([n]) if n < 128 else bytes([n & 127 | 128, n >> 7])

def bit(key, b):
    return key[b >> 3] >> (7 - (b & 7)) & 1

def root_of(node, above=-1, turns=()):
    """The hash of a proof node; refuses every form that formats.md refuses."""
    if node is None:
        need(above == -1, "null below the root")
        return H(b"")
    if isinstance(node, bytes):
        need(len(node) == 32, "stub")
        return node
    need(isinstance(node, list) and len(node) in (2, 3), "node")
    if len(node) == 2:
        key, value = node
        need(isinstance(key, bytes) and len(key) == 32 and isinstance(value, bytes) and len(value) <= 1024, "leaf")
        need(all(bit(key, b) == side for b, side in turns), "the leaf is not where its bits lead")
        return H(b"\x00\x20", key, varint(len(value)), value)
    b, left, right = node
    need(isinstance(b, int) and above < b <= 255, "bit")
    need(left is not None and right is not None, "null below the root")
    return H(b"\x01", varint(b), root_of(left, b, (*turns, (b, 0))), root_of(right, b, (*turns, (b, 1))))

def record_at(node, key):
    while isinstance(node, list) and len(node) == 3:
        node = node[1 + bit(key, node[0])]
    need(not isinstance(node, bytes), "the proof stops before the key")
    if node is None or node[0] != key: return None
    record = decode(node[1])
    need(isinstance(record, dict) and record and len(node[1]) <= 1024, "record")
    for relation, entry in record.items():
        need(isinstance(relation, int) and 1 <= relation <= 255 and isinstance(entry, list) and len(entry) == 2, "record")
        need(isinstance(entry[0], int) and entry[0] >= 1 and isinstance(entry[1], bytes) and len(entry[1]) == 32, "record")
    return node[1]

def item_hash(index, leaf):
    return H(b"\x00", struct.pack(">Q", index), leaf)

def ascending(keys):
    return all(a < b for a, b in zip(keys, keys[1:]))

def count_below(e, key, relation):
    """How many there were at the older size of evidence that check_evidence has passed (formats.md, "subject index")."""
    record = decode(record_at(e[5], key) or b"\xa0")
    if relation not in record: return 0
    (n, root), older = record[relation], e[8][0]
    at = [el[2:] for el in e.get(7, []) if el[:2] == [key, relation]]
    for position, index, leaf, path in at:
        need(included(item_hash(index, leaf), position, n, path) == root, "element")
    if len(at) == 1 and at[0][0] == 0 and at[0][1] >= older: return 0
    if len(at) == 1 and at[0][0] == n - 1 and at[0][1] < older: return n
    need(len(at) == 2 and at[1][0] == at[0][0] + 1 and at[0][1] < older <= at[1][1], "the elements do not show the boundary")
    return at[1][0]

def check_evidence(data, origin, key, queries):
    e = decode(data)
    need(set(e) <= set(range(1, 9)), "fields")
    text = e[1].split(b"\n\n")[0].decode().split("\n")
    need(text[0] == origin, "origin")
    size, root = int(text[1]), base64.b64decode(text[2])
    sign1 = e[2]
    need(sign1[:2] == b"\xd2\x84", "not a COSE_Sign1")
    protected, at = item(sign1, 2, 0)
    _, at = item(sign1, at, 0)
    payload, at = item(sign1, at, 0)
    header = decode(protected)
    need(header[3] == "application/vnd.tallystick.index-commitment+cbor", "not a commitment")
    need(header[15] == {1: origin, 2: origin}, "not of this log")
    need(header[4] == H(b"\xa3\x01\x01\x20\x06\x21\x58\x20", key), "not by the log key")
    tag, covers, maps = decode(payload)
    need(tag == "tallystick/index-commitment/v1" and covers == size - 1, "commitment")
    need(included(H(b"\x00", sign1), covers, size, e[3]) == root, "commitment is not the last leaf")
    committed = {m[0]: m[2] for m in maps}
    need(e[4] == 1 and root_of(e[5]) == committed.get(1), "index root")
    need(e.get(6, 1) and e.get(7, 1), "an empty field is left out")
    need(ascending([l[:2] for l in e.get(6, [])]) and ascending([l[:3] for l in e.get(7, [])]), "lists not in order")
    lists = {(k, r): items for k, r, items in e.get(6, [])}
    for (k, r), items in lists.items():
        record = record_at(e[5], k)
        need(record is not None and r in decode(record), "a list without a record")
        n, list_root = decode(record)[r]
        indices = [i for i, _ in items]
        need(len(items) == n and indices == sorted(set(indices)) and indices[-1] < covers, "list")
        need(mth([item_hash(i, h) for i, h in items]) == list_root, "list root")
    if 8 in e:
        consistent(e[8][0], e[8][1], size, root, e[8][2])
    answers = []
    for k, r in queries:
        record = record_at(e[5], k)
        absent = record is None or r not in decode(record)
        need(absent or (k, r) in lists, "no list")
        answers.append([] if absent else lists[(k, r)])
    return answers
