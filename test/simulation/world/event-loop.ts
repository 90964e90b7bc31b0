import { syncBuiltinESMExports } from "node:module";
import timers from "node:timers";
import promises from "node:timers/promises";

/** Node's own, which is not counted. */
const nextImmediate = globalThis.setImmediate;

/** Immediates that anybody waits for. */
let waiting = 0;

/** Counts the immediates of all code in this thread. */
function setImmediate<A extends unknown[]>(callback: (...args: A) => void, ...args: A): NodeJS.Immediate {
  waiting += 1;
  return nextImmediate(() => {
    waiting -= 1;
    callback(...args);
  });
}

function immediate<T>(value?: T): Promise<T> {
  return new Promise((resolve) => setImmediate(resolve as (value: T | undefined) => void, value));
}

Object.assign(globalThis, { setImmediate });
Object.assign(timers, { setImmediate });
Object.assign(promises, { setImmediate: immediate });
syncBuiltinESMExports();

/**
 * Lets all ready code run: promises and ticks first, and then, if any code waits for an immediate, one turn of the
 * event loop. In most instants no code does, and a turn would take longer than everything else. No code waits for the
 * outside, so the order is the same in every run.
 */
export async function settled(): Promise<void> {
  await new Promise<void>((resolve) => process.nextTick(resolve));
  if (waiting > 0) await new Promise<void>((resolve) => nextImmediate(resolve));
}
