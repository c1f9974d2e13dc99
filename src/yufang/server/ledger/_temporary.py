import hashlib, json
def canonical(o): return json.dumps(o, sort_keys=True, separators=(",",":"), ensure_ascii=False).encode()
def leaf_hash(b): return hashlib.sha256(b"\0"+b).digest()
def _n(a,b): return hashlib.sha256(b"\1"+a+b).digest()
def root_hash(h):
    if not h: return hashlib.sha256(b"").digest()
    if len(h)==1: return h[0]
    k=1<<((len(h)-1).bit_length()-1)
    return _n(root_hash(h[:k]),root_hash(h[k:]))
def inclusion_proof(i,h):
    if len(h)==1: return []
    k=1<<((len(h)-1).bit_length()-1)
    if i<k: return inclusion_proof(i,h[:k])+[root_hash(h[k:])]
    return inclusion_proof(i-k,h[k:])+[root_hash(h[:k])]
