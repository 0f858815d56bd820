/** Numbers that look random, and are the same for the same seed. */

export interface Random {
  /** 0 up to 1. */
  next(): number;
  pick<T>(choices: readonly [T, ...T[]]): T;
}

/** Mulberry32, https://gist.github.com/tommyettinger/46a874533244883189143505d203312c: 32 bits of state are plenty here. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { next, pick: (choices) => choices[Math.floor(next() * choices.length)] ?? choices[0] };
}
