import type { Clock } from "@flotilla/runtime";

/** How often the daemon checks its size, milliseconds. */
const EVERY_MS = 10_000;

/** The processor time in that interval up to which the daemon counts as idle, milliseconds. */
const IDLE_MS = 1_000;

const MIB = 1024 * 1024;

/** A change of size, up or down, after which the C library may have much free memory, bytes. */
const CHANGE = 4 * MIB;

/** The least growth that justifies a garbage collection, bytes. */
const LARGE_GROWTH = 16 * MIB;

/** A large daemon must grow by its size divided by this: collecting a larger heap blocks the event loop for longer. */
const LARGE_PART = 6;

/**
 * How often a daemon that has just started collects garbage, in idle intervals: the first collection frees what only the
 * start needed, the second one code that has not run since the first (see `keepCompiledCode`).
 */
const START_COLLECTIONS = 2;

/** The size up to which a daemon does so: collecting a larger heap blocks the event loop for longer, bytes. */
const START_SIZE = 160 * MIB;

export interface SpareMemoryOptions {
  readonly clock: Clock;
  /** Returns the resident size of the process, bytes. @throws Error if no file descriptor is free. */
  readonly resident: () => number;
  /** Returns the processor time of the process, milliseconds. */
  readonly processor: () => number;
  /** See `NativeCalls`. */
  readonly trim: () => void;
  /** Makes V8 collect all garbage and return every empty page. */
  readonly collect: () => void;
}

/**
 * Gives memory that a burst of work has left unused back to the kernel, whenever the daemon is idle, until `signal`
 * aborts. Does nothing while the size of the daemon stays the same, except after the start.
 *
 * After a burst, V8 collects garbage only when its heap exceeds the size after the last collection, and keeps empty
 * pages. The C library returns only free memory at the end of its heap (mallopt(3), M_TRIM_THRESHOLD). One small block
 * in use there keeps all free memory below it.
 */
export async function giveBackSpareMemory(
  { clock, resident, processor, trim, collect }: SpareMemoryOptions,
  signal: AbortSignal,
): Promise<void> {
  let last = resident();
  let least = last;
  let collectionsLeft = START_COLLECTIONS;
  while (!signal.aborted) {
    const begun = processor();
    await clock.sleep(EVERY_MS, signal).catch(() => {});
    const size = sizeOr(last, resident);
    least = Math.min(least, size);
    const isIdle = processor() - begun <= IDLE_MS;
    const isNew = collectionsLeft > 0 && size < START_SIZE;
    if (signal.aborted || !isIdle || (!isNew && Math.abs(size - last) < CHANGE)) continue;
    const isLarge = size - least >= Math.max(LARGE_GROWTH, least / LARGE_PART);
    if (isNew) collectionsLeft--;
    if (isNew || isLarge) collect();
    trim();
    last = sizeOr(size, resident);
    // `least` stays, so that growth in small steps adds up.
    least = isLarge ? last : Math.min(least, last);
  }
}

/** Returns the size, or `otherwise` if a flood of connections uses every file descriptor. */
function sizeOr(otherwise: number, resident: () => number): number {
  try {
    return resident();
  } catch {
    return otherwise;
  }
}
