/** Randomness as an argument: every draw is a function of a seed and of what is drawn for, so the same question always has the same answer. */

/** Draws in a fixed order from one starting point. */
export type Random = {
  /** Uniform in [0, 1). */
  unit(): number;
  /** Normal with mean 0 and standard deviation 1. */
  normal(): number;
  /** 32 uniform bits. */
  bits(): number;
};

/** FNV-1a over the text, so that streams with different names start apart. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** An invertible scramble of 32 bits: neighbouring inputs give unrelated outputs. */
function scramble(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

/**
 * A generator for item `index` of the stream `name`. Its state has 128 bits: with 32, the ids of a few hundred thousand events would collide.
 * @param index a whole number >= 0, up to 2^53
 */
export function randomFor(seed: number, name: string, index: number): Random {
  const low = index >>> 0;
  const high = Math.floor(index / 2 ** 32) >>> 0;
  let a = scramble(seed ^ 0x9e3779b9);
  let b = scramble(hashText(name) ^ a);
  let c = scramble(low ^ Math.imul(b, 0x85ebca6b));
  let d = scramble(high ^ low ^ Math.imul(c, 0xc2b2ae35));
  const bits = (): number => {
    const sum = (a + b + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  for (let i = 0; i < 8; i += 1) bits();
  const unit = (): number => bits() / 2 ** 32;
  return { bits, unit, normal: () => Math.sqrt(-2 * Math.log(1 - unit())) * Math.cos(2 * Math.PI * unit()) };
}

/** A UUID (version 4 layout) made of the generator's next 128 bits. */
export function uuidFrom(random: Random): string {
  const hex = Array.from({ length: 4 }, () => random.bits().toString(16).padStart(8, '0')).join('');
  const variant = '89ab'[Number.parseInt(hex[16] ?? '0', 16) & 3];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** Log-normal around `median`; `spread` is the standard deviation of the logarithm. */
export function logNormal(random: Random, median: number, spread: number): number {
  return median * Math.exp(spread * random.normal());
}

/** The nearest quarter, so that sums of many values are exact in binary whatever their order. */
export function quarters(value: number): number {
  return Math.round(value * 4) / 4;
}

/** `value` held between `minimum` and `maximum`. */
export function between(minimum: number, maximum: number, value: number): number {
  return Math.min(maximum, Math.max(minimum, value));
}
