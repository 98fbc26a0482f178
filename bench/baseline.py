#!/usr/bin/env python3
"""Baselines for the benchmarks: what a user would run instead, in plain PyTorch (>= 2.6; no other package).

train   one optimiser step of DPO as TRL's DPOTrainer does it by default: chosen and rejected each carry their whole
        prompt, right-padded and concatenated; the reference model runs in every step; logits of every position
        (--logits step: of the completion only, as TRL 1.16 on a GPU).
sample  generation as transformers' generate() does it: the prompt repeated n times, left-padded, one key/value cache
        grown by concatenation, temperature and top-p by sorting, rows run until the longest has finished.

Both use the Qwen2 / Llama architecture with scaled_dot_product_attention. Prints one JSON object. How close it is to the
real ones: docs/performance.md.

A copy of the script that was checked against TRL 1.16 and transformers 5.23. Added here: --weights and --pairs (both programs
start from the same numbers), --warm-pairs, processor seconds and peak memory, log-probabilities summed in fp64.
"""
import argparse, json, statistics, struct, time
import torch, torch.nn as nn, torch.nn.functional as F
import torch.utils.checkpoint


class RMSNorm(nn.Module):
    def __init__(self, d, eps):
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.ones(d)), eps

    def forward(self, x):
        h = x.float()
        return self.weight * (h * torch.rsqrt(h.pow(2).mean(-1, keepdim=True) + self.eps)).to(x.dtype)


def rotate(x):
    a, b = x.chunk(2, -1)
    return torch.cat((-b, a), -1)


