import type { Clock } from "@flotilla/runtime";

/** How often the daemon checks its size, milliseconds. */
const EVERY_MS = 10_000;

/** The processor time in that interval up to which the daemon counts as idle, milliseconds. */
const IDLE_MS = 1_000;

/** The same for a daemon at rest, without any burst of work. */
const REST_MS = 300;

const MIB = 1024 * 1024;

/** A change of size, up or down, after which the C library may have much free memory, bytes. */
const CHANGE = 4 * MIB;

/** The least growth that justifies a garbage collection, bytes. */
const LARGE_GROWTH = 16 * MIB;

/** The same at rest. Between bursts of work, a collection would only empty memory that the next burst fills again. */
const LARGE_GROWTH_AT_REST = 8 * MIB;

/** A large daemon must grow by its size divided by this: collecting a larger heap blocks the event loop for longer. */
const LARGE_PART = 6;

/**
 * How many idle intervals belong to the start. In each, a daemon collects garbage: the first collection frees what only
 * the start needed, the second one code that has not run since the first (see `keepCompiledCode`).
 */
const START_INTERVALS = 2;

/** The size up to which a daemon does so: collecting a larger heap blocks the event loop for longer, bytes. */
const START_SIZE = 110 * MIB;

export interface SpareMemoryOptions {
  readonly clock: Clock;
  /** Returns the size of the process without pages of files, bytes. @throws Error if no file descriptor is free. */
  readonly size: () => number;
  /** Returns the processor time of the process, milliseconds. */
  readonly processor: () => number;
  /** See `NativeCalls`. */
  readonly trim: () => void;
  /** Makes V8 collect all garbage and return every empty page. */
  readonly collect: () => void;
  /** Unmaps the pages of Node's program. @throws Error if no file descriptor is free. */
  readonly unmapProgram: () => void;
}

/**
 * Gives memory that a burst of work has left unused back to the kernel, whenever the daemon is idle, until `signal`
 * aborts. Does nothing while the size of the daemon stays the same, except after the start.
 *
 * After a burst, V8 collects garbage only when its heap exceeds the size after the last collection, and keeps empty
 * pages. The C library returns only free memory at the end of its heap (mallopt(3), M_TRIM_THRESHOLD). One small block
 * in use there keeps all free memory below it. The start uses pages of Node's program that a daemon hardly needs again,
 * so they are unmapped once, after the start.
 */
export async function giveBackSpareMemory(
  { clock, size, processor, trim, collect, unmapProgram }: SpareMemoryOptions,
  signal: AbortSignal,
): Promise<void> {
  let last = size();
  let least = last;
  let intervals = 0;
  while (!signal.aborted) {
    const begun = processor();
    await clock.sleep(EVERY_MS, signal).catch(() => {});
    const now = sizeOr(last, size);
    least = Math.min(least, now);
    const used = processor() - begun;
    if (signal.aborted || used > IDLE_MS) continue;
    const isNew = ++intervals <= START_INTERVALS && now < START_SIZE;
    const growth = used > REST_MS ? LARGE_GROWTH : LARGE_GROWTH_AT_REST;
    const isLarge = now - least >= Math.max(growth, least / LARGE_PART);
    if (isNew || isLarge || Math.abs(now - last) >= CHANGE) {
      if (isNew || isLarge) collect();
      trim();
      last = sizeOr(now, size);
      // `least` stays, so that growth in small steps adds up.
      least = isLarge ? last : Math.min(least, last);
    }
    if (intervals === START_INTERVALS) ignoringFailure(unmapProgram);
  }
}

/** Returns the size, or `otherwise` if a flood of connections uses every file descriptor. */
function sizeOr(otherwise: number, size: () => number): number {
  try {
    return size();
  } catch {
    return otherwise;
  }
}

/** Tries to unmap the program: the daemon works as well with all pages mapped. */
function ignoringFailure(unmapProgram: () => void): void {
  try {
    unmapProgram();
  } catch {
    // A flood of connections uses every file descriptor.
  }
}
