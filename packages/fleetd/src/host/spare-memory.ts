import type { Clock } from "@flotilla/runtime";

/** How often the daemon looks at its size, milliseconds. */
const EVERY_MS = 10_000;

/** Processor time of the daemon in that time, up to which it is at rest, milliseconds. */
const REST_MS = 1_000;

const MIB = 1024 * 1024;

/** A change of size, up or down, after which the C library may have much to give back. Bytes. */
const CHANGE = 4 * MIB;

/** Growth that is worth a garbage collection, bytes; */
const LARGE_GROWTH = 16 * MIB;

/** of a large daemon one in so many bytes of its size: the more it holds, the longer the collection stops its event loop. */
const LARGE_PART = 6;

export interface SpareMemoryOptions {
  readonly clock: Clock;
  /** The size of the process in memory, bytes. @throws Error while no file can be opened to read it from. */
  readonly resident: () => number;
  /** Processor time of the process, milliseconds. */
  readonly processor: () => number;
  /** See `NativeCalls`. */
  readonly trim: () => void;
  /** Has V8 collect all garbage and give back every empty page. */
  readonly collect: () => void;
}

/**
 * Gives the memory that a burst has left free back to the kernel, once the daemon is at rest, until `signal` aborts. Does
 * nothing while the size of the daemon stays the same.
 *
 * V8 by itself collects garbage after a burst only when its heap has grown beyond what it was after the last such
 * collection, and keeps empty pages. The C library gives back only what is free at the end of its heap (mallopt(3),
 * M_TRIM_THRESHOLD): one small block there keeps all free memory below it.
 */
export async function giveBackSpareMemory(
  { clock, resident, processor, trim, collect }: SpareMemoryOptions,
  signal: AbortSignal,
): Promise<void> {
  let last = resident();
  let least = last;
  while (!signal.aborted) {
    const begun = processor();
    await clock.sleep(EVERY_MS, signal).catch(() => {});
    const size = sizeOr(last, resident);
    least = Math.min(least, size);
    const isAtRest = processor() - begun <= REST_MS;
    if (signal.aborted || !isAtRest || Math.abs(size - last) < CHANGE) continue;
    const isLarge = size - least >= Math.max(LARGE_GROWTH, least / LARGE_PART);
    if (isLarge) collect();
    trim();
    last = sizeOr(size, resident);
    // Growth in small steps adds up.
    least = isLarge ? last : Math.min(least, last);
  }
}

/** Under a flood of connections every file descriptor may be in use. */
function sizeOr(otherwise: number, resident: () => number): number {
  try {
    return resident();
  } catch {
    return otherwise;
  }
}
