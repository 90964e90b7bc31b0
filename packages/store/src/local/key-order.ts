/**
 * Compares keys as etcd and SQLite do: by the bytes of their UTF-8, which is the order of code points. The operator `<`
 * compares UTF-16 units and so puts U+10000 and above before U+E000 to U+FFFF.
 */
export function compareKeys(left: string, right: string): number {
  const shorter = Math.min(left.length, right.length);
  for (let index = 0; index < shorter; index += 1) {
    const difference = rank(left.charCodeAt(index)) - rank(right.charCodeAt(index));
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** Ranks UTF-16 units by code point: surrogates (D800 to DFFF) come after all others. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