class Layer(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c, d, hd = c, c["hidden_size"], c["hidden_size"] // c["num_attention_heads"]
        h, kv, b = c["num_attention_heads"], c["num_key_value_heads"], c.get("bias", True)
        self.q, self.k, self.v = nn.Linear(d, h * hd, b), nn.Linear(d, kv * hd, b), nn.Linear(d, kv * hd, b)
        self.o = nn.Linear(h * hd, d, False)
        f = c["intermediate_size"]
        self.gate, self.up, self.down = nn.Linear(d, f, False), nn.Linear(d, f, False), nn.Linear(f, d, False)
        self.n1, self.n2, self.hd = RMSNorm(d, 1e-6), RMSNorm(d, 1e-6), hd

    def forward(self, x, cos, sin, mask, cache):
        B, T, _ = x.shape
        y = self.n1(x)
        q = self.q(y).view(B, T, -1, self.hd).transpose(1, 2)
        k = self.k(y).view(B, T, -1, self.hd).transpose(1, 2)
        v = self.v(y).view(B, T, -1, self.hd).transpose(1, 2)
        q, k = q * cos + rotate(q) * sin, k * cos + rotate(k) * sin
        if cache is not None:
            if cache:
                k, v = torch.cat((cache[0], k), 2), torch.cat((cache[1], v), 2)
            cache[:] = [k, v]
        g = q.shape[1] // k.shape[1]
        if mask is None:        # these three cases as transformers has them
            a = F.scaled_dot_product_attention(q, k, v, is_causal=T > 1, enable_gqa=g > 1)
        elif T == 1:
            a = F.scaled_dot_product_attention(q.reshape(B, -1, g, self.hd), k, v, attn_mask=mask).reshape(B, -1, 1, self.hd)
        else:
            k, v = k.repeat_interleave(g, 1), v.repeat_interleave(g, 1)
            a = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        x = x + self.o(a.transpose(1, 2).reshape(B, T, -1))
        y = self.n2(x)
        return x + self.down(F.silu(self.gate(y)) * self.up(y))


class Model(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c = c
        self.embed = nn.Embedding(c["vocab_size"], c["hidden_size"])
        self.layers = nn.ModuleList(Layer(c) for _ in range(c["num_hidden_layers"]))
        self.norm = RMSNorm(c["hidden_size"], 1e-6)
        hd = c["hidden_size"] // c["num_attention_heads"]
        self.inv = 1.0 / (1e6 ** (torch.arange(0, hd, 2).float() / hd))     # stays fp32: no buffer
        for p in self.parameters():
            if p.dim() > 1:
                nn.init.normal_(p, std=0.02)

    def forward(self, ids, attention_mask, caches=None, checkpoint=False, keep=None):
        """ids [B,T], attention_mask [B,S] (S = cached + T) -> logits [B,T,vocab], or of the positions `keep` alone: [n,vocab]"""
        B, T = ids.shape
        S = attention_mask.shape[1]
        pos = (attention_mask.cumsum(1) - 1).clamp(min=0)[:, S - T:]
        ang = pos[..., None].float() * self.inv
        emb = torch.cat((ang, ang), -1)[:, None]
        cos, sin = emb.cos().to(self.embed.weight.dtype), emb.sin().to(self.embed.weight.dtype)
        mask = None             # no padding and a whole prompt or a single token: no mask
        if not (attention_mask.all() and T in (1, S)):
            i = torch.arange(S - T, S)[:, None]
            mask = (torch.arange(S)[None] <= i)[None, None] & attention_mask[:, None, None].bool()
        x = self.embed(ids)
        for n, layer in enumerate(self.layers):
            cache = None if caches is None else caches[n]
            if checkpoint:
                x = torch.utils.checkpoint.checkpoint(layer, x, cos, sin, mask, cache, use_reentrant=False)
            else:
                x = layer(x, cos, sin, mask, cache)
        x = self.norm(x)
        return (x if keep is None else x[keep]) @ self.embed.weight.T


def logps(model, rows, checkpoint=False, step_only=False):
    """rows: list of (prompt ids, completion ids) -> summed completion log-probabilities [len(rows)]"""
    L = max(len(p) + len(s) for p, s in rows)
    ids, mask, comp = (torch.zeros(len(rows), L, dtype=torch.long) for _ in range(3))
    for r, (p, s) in enumerate(rows):
        ids[r, :len(p) + len(s)] = torch.tensor(p + s)
        mask[r, :len(p) + len(s)] = 1
        comp[r, len(p):len(p) + len(s)] = 1
    if step_only:
        row, t = comp[:, 1:].nonzero(as_tuple=True)
        logits = model(ids, mask, checkpoint=checkpoint, keep=(row, t)).float()
        lp = logits.gather(-1, ids[row, t + 1][:, None])[:, 0] - logits.logsumexp(-1)
        return lp.new_zeros(len(rows), dtype=torch.float64).index_add(0, row, lp.double())
    logits = model(ids, mask, checkpoint=checkpoint)[:, :-1].float()
    lp = logits.gather(-1, ids[:, 1:, None])[..., 0] - logits.logsumexp(-1)
    return (lp * comp[:, 1:]).double().sum(1)


# Hugging Face's name of each module here.
NAMES = [("model.embed_tokens.", "embed."), ("model.layers.", "layers."), ("model.norm.", "norm."), ("self_attn.", ""), ("mlp.", ""), ("_proj.", "."),
         ("input_layernorm.", "n1."), ("post_attention_layernorm.", "n2.")]


def load(model, path):
    """fills a model from an fp32 safetensors file"""
    with open(path, "rb") as f:
        header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
        start, own = f.tell(), dict(model.named_parameters())
        for name, entry in header.items():
            if name == "__metadata__":
                continue
            f.seek(start + entry["data_offsets"][0])
            data = bytearray(f.read(entry["data_offsets"][1] - entry["data_offsets"][0]))
            for theirs, ours in NAMES:
                name = name.replace(theirs, ours)
            with torch.no_grad():
                own.pop(name).copy_(torch.frombuffer(data, dtype=torch.float32).view(entry["shape"]))
    assert not own, f"{path} lacks {list(own)}"


def memory(field):
    """bytes of a field of /proc/self/status: VmRSS, VmHWM"""
    with open("/proc/self/status") as f:
        return next(int(line.split()[1]) * 1024 for line in f if line.startswith(field))


def forget_peak():
    with open("/proc/self/clear_refs", "w") as f:
        f.write("5")


def sync(a):
    if a.device.startswith("cuda"):
        torch.cuda.synchronize()


def autocast(a):
    """bf16: fp32 weights under autocast, as the Hugging Face trainer's bf16 switch"""
    return torch.autocast(a.device.split(":")[0], torch.bfloat16, enabled=a.dtype == "bf16")


def train(a, c):
    torch.manual_seed(0)
    base = memory("VmRSS")
    policy, ref = Model(c), Model(c)
    if a.weights:
        load(policy, a.weights)
    ref.load_state_dict(policy.state_dict())
    ref.requires_grad_(False)
    if a.weights:
        ref.norm.weight *= REFERENCE_SCALE      # or the loss would be log 2 whatever the program computes
    opt = torch.optim.AdamW(policy.parameters(), lr=5e-7, weight_decay=0.0, fused=True)
    g = torch.Generator("cpu").manual_seed(1)
    rand = lambda n: torch.randint(0, c["vocab_size"], (n,), generator=g, device="cpu").tolist()
    if a.pairs:
        with open(a.pairs) as f:
            pairs = [tuple(pair) for pair in json.load(f)]      # [[prefix ids, chosen ids, rejected ids], ...]
    else:
        pairs = [(rand(p), rand(w), rand(l)) for p, w, l in json.loads(a.lengths)]      # [[prefix, chosen, rejected], ...]
    times, cpu, losses, cached = [], [], [], {}
    warm = pairs[:a.warm_pairs] if a.warm_pairs else pairs
    for step in range(a.steps + 1):
        sync(a)
        if step == 1:
            forget_peak()
        t, c0 = time.perf_counter(), time.process_time()
        total, now = 0.0, pairs if step or a.precomputed else warm
        for i in range(0, len(now), a.micro_batch):
            mb = now[i:i + a.micro_batch]
            rows = [(p, w) for p, w, _ in mb] + [(p, l) for p, _, l in mb]
            if not (a.precomputed and i in cached):     # filled in the first, untimed step
                with torch.no_grad(), autocast(a):
                    cached[i] = logps(ref, rows, step_only=a.logits == "step")
            r = cached[i]
            if not step and mb[0] not in warm:
                continue        # precomputed: the first step scores all pairs and trains on a few
            with autocast(a):
                q = logps(policy, rows, a.checkpointing, a.logits == "step")
            n = len(mb)
            d = (q[:n] - r[:n]) - (q[n:] - r[n:])
            loss = -F.logsigmoid(0.5 * d).sum() / len(pairs)
            if step:
                total += loss.item()
            loss.backward()
        torch.nn.utils.clip_grad_norm_(policy.parameters(), 1.0)
        for group in opt.param_groups:      # the warm step allocates the moments and leaves the weights as they were read
            group["lr"] = 5e-7 if step or not a.weights else 0.0
        opt.step()
        opt.zero_grad()
        sync(a)
        if step:
            times.append(time.perf_counter() - t)
            cpu.append(time.process_time() - c0)
            losses.append(total)
        elif a.precomputed:
            del ref
    weights = sum(p.numel() for p in policy.parameters()) * 4
    return {"seconds_per_step_min": min(times), "median": statistics.median(times), "pairs": len(pairs), "first_loss": losses[0],
            "seconds": times, "cpu_seconds": cpu, "losses": losses, "peak_bytes": memory("VmHWM"), "base_bytes": base, "state_bytes": weights * (4 if a.precomputed else 5)}


@torch.no_grad()
def sample(a, c):
    torch.manual_seed(0)
    model = Model(c).eval().to(torch.bfloat16 if a.dtype == "bf16" else torch.float32)
    g = torch.Generator("cpu").manual_seed(1)
    prompts = [torch.randint(0, c["vocab_size"], (p,), generator=g, device="cpu") for p in json.loads(a.lengths)]
    if a.weights:
        load(model, a.weights)
    best, times, cpu = None, [], []
    for _ in range(a.steps):
        sync(a)
        t, c0, made = time.perf_counter(), time.process_time(), 0
        rows = [p for p in prompts for _ in range(a.n)]
        for i in range(0, len(rows), a.micro_batch):
            mb = rows[i:i + a.micro_batch]
            L = max(len(p) for p in mb)
            ids, mask = torch.zeros(len(mb), L, dtype=torch.long), torch.zeros(len(mb), L, dtype=torch.long)
            for r, p in enumerate(mb):
                ids[r, L - len(p):], mask[r, L - len(p):] = p, 1
            caches = [[] for _ in model.layers]
            for _ in range(a.new_tokens):
                z = model(ids, mask, caches, keep=(slice(None), -1)).float() / 0.8
                if a.top_k:
                    z = z.masked_fill(z < z.topk(a.top_k).values[:, -1:], float("-inf"))
                v, idx = z.sort(descending=False)
                drop = v.softmax(-1).cumsum(-1) <= 0.05
                drop[..., -1:] = False
                z = z.masked_fill(drop.scatter(1, idx, drop), float("-inf"))
                ids = torch.multinomial(z.softmax(-1), 1)
                mask = torch.cat((mask, torch.ones(len(mb), 1, dtype=torch.long)), 1)
                made += len(mb)
        sync(a)
        dt = time.perf_counter() - t
        times.append(dt)
        cpu.append(time.process_time() - c0)
        best = dt if best is None else min(best, dt)
    return {"tokens_per_second": made / best, "tokens": made, "seconds_min": best, "seconds": times, "cpu_seconds": cpu}


REFERENCE_SCALE = 1.5


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("what", choices=["train", "sample"])
    p.add_argument("--shape", default='{"hidden_size":896,"num_attention_heads":14,"num_key_value_heads":2,"intermediate_size":4864,"num_hidden_layers":4,"vocab_size":25000}')
    p.add_argument("--lengths", help="train: [[prefix,chosen,rejected],...]; sample: [prompt,...]")
    p.add_argument("--micro-batch", type=int, default=4)
    p.add_argument("--steps", type=int, default=3)
    p.add_argument("--n", type=int, default=20)
    p.add_argument("--new-tokens", type=int, default=64)
    p.add_argument("--top-k", type=int, default=0, help="0: none, as the paper samples; generate() silently uses 50 unless told otherwise")
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--logits", choices=["all", "step"], default="all", help="all: TRL on a CPU; step: TRL 1.16 on a GPU scores the completion's positions only")
    p.add_argument("--checkpointing", action="store_true", help="TRL's default; the figure without it is the fairer one")
    p.add_argument("--precomputed", action="store_true", help="reference log-probabilities computed once, outside the timed steps")
    p.add_argument("--pairs", help="train: a JSON file of [[prefix ids, chosen ids, rejected ids], ...] instead of --lengths")
    p.add_argument("--weights", help="an fp32 safetensors file in Hugging Face's names instead of random weights; the reference is then the same model with its last norm scaled")
    p.add_argument("--warm-pairs", type=int, default=0, help="train: pairs of the first, untimed step; 0: all")
    p.add_argument("--device", default="cpu", help="cpu, cuda, cuda:1")
    p.add_argument("--dtype", choices=["fp32", "bf16"], default="fp32", help="bf16: autocast over fp32 weights in training, bf16 weights in sampling")
    a = p.parse_args()
    torch.set_num_threads(a.threads)
    torch.set_default_device(a.device)
    out = (train if a.what == "train" else sample)(a, json.loads(a.shape))
    print(json.dumps({"what": a.what, "torch": torch.__version__, "threads": a.threads, "device": a.device, "dtype": a.dtype, **out}))


if __name__ == "__main__":
    main()
