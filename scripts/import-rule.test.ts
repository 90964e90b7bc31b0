import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, suite, test } from "node:test";

const ROOT = join(import.meta.dirname, "..");

const FORBIDDEN: readonly (readonly [file: string, line: string])[] = [
  ["packages/unit/src/a.ts", 'export { x } from "@flotilla/model";'],
  ["packages/model/src/a.ts", 'export { x } from "@flotilla/runtime";'],
  ["packages/schedule/src/a.ts", 'export type { x } from "@flotilla/registry";'],
  ["packages/runtime/src/a.ts", 'export { x } from "@flotilla/store";'],
  ["packages/store/src/a.ts", 'export { x } from "@flotilla/unit";'],
  ["packages/store/src/b.ts", 'export { x } from "@flotilla/link/memory";'],
  ["packages/link/src/a.ts", 'export { x } from "@flotilla/store";'],
  ["packages/registry/src/a.ts", 'export { x } from "@flotilla/store/etcd";'],
  ["packages/systemd/src/a.ts", 'export { x } from "@flotilla/model";'],
  ["packages/engine/src/a.ts", 'export { x } from "@flotilla/agent";'],
  ["packages/agent/src/a.ts", 'export { x } from "@flotilla/systemd/dbus";'],
  ["packages/agent/src/b.ts", 'export const x = await import("@flotilla/store");'],
  ["packages/api/src/a.ts", 'export { x } from "@flotilla/engine";'],
  ["packages/fleetctl/src/a.ts", 'export { x } from "@flotilla/api";'],
  ["packages/fleetctl/src/b.ts", 'export { x } from "@flotilla/registry";'],
  ["packages/fleetd/src/a.ts", 'export { x } from "@flotilla/fleetctl";'],
  ["packages/fleetd/src/b.ts", 'export { x } from "@flotilla/systemd/fake";'],
  ["packages/engine/src/b.ts", 'export { x } from "../../store/src/port.ts";'],
  ["packages/engine/src/c.ts", 'export { x } from "@flotilla/store/src/port.ts";'],
  ["packages/registry/src/b.ts", 'export { x } from "etcd3";'],
  ["packages/store/src/memory/a.ts", 'export { x } from "etcd3";'],
  ["packages/store/src/etcd/a.ts", 'export { x } from "dbus-next";'],
  ["packages/systemd/src/fake/a.ts", 'export { x } from "dbus-next";'],
  ["packages/systemd/src/dbus/wire/a.ts", 'export { x } from "../session/decode.ts";'],
  ["packages/systemd/src/dbus/session/a.ts", 'export { x } from "../units/leftovers.ts";'],
  ["packages/systemd/src/dbus/units/a.ts", 'export { x } from "../open.ts";'],
  ["packages/systemd/src/dbus/session/b.ts", 'export { x } from "dbus-next";'],
  ["packages/systemd/src/dbus/a.ts", 'export { x } from "../fixture/private-bus.ts";'],
  ["test/functional/a.ts", 'export { x } from "dbus-next";'],
  ["packages/fleetd/src/daemon/a.ts", 'export { x } from "prom-client";'],
  ["packages/engine/src/f.ts", 'export { x } from "prom-client";'],
  ["packages/engine/src/d.ts", 'export { x } from "node:test";'],
  ["packages/engine/src/e.ts", 'export { x } from "./lab.fixture.ts";'],
  ["packages/engine/src/g.ts", 'export type { X } from "./h.ts";'],
  ["packages/engine/src/h.ts", 'export type { X } from "./i.ts";'],
  ["packages/engine/src/i.ts", 'export type { X } from "./g.ts";'],
  ["packages/unit/src/io.ts", 'export { x } from "node:fs";'],
  ["packages/unit/src/random.ts", 'export { randomBytes } from "node:crypto";'],
  ["packages/model/src/clock.ts", "export const x = Date.now();"],
  ["packages/access/src/a.ts", 'export { x } from "@flotilla/model";'],
  ["packages/access/src/random.ts", 'export { randomBytes } from "node:crypto";'],
  ["packages/schedule/src/clock.ts", "export const x = performance.now();"],
  ["packages/schedule/src/random.ts", "export const x = Math.random();"],
  ["packages/schedule/src/timer.ts", "setTimeout(String, 1);"],
  ["packages/schedule/src/async.ts", "export async function x() {}"],
  ["packages/schedule/src/promise.ts", "export const x = Promise.resolve(1);"],
];

const ALLOWED: readonly (readonly [file: string, line: string])[] = [
  ["packages/model/src/c.ts", 'export { x } from "@flotilla/unit";'],
  ["packages/agent/src/c.ts", 'export { x } from "@flotilla/systemd";'],
  ["packages/agent/src/d.test.ts", 'export { x } from "@flotilla/systemd/fake";'],
  ["packages/fleetctl/src/c.ts", 'export { x } from "@flotilla/api/client";'],
  ["packages/fleetd/src/c.ts", 'export { x } from "@flotilla/store/etcd";'],
  ["packages/store/src/etcd/b.ts", 'export { x } from "etcd3";'],
  ["packages/store/src/etcd/c.test.ts", 'export { x } from "etcd3";'],
  ["packages/systemd/src/dbus/wire/b.ts", 'export { x } from "dbus-next";'],
  ["packages/systemd/src/dbus/units/b.ts", 'export { x } from "../session/decode.ts";'],
  ["packages/fleetd/src/metrics/a.ts", 'export { x } from "prom-client";'],
  ["packages/unit/src/hash.ts", 'export { createHash } from "node:crypto";'],
  ["packages/schedule/src/a.test.ts", "export const x = performance.now();"],
  ["packages/runtime/src/clock.ts", "export const x = Date.now();"],
];

suite("the import rule", () => {
  let folder: string;
  let complaints: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "import-rule-"));
    await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
    for (const file of ["oxlint.config.ts", "scripts/import-rule.ts"]) await cp(join(ROOT, file), join(folder, file));
    for (const [file, line] of [...FORBIDDEN, ...ALLOWED]) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), `${line}\n`);
    }
    const oxlint = spawnSync(join(ROOT, "node_modules/.bin/oxlint"), ["--format=unix", "packages", "test"], {
      cwd: folder,
      encoding: "utf8",
    });
    complaints = oxlint.stdout;
  });
  after(() => rm(folder, { recursive: true }));

  for (const [file, line] of FORBIDDEN) {
    test(`forbids ${line} in ${file}`, () => assert.deepEqual(rulesAgainst(file).length > 0, true, complaints));
  }
  for (const [file, line] of ALLOWED) {
    test(`allows ${line} in ${file}`, () => assert.deepEqual(rulesAgainst(file), []));
  }

  /** Returns only complaints of the import rule. The lines above also break other rules. */
  function rulesAgainst(file: string): string[] {
    const lines = complaints.split("\n").filter((line) => line.startsWith(`${file}:`));
    return lines.filter((line) =>
      /\((no-restricted-(imports|globals|properties)|no-async-await|no-cycle|import\(no-cycle\))\)/.test(line),
    );
  }
});
