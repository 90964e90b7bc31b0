import { readKey, UnitRegistry } from "@flotilla/registry";
import { type Logger, ManualClock, silentLogger } from "@flotilla/runtime";
import type { Store } from "@flotilla/store";
import { MemoryStore } from "@flotilla/store/memory";
import type { Random } from "../../simulation/random.ts";
import { type Finding, type Fuzzer, printable } from "../fuzzer.ts";
import { drawGarbage, type Garbage } from "./garbage.ts";
import { Machine } from "./machine.ts";

/** The number of garbage keys that one cluster gets before it is checked. */
const ROUND = 20;

const MACHINES = ["a".repeat(32), "b".repeat(32)];
const UNITS = ["one.service", "two.service", "three.service"];
const TEXT = "[Service]\nExecStart=/bin/sleep 1d\n";

/** How long the cluster may take to reach the expected state: several TTLs and holds, in simulated milliseconds. */
const SETTLE_MS = 120_000;

/**
 * Writes garbage under every key prefix of the store while a small cluster runs with the daemon's real parts. No part
 * may end or fail by a programming error. Once the garbage is removed, everything must work.
 */
export const storeFuzzer: Fuzzer = {
  name: "store",
  summary: "garbage under every key prefix of the store, beside a cluster in memory",
  length: 600,
  run: async (random, length) => {
    const findings: Finding[] = [];
    for (let index = 0; index < length && findings.length === 0; index += ROUND)
      findings.push(...(await round(random.fork(), index, Math.min(ROUND, length - index))));
    return findings;
  },
};

async function round(random: Random, index: number, count: number): Promise<Finding[]> {
  const scene = new Scene();
  const written: Garbage[] = [];
  const hasLeases = random.chance(0.3);
  try {
    await scene.prepare();
    for (let left = count; left > 0; left -= 1) {
      written.push(await scene.write(random, hasLeases));
      await scene.clock.advance(random.below(2_000));
    }
    await scene.clock.advance(SETTLE_MS);
    if (!written.some(keepsOut)) await scene.checkWorksBeside();
    await scene.cleanUp(written);
    await scene.checkWorks();
  } finally {
    await scene.close();
  }
  const input = written.map(
    ({ key, value, leased }) => `${printable(key)}${leased ? " (leased)" : ""} = ${printable(value)}`,
  );
  return scene.wrong.slice(0, 3).map((wrong) => ({ index, input: input.join("\n  "), wrong }));
}

/**
 * Returns whether a key may stop the cluster until someone deletes it: a seat or a machine record under a foreign
 * lease.
 */
function keepsOut({ key, leased }: Garbage): boolean {
  return leased || MACHINES.some((id) => key === `machine/${id}`);
}

class Scene {
  readonly clock = new ManualClock();
  readonly wrong: string[] = [];
  readonly #server = new MemoryStore({ clock: this.clock });
  readonly #store: Store = this.#server.connect();
  readonly #units = new UnitRegistry(this.#store);
  readonly #machines: Machine[];
  readonly #leases: { revoke(): Promise<void> }[] = [];

  constructor() {
    const onEnd = (why: string): void => void this.wrong.push(why);
    const log = loggerOf((line) => this.wrong.push(line));
    this.#machines = MACHINES.map((id) => new Machine({ id, server: this.#server, clock: this.clock, log, onEnd }));
  }

  async prepare(): Promise<void> {
    for (const name of UNITS) await this.#submit(name);
    await this.#until("the units to run", () => UNITS.every((name) => this.#runs(name) === 1));
  }

  async write(random: Random, hasLeases: boolean): Promise<Garbage> {
    const { entries } = await this.#store.range({ prefix: "" });
    const drawn = drawGarbage(random, { machines: MACHINES, units: UNITS, entries });
    const garbage = { ...drawn, leased: drawn.leased && hasLeases };
    const lease = garbage.leased ? await this.#store.grant(3_600_000) : undefined;
    if (lease) this.#leases.push(lease);
    await this.#store.txn({
      onSuccess: [{ put: garbage.key, value: garbage.value, ...(lease && { lease: lease.id }) }],
    });
    return garbage;
  }

  /** Checks that units stop and start despite the garbage. */
  async checkWorksBeside(): Promise<void> {
    await this.#units.edit("three.service", () => ({ action: "destroy" }));
    await this.#submit("beside.service");
    await this.#until("a destroyed unit to stop beside garbage", () => this.#runs("three.service") === 0);
    await this.#until("a new unit to run beside garbage", () => this.#runs("beside.service") === 1);
  }

  /**
   * Follows the instructions in docs/registry-keys.md: delete the keys, submit the units again, restart the daemons.
   */
  async cleanUp(written: readonly Garbage[]): Promise<void> {
    for (const lease of this.#leases) await lease.revoke();
    for (const { key } of written) await this.#store.txn({ onSuccess: [{ delete: key }] });
    for (const name of UNITS) await this.#submit(name);
    for (const machine of this.#machines) await machine.restart();
  }

  async checkWorks(): Promise<void> {
    await this.#submit("new.service");
    const all = [...UNITS, "new.service"];
    await this.#until("every unit to run once", () => all.every((name) => this.#runs(name) === 1));
    const { entries } = await this.#store.range({ prefix: "" });
    for (const { key } of entries)
      if (typeof readKey(key) === "string") this.wrong.push(`a malformed key is in the store: ${printable(key)}`);
  }

  async close(): Promise<void> {
    for (const machine of this.#machines) await machine.stop();
    await this.#store.close();
    this.#server.close();
  }

  async #submit(name: string): Promise<void> {
    await this.#units.edit(name, () => ({ action: "write", text: TEXT, desired: "launched" }));
  }

  #runs(name: string): number {
    return this.#machines.filter((machine) => machine.running().includes(name)).length;
  }

  async #until(what: string, holds: () => boolean): Promise<void> {
    for (let waited = 0; waited < SETTLE_MS; waited += 100) {
      if (holds()) return;
      await this.clock.advance(100);
    }
    const where = this.#machines.map((machine) => machine.running().join(" ")).join(" | ");
    this.wrong.push(`timed out waiting for ${what}; running: ${where}`);
  }
}

/** Only a programming error is logged with a stack. */
function loggerOf(onFault: (line: string) => void): Logger {
  const log: Logger = {
    ...silentLogger,
    error: (message, fields = {}) => {
      if (fields["stack"] !== undefined) onFault(`${message}: ${String(fields["stack"])}`);
    },
    child: () => log,
  };
  return log;
}
