import assert from "node:assert/strict";
import { test } from "node:test";
import { inLab, WEB, type Lab } from "./lab.fixture.ts";
import { MemorySecretCopies } from "./secrets/memory-secret-copies.ts";
import { SecretError, type SecretSource } from "./secrets/secret-source.ts";

const USES = "LoadCredential=db:/run/fleet/secrets.sock\n";
const SERVICE = `[Service]\nExecStart=/bin/sleep 1000\n${USES}`;
const RELOADS = `${SERVICE}ExecReload=/bin/true\n\n[X-Fleet]\nOnSecretChange=reload\n`;
const FETCHING = new AbortController().signal;

/** The servers as an agent sees them. */
class Servers implements SecretSource {
  readonly copies = new MemorySecretCopies();
  readonly asked: string[] = [];
  value: { number: number; value: Buffer } | undefined = { number: 3, value: Buffer.from("v3") };

  async fetch(unit: string, name: string): Promise<{ number: number; value: Buffer }> {
    this.asked.push(`${unit} ${name}`);
    if (!this.value) throw new SecretError(`secret ${name} does not exist`);
    return this.value;
  }

  get secrets() {
    return { source: this, copies: this.copies };
  }
}

async function untilStarts(lab: Lab, starts: number): Promise<void> {
  await lab.until(() => lab.systemd.starts(WEB) === starts && lab.systemd.isActive(WEB), `start ${starts}`);
}

test("agent: a unit's secrets are here before its file, and a copy serves later starts", () =>
  inLab(async (lab) => {
    const servers = new Servers();
    const fetched = Promise.withResolvers<void>();
    const source: SecretSource = { fetch: (unit, name) => fetched.promise.then(() => servers.fetch(unit, name)) };
    const { agent } = lab.start({ secrets: { source, copies: servers.copies } });
    await lab.assign(WEB, SERVICE, { secrets: 3 });
    await lab.clock.advance(1_000);
    assert.equal(lab.systemd.files.size, 0);
    fetched.resolve();
    await lab.untilPublished(WEB, { active: "active", launched: true, secrets: 3, problem: "" });
    servers.value = undefined;
    assert.equal((await agent.credential(WEB, "db", FETCHING)).toString(), "v3");
    assert.deepEqual(servers.asked, [`${WEB} db`]);
  }));

test("agent: a unit without its secret does not start, says why, and starts when the secret comes", () =>
  inLab(async (lab) => {
    const servers = new Servers();
    servers.value = undefined;
    lab.start({ secrets: servers.secrets });
    await lab.assign(WEB, SERVICE);
    await lab.untilPublished(WEB, { active: "inactive", launched: false, problem: "secret db does not exist" });
    servers.value = { number: 8, value: Buffer.from("v8") };
    await lab.assign(WEB, SERVICE, { secrets: 8 });
    await lab.untilPublished(WEB, { active: "active", launched: true, problem: "" });
    assert.equal(lab.systemd.starts(WEB), 1);
  }));

test("agent: a new version restarts the unit once, also if the daemon is restarted meanwhile", () =>
  inLab(async (lab) => {
    const servers = new Servers();
    const daemon = lab.start({ secrets: servers.secrets });
    await lab.assign(WEB, SERVICE, { secrets: 3 });
    await untilStarts(lab, 1);
    servers.value = { number: 5, value: Buffer.from("v5") };
    await lab.assign(WEB, SERVICE, { secrets: 5 });
    await untilStarts(lab, 2);
    await lab.untilPublished(WEB, { secrets: 5 });
    assert.equal((await daemon.agent.credential(WEB, "db", FETCHING)).toString(), "v5");
    await daemon.stop();
    lab.start({ secrets: servers.secrets });
    await lab.clock.advance(30_000);
    assert.equal(lab.systemd.starts(WEB), 2);
  }));

test("agent: a unit with OnSecretChange=reload keeps its process", () =>
  inLab(async (lab) => {
    const servers = new Servers();
    lab.start({ secrets: servers.secrets });
    await lab.assign(WEB, RELOADS, { secrets: 3 });
    await untilStarts(lab, 1);
    servers.value = { number: 5, value: Buffer.from("v5") };
    await lab.assign(WEB, RELOADS, { secrets: 5 });
    await lab.untilPublished(WEB, { secrets: 5 });
    assert.equal(lab.systemd.starts(WEB), 1);
  }));

test("agent: systemd gets only what a unit of the cluster on this machine names", () =>
  inLab(async (lab) => {
    const servers = new Servers();
    const { agent } = lab.start({ secrets: servers.secrets });
    await lab.assign(WEB, SERVICE, { secrets: 3 });
    await untilStarts(lab, 1);
    for (const [unit, name] of [
      [WEB, "other"],
      ["none.service", "db"],
    ] as const)
      await assert.rejects(agent.credential(unit, name, FETCHING), /no unit \S+ of the cluster .* names secret/);
    servers.copies.delete(WEB);
    assert.equal((await agent.credential(WEB, "db", FETCHING)).toString(), "v3");
  }));

test("agent: a daemon that just started serves copies before it knows its assignments", () =>
  inLab(async (lab) => {
    const servers = new Servers();
    const daemon = lab.start({ secrets: servers.secrets });
    await lab.assign(WEB, SERVICE, { secrets: 3 });
    await untilStarts(lab, 1);
    await daemon.stop();
    servers.value = undefined;
    const { agent } = lab.start({ secrets: servers.secrets });
    assert.equal((await agent.credential(WEB, "db", FETCHING)).toString(), "v3");
  }));

test("agent: copies leave with the unit, also those of an earlier process", () =>
  inLab(async (lab) => {
    const servers = new Servers();
    servers.copies.put("gone.service", new Map([["db", { number: 1, value: Buffer.from("old") }]]));
    const { agent } = lab.start({ secrets: servers.secrets });
    await lab.assign(WEB, SERVICE, { secrets: 3 });
    await untilStarts(lab, 1);
    await lab.until(() => [...servers.copies.units].join() === WEB);
    await lab.unassign(WEB);
    await lab.untilPublished(WEB, undefined);
    assert.deepEqual([...servers.copies.units], []);
    await assert.rejects(agent.credential(WEB, "db", FETCHING), SecretError);
  }));

test("agent: a unit that no longer names a secret loses its copies", () =>
  inLab(async (lab) => {
    const servers = new Servers();
    lab.start({ secrets: servers.secrets });
    await lab.assign(WEB, SERVICE, { secrets: 3 });
    await untilStarts(lab, 1);
    await lab.assign(WEB, SERVICE.replace(USES, ""));
    await untilStarts(lab, 2);
    assert.equal(servers.copies.heldFor(WEB), undefined);
  }));

test("agent: more than systemd accepts for one unit is refused with the number of bytes", () =>
  inLab(async (lab) => {
    const servers = new Servers();
    servers.value = { number: 3, value: Buffer.alloc(1024 * 1024) };
    lab.start({ secrets: servers.secrets });
    await lab.assign(WEB, SERVICE, { secrets: 3 });
    await lab.until(async () => /have 1048578 bytes: systemd/.test((await lab.published()).get(WEB)?.problem ?? ""));
  }));
