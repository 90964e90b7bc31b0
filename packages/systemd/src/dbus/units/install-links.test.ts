import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { InstallLinks } from "./install-links.ts";
import { UnitDirectory } from "./unit-directory.ts";

interface Setting {
  readonly root: string;
  readonly linkDir: string;
  readonly unitDir: string;
  /** Opens the links as a new process does. */
  readonly open: () => InstallLinks;
}

/** Two units of the cluster, a.service and b.service. */
function setUp(t: TestContext): Setting {
  const root = mkdtempSync(join(tmpdir(), "flotilla-links-"));
  t.after(() => rmSync(root, { recursive: true }));
  const [unitDir, linkDir] = [join(root, "units"), join(root, "links")];
  const directory = new UnitDirectory(unitDir, linkDir);
  directory.open();
  for (const name of ["a.service", "b.service"]) directory.write(name, "");
  const open = (): InstallLinks => {
    const links = directory.installLinks();
    links.open();
    return links;
  };
  return { root, linkDir, unitDir, open };
}

const WANTS = { referral: "wants", by: "t.target" } as const;
const ALIAS = { alias: "alias.service" } as const;

test("InstallLinks: makes an alias to the unit's link, and a link in a target's directory", (t) => {
  const { linkDir, open } = setUp(t);
  const links = open();
  assert.equal(links.set("a.service", [WANTS, ALIAS]), false);
  assert.equal(readlinkSync(join(linkDir, "alias.service")), "a.service");
  assert.equal(readlinkSync(join(linkDir, "t.target.wants/a.service")), "../a.service");
  assert.equal(links.ownerOf("alias.service"), "a.service");
  assert.equal(links.ownerOf("a.service"), undefined);
});

test("InstallLinks: removes links that are no longer asked for, and a directory that becomes empty", (t) => {
  const { linkDir, open } = setUp(t);
  const links = open();
  links.set("a.service", [WANTS, ALIAS]);
  links.set("b.service", [WANTS]);
  assert.equal(links.set("a.service", [WANTS]), true);
  assert.equal(existsSync(join(linkDir, "alias.service")), false);
  assert.equal(links.set("a.service", []), true);
  assert.deepEqual(readdirSync(join(linkDir, "t.target.wants")), ["b.service"]);
  links.set("b.service", []);
  assert.equal(existsSync(join(linkDir, "t.target.wants")), false);
});

test("InstallLinks: finds the links that another process or an earlier version made", (t) => {
  const { linkDir, unitDir, open } = setUp(t);
  open().set("a.service", [WANTS]);
  symlinkSync(join(unitDir, "a.service"), join(linkDir, "alias.service"));
  const links = open();
  assert.equal(links.ownerOf("alias.service"), "a.service");
  // For systemd an alias that leads to the file is another unit.
  assert.equal(links.set("a.service", [WANTS, ALIAS]), true);
  assert.equal(readlinkSync(join(linkDir, "alias.service")), "a.service");
  assert.equal(links.set("a.service", []), true);
  assert.deepEqual(readdirSync(linkDir), ["a.service", "b.service"]);
});

test("InstallLinks: removes links at start whose unit is gone, and leaves the host's", (t) => {
  const { root, linkDir, unitDir, open } = setUp(t);
  writeFileSync(join(linkDir, "own.service"), "");
  mkdirSync(join(linkDir, "t.target.wants"));
  symlinkSync("../own.service", join(linkDir, "t.target.wants/own.service"));
  symlinkSync(join(root, "elsewhere.service"), join(linkDir, "linked.service"));
  symlinkSync(join(unitDir, "gone.service"), join(linkDir, "t.target.wants/gone.service"));
  symlinkSync(join(unitDir, "gone.service"), join(linkDir, "old.service"));
  open();
  assert.deepEqual(readdirSync(linkDir), ["a.service", "b.service", "linked.service", "own.service", "t.target.wants"]);
  assert.deepEqual(readdirSync(join(linkDir, "t.target.wants")), ["own.service"]);
});

test("InstallLinks: makes a deleted link again, and replaces no other file", (t) => {
  const { linkDir, open } = setUp(t);
  const links = open();
  links.set("a.service", [WANTS]);
  rmSync(join(linkDir, "t.target.wants"), { recursive: true });
  links.set("a.service", [WANTS]);
  assert.equal(readlinkSync(join(linkDir, "t.target.wants/a.service")), "../a.service");
  writeFileSync(join(linkDir, "alias.service"), "the host's");
  assert.throws(() => links.set("a.service", [ALIAS]), { code: "EEXIST" });
  assert.equal(links.ownerOf("alias.service"), undefined);
});

test("InstallLinks: keeps a link that outlived the file and the link of its unit", (t) => {
  const { linkDir, open } = setUp(t);
  open().set("a.service", [WANTS]);
  rmSync(join(linkDir, "a.service"));
  const links = open();
  symlinkSync("../a.service", join(linkDir, "t.target.wants/b.service"));
  links.set("a.service", [WANTS]);
  assert.throws(() => links.set("b.service", [WANTS]), { code: "EEXIST" });
  assert.equal(links.areComplete("a.service"), true);
  links.set("a.service", []);
  assert.deepEqual(readdirSync(join(linkDir, "t.target.wants")), ["b.service"]);
});
