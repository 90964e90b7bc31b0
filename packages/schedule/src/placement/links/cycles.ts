import type { Effort, Steps } from "../../effort.ts";

/**
 * Returns the number of each name's cycle: two names have the same number if each can be reached from the other along
 * `next`. Tarjan's algorithm without recursion, which visits each link once.
 */
export function* cyclesOf(
  names: Iterable<string>,
  next: (name: string) => readonly string[],
  effort: Effort,
): Steps<ReadonlyMap<string, number>> {
  const cycles = new Map<string, number>();
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const open: string[] = [];
  let count = 0;
  const enter = (name: string): Visit => {
    order.set(name, order.size);
    low.set(name, order.size - 1);
    open.push(name);
    return { name, links: next(name), at: 0 };
  };
  const lower = (name: string, to: number): void => void low.set(name, Math.min(low.get(name) ?? to, to));
  for (const root of names) {
    if (order.has(root)) continue;
    const way = [enter(root)];
    for (let here = way.at(-1); here; here = way.at(-1)) {
      effort.spend(1);
      if (effort.isStepOver()) yield;
      const other = here.links[here.at];
      here.at += 1;
      if (other !== undefined) {
        if (!order.has(other)) way.push(enter(other));
        else if (!cycles.has(other)) lower(here.name, order.get(other) ?? 0);
        continue;
      }
      way.pop();
      const own = low.get(here.name) ?? 0;
      const before = way.at(-1);
      if (before) lower(before.name, own);
      if (own === order.get(here.name)) close(here.name, open, cycles, count++);
    }
  }
  return cycles;
}

interface Visit {
  readonly name: string;
  readonly links: readonly string[];
  at: number;
}

function close(first: string, open: string[], cycles: Map<string, number>, number: number): void {
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    cycles.set(name, number);
    if (name === first) return;
  }
}
