"""Writes bucketing.json: which bucket an id falls into, and which variant it gets at each stage.

Independent of the program: other language, exact fractions, and the definition written out rather than made fast. Run it again with
    python3 test/domain/flags/golden/make-bucketing.py > test/domain/flags/golden/bucketing.json
"""
import json
import sys
from fractions import Fraction

BUCKETS = 10_000
SHARES = {"beta_10": Fraction(1, 10), "beta_25": Fraction(1, 4), "beta_50": Fraction(1, 2)}


def fnv1a32(text):
    value = 0x811C9DC5
    data = text.encode("utf-16-le", "surrogatepass")
    for i in range(0, len(data), 2):
        value ^= data[i] | data[i + 1] << 8
        value = value * 0x01000193 % 2**32
    return value


def bucket(seed, unit_id):
    return fnv1a32(str(fnv1a32(seed + unit_id))) % BUCKETS


def variant(flag, stage, unit_id):
    """The name of the variant, or None outside of the experiment."""
    total = sum(Fraction(str(one["weight"])) for one in flag["variants"])
    treated = sum(Fraction(str(one["weight"])) for one in flag["variants"] if one["name"] != flag["defaultVariant"]) / total
    coverage = min(Fraction(1), SHARES[stage] / treated)
    share, start = Fraction(bucket(flag["seed"], unit_id), BUCKETS), Fraction(0)
    for one in flag["variants"]:
        weight = Fraction(str(one["weight"])) / total
        if start <= share < start + coverage * weight:
            return one["name"]
        start += weight
    return None


IDS = [f"user_{i}" for i in range(40)] + ["", "a", "ü", "用户", "😀", "user 1", "x" * 256, "42", "tenant_123", "\ud83d"]
SEEDS = ["", "realtime_intelligence", "property_intelligence", "churn_prevention", "ai_coaching", "saat-ß", "😀"]
FLAGS = [
    {"seed": "realtime_intelligence", "defaultVariant": "control", "variants": [{"name": "control", "weight": 1}, {"name": "treatment", "weight": 1}]},
    {"seed": "three arms", "defaultVariant": "a", "variants": [{"name": "a", "weight": 1}, {"name": "b", "weight": 1}, {"name": "c", "weight": 1}]},
    {"seed": "uneven", "defaultVariant": "control", "variants": [{"name": "t1", "weight": 0.1}, {"name": "control", "weight": 0.2}, {"name": "t2", "weight": 0.7}]},
    {"seed": "no control", "defaultVariant": None, "variants": [{"name": "red", "weight": 3}, {"name": "blue", "weight": 7}]},
]

json.dump(
    {
        "buckets": [{"seed": seed, "id": unit_id, "bucket": bucket(seed, unit_id)} for seed in SEEDS for unit_id in IDS],
        "variants": [
            {"flag": flag, "stage": stage, "ids": [[unit_id, variant(flag, stage, unit_id)] for unit_id in IDS]}
            for flag in FLAGS
            for stage in SHARES
        ],
    },
    sys.stdout,
    indent=1,
)
print()
