import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { NestedMap } from "./nested-map.ts";

test("a lent map does not change when the original changes", () => {
  const key = fc.constantFrom("a", "b", "c");
  const change = fc.record({ outer: key, inner: key, value: fc.option(fc.nat(9)), lend: fc.boolean() });
  const check = (changes: readonly (typeof change extends fc.Arbitrary<infer T> ? T : never)[]): void => {
    const map = new NestedMap<number>();
    const lent: { readonly map: ReadonlyMap<string, unknown>; readonly copy: unknown }[] = [];
    for (const { outer, inner, value, lend } of changes) {
      if (value === null) map.delete(outer, inner);
      else map.set(outer, inner, value);
      assert.equal(map.view.get(outer)?.get(inner), value ?? undefined);
      assert.ok([...map.view.values()].every(({ size }) => size > 0));
      if (lend) lent.push({ map: map.lend(), copy: structuredClone(map.view) });
    }
    for (const { map: now, copy } of lent) assert.deepEqual(now, copy);
  };
  fc.assert(fc.property(fc.array(change, { maxLength: 30 }), check));
});
