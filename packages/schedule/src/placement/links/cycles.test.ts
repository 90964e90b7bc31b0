import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Effort, runToEnd } from "../../effort.ts";
import { cyclesOf } from "./cycles.ts";

test("two names have the same number if and only if each can be reached from the other", () => {
  const name = fc.nat(7);
  fc.assert(
    fc.property(fc.array(fc.tuple(name, name), { maxLength: 20 }), (links) => {
      const next = (from: string): string[] => links.filter(([a]) => `${a}` === from).map(([, b]) => `${b}`);
      const names = Array.from({ length: 8 }, (_, index) => `${index}`);
      const cycles = runToEnd(cyclesOf(names, next, new Effort()));
      for (const one of names)
        for (const other of names)
          assert.equal(cycles.get(one) === cycles.get(other), reaches(one, other, next) && reaches(other, one, next));
    }),
  );
});

function reaches(from: string, to: string, next: (name: string) => readonly string[]): boolean {
  const seen = new Set([from]);
  for (const name of seen) for (const other of next(name)) seen.add(other);
  return seen.has(to);
}
