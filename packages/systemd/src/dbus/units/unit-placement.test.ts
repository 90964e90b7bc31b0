import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { systemClock } from "@flotilla/runtime";
import { ChangeFeed } from "../../change-feed.ts";
import { HostUnitError, UnitManagerUnavailableError } from "../../unit-manager-error.ts";
import type { LoadedAs } from "./host-unit.ts";
import { Pace } from "../session/pace.ts";
import { UnitDirectory } from "./unit-directory.ts";
import { UnitPlacement } from "./unit-placement.ts";
import { UnitTable } from "../session/unit-table.ts";

interface Setting {
  readonly placement: UnitPlacement;
  readonly units: UnitTable;
  /** The names in each call to systemd. */
  readonly questions: (readonly string[])[];
  /** The units whose state was listed. */
  readonly listed: string[];
  readonly unitDir: string;
  readonly linkDir: string;
  readonly hostDir: string;
}

function setUp(t: TestContext, loaded: Readonly<Record<string, LoadedAs>> = {}, isAway = false): Setting {
  const root = mkdtempSync(join(tmpdir(), "flotilla-placement-"));
  t.after(() => rmSync(root, { recursive: true }));
  const [unitDir, linkDir, hostDir] = ["units", "links", "host"].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ];
  mkdirSync(hostDir);
  const directory = new UnitDirectory(unitDir, linkDir);
  directory.open();
  const units = new UnitTable(new ChangeFeed());
  const questions: (readonly string[])[] = [];
  const listed: string[] = [];
  const placement = new UnitPlacement({
    directory,
    units,
    pace: new Pace(systemClock),
    findLoaded: async (names) => {
      questions.push(names);
      if (isAway) throw new UnitManagerUnavailableError("away");
      return new Map(Object.entries(loaded));
    },
    list: async (name) => {
      listed.push(name);
    },
    searchPath: () => [linkDir, hostDir],
    aliasOwner: (name) => (name === "alias.service" ? "owner.service" : undefined),
  });
  return { placement, units, questions, listed, unitDir, linkDir, hostDir };
}

test("files that are written together are placed after one call to systemd about all of them", async (t) => {
  const { placement, questions, unitDir } = setUp(t);
  await Promise.all([placement.put("a.service", "A"), placement.put("b.service", "B")]);
  assert.deepEqual(questions, [["a.service", "b.service"]]);
  assert.equal(readFileSync(join(unitDir, "b.service"), "utf8"), "B");
});

test("a name of the host is refused, and the other files are placed", async (t) => {
  const { placement, units, hostDir } = setUp(t, { "slice.slice": "host" });
  writeFileSync(join(hostDir, "own.service"), "");
  const [slice, own, ours] = await Promise.allSettled(
    ["slice.slice", "own.service", "ours.service"].map((name) => placement.put(name, "X")),
  );
  for (const refused of [slice, own]) {
    assert.ok(refused?.status === "rejected" && refused.reason instanceof HostUnitError);
  }
  assert.equal(ours?.status, "fulfilled");
  assert.deepEqual([...units.units.keys()], ["ours.service"]);
});

test("an instance of a host's template is placed where the host does not use it, and refused where it does", async (t) => {
  const { placement, units, hostDir, linkDir } = setUp(t);
  for (const name of ["job@.service", "user@.service", "getty@.service"]) writeFileSync(join(hostDir, name), "");
  mkdirSync(join(hostDir, "t.target.wants"));
  symlinkSync("../job@.service", join(hostDir, "t.target.wants/job@used.service"));
  for (const name of ["job@used.service", "user@1.service", "getty@tty1.service"])
    await assert.rejects(placement.put(name, "X"), HostUnitError, name);
  for (const name of ["job@free.service", "getty@x.service"]) await placement.put(name, "X");
  assert.deepEqual([...units.units.keys()], ["job@free.service", "getty@x.service"]);
  // A link of the cluster does not count as use by the host.
  mkdirSync(join(linkDir, "t.target.wants"));
  symlinkSync("../job@free.service", join(linkDir, "t.target.wants/job@free.service"));
  await placement.put("job@free.service", "changed");
  writeFileSync(join(hostDir, "job@free.service"), "");
  await assert.rejects(placement.put("job@free.service", "X"), HostUnitError);
});

test("a name that is an alias of another unit is refused, and the error names that unit", async (t) => {
  const { placement, units } = setUp(t);
  await assert.rejects(placement.put("alias.service", "X"), { code: "name-taken", message: /^owner\.service, / });
  assert.equal(units.units.size, 0);
});

test("a unit is new until its file changes; never if systemd had loaded an older file", async (t) => {
  const { placement } = setUp(t, { "old.service": "left over" });
  const isNew = async (name: string, text: string): Promise<boolean> => {
    await placement.put(name, text);
    return placement.isNew(name);
  };
  assert.equal(await isNew("a.service", "A"), true);
  assert.equal(await isNew("a.service", "A"), true);
  assert.equal(await isNew("a.service", "changed"), false);
  assert.equal(await isNew("old.service", "A"), false);
  placement.remove("a.service");
  assert.equal(placement.isNew("a.service"), false);
});

test("a unit that runs without a file is not new, and its state is listed when it gets one", async (t) => {
  const { placement, listed } = setUp(t, { "lost.service": "lost", "old.service": "left over" });
  for (const name of ["lost.service", "old.service", "new.service"]) await placement.put(name, "X");
  assert.equal(placement.isNew("lost.service"), false);
  assert.deepEqual(listed, ["lost.service"]);
});

test("every waiting write fails when systemd cannot be reached", async (t) => {
  const { placement, units } = setUp(t, {}, true);
  const placed = ["a.service", "b.service"].map((name) => placement.put(name, "X"));
  for (const each of placed) await assert.rejects(each, UnitManagerUnavailableError);
  assert.equal(units.units.size, 0);
});
