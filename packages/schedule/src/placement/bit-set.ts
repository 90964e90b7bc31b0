/** A set of small whole numbers, one bit each, so that two sets can be intersected 32 members at a time. */
export class BitSet {
  readonly words: Uint32Array;

  /** @param capacity all members are below this number. */
  constructor(capacity: number) {
    this.words = new Uint32Array(Math.ceil(capacity / 32));
  }

  static full(capacity: number): BitSet {
    const set = new BitSet(capacity);
    set.words.fill(0xffffffff);
    if (capacity % 32 > 0) set.words[set.words.length - 1] = 2 ** (capacity % 32) - 1;
    return set;
  }

  static copy({ words }: BitSet): BitSet {
    const set = new BitSet(32 * words.length);
    set.words.set(words);
    return set;
  }

  /** The members of both sets, which have the same capacity. */
  static intersection(one: BitSet, other: BitSet): BitSet {
    const set = new BitSet(32 * one.words.length);
    for (let index = 0; index < set.words.length; index++)
      set.words[index] = (one.words[index] ?? 0) & (other.words[index] ?? 0);
    return set;
  }

  add(member: number): void {
    this.words[member >>> 5] = (this.words[member >>> 5] ?? 0) | (1 << (member & 31));
  }

  delete(member: number): void {
    this.words[member >>> 5] = (this.words[member >>> 5] ?? 0) & ~(1 << (member & 31));
  }

  has(member: number): boolean {
    return ((this.words[member >>> 5] ?? 0) & (1 << (member & 31))) !== 0;
  }

  isEmpty(): boolean {
    return this.words.every((word) => word === 0);
  }

  /** @param other a set with the same capacity. */
  addAll(other: BitSet): void {
    for (let index = 0; index < this.words.length; index++)
      this.words[index] = (this.words[index] ?? 0) | (other.words[index] ?? 0);
  }

  /** @param other a set with the same capacity. */
  removeAll(other: BitSet): void {
    for (let index = 0; index < this.words.length; index++)
      this.words[index] = (this.words[index] ?? 0) & ~(other.words[index] ?? 0);
  }
}
