import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { FileGuard } from "./file-guard.ts";

function setUp(t: TestContext): { readonly guard: FileGuard; readonly dropIns: string; readonly list: string } {
  const root = mkdtempSync(join(tmpdir(), "flotilla-guard-"));
  t.after(() => rmSync(root, { recursive: true }));
  const dropIns = join(root, "system");
  return {
    guard: new FileGuard(join(root, "exclusive"), dropIns, 1_000),
    dropIns,
    list: join(root, "exclusive", "units"),
  };
}

test("FileGuard: a unit that leaves the list keeps an administrator's drop-ins", (t) => {
  const { guard, dropIns } = setUp(t);
  const directory = join(dropIns, "a.service.d");
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "operator.conf"), "[Service]\nNice=5\n");
  guard.add("a.service");
  assert.deepEqual(readdirSync(directory), ["50-fleet-exclusive.conf", "operator.conf"]);
  guard.remove("a.service");
  assert.deepEqual(readdirSync(directory), ["operator.conf"]);
});

test("FileGuard: an empty drop-in directory is removed, and a missing one is no error", (t) => {
  const { guard, dropIns } = setUp(t);
  guard.add("a.service");
  guard.add("b.service");
  rmSync(join(dropIns, "b.service.d"), { recursive: true });
  for (const unit of ["a.service", "b.service"]) guard.remove(unit);
  assert.deepEqual(readdirSync(dropIns), []);
  assert.deepEqual([...guard.units], []);
});

test("FileGuard: a unit whose drop-ins would affect other units is refused", (t) => {
  const { guard, dropIns } = setUp(t);
  for (const unit of ["systemd-.service", "ex-.timer", "ex-@1.service", "ex@.service"]) {
    assert.throws(() => guard.add(unit), { code: "not-guardable" }, unit);
    assert.equal(existsSync(join(dropIns, `${unit}.d`)), false);
  }
  for (const unit of ["ex-other.service", "ex@1-.service"]) guard.add(unit);
  assert.deepEqual([...guard.units], ["ex-other.service", "ex@1-.service"]);
});

test("FileGuard: a unit with removed or changed files is not intact until it is added again", (t) => {
  const { guard, dropIns, list } = setUp(t);
  assert.equal(guard.isIntact("a.service"), false);
  guard.add("a.service");
  const dropIn = join(dropIns, "a.service.d", "50-fleet-exclusive.conf");
  const text = readFileSync(dropIn, "utf8");
  const deeds: readonly (() => void)[] = [
    () => rmSync(dropIn),
    () => rmSync(dropIns, { recursive: true }),
    () => writeFileSync(dropIn, ""),
    () => rmSync(list, { recursive: true }),
  ];
  for (const deed of deeds) {
    assert.equal(guard.isIntact("a.service"), true);
    deed();
    assert.equal(guard.isIntact("a.service"), false);
    guard.add("a.service");
    assert.equal(readFileSync(dropIn, "utf8"), text);
    assert.deepEqual(readdirSync(list), ["a.service"]);
  }
});
