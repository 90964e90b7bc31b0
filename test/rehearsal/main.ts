/**
 * Runs fleetd's program, in this process, through what a daemon does: it joins a cluster of its own, takes in units,
 * starts and destroys them. What V8 has compiled by then is written beside the program, and no daemon has to compile it
 * again. The store is an etcd if there is one on this machine, systemd's part is played by a stand-in on a bus of its own.
 *
 * usage: node test/rehearsal/main.ts DIST
 */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openClient } from "@flotilla/api/client";
import { EtcdServer } from "@flotilla/store/contract";
import { PrivateBus, StandInSystemd } from "@flotilla/systemd/fixture";
import { compileProgram } from "../../scripts/program.ts";
import { waitFor } from "../lab/wait-for.ts";

/** Enough that the daemon takes several in one go. */
const UNITS = Array.from({ length: 40 }, (_, index) => `rehearsed${index}.service`);
const FILE = "[Service]\nExecStart=/bin/true\n";
const LIMIT = { timeoutMs: 20_000 };

const dist = process.argv[2] ?? "";
const stage = mkdtempSync(join(tmpdir(), "flotilla-rehearsal-"));
const etcd = await EtcdServer.start().catch(() => undefined);
const bus = await PrivateBus.start();
const systemd = await StandInSystemd.start(bus.address);
try {
  writeFileSync(join(dist, "fleetd-program.code"), await rehearse());
} finally {
  systemd.stop();
  await bus.stop();
  await etcd?.[Symbol.asyncDispose]();
  rmSync(stage, { recursive: true });
}
// The program itself has no end.
process.exit();

async function rehearse(): Promise<Buffer> {
  symlinkSync(bus.address.replace("unix:path=", ""), join(stage, "bus"));
  Object.assign(process.env, { XDG_RUNTIME_DIR: stage, XDG_STATE_HOME: stage, XDG_CONFIG_HOME: stage });
  for (const name of ["NOTIFY_SOCKET", "LISTEN_FDS", "INVOCATION_ID"]) delete process.env[name];
  const store = etcd ? ["--etcd-servers", etcd.endpoint] : ["--store", "embedded"];
  process.argv = [process.execPath, join(dist, "fleetd.cjs"), "--user", ...store];
  const program = compileProgram(join(dist, "fleetd-program.cjs"), undefined);
  program.run();
  const client = openClient({ endpoints: [`unix://${stage}/fleet.sock`], requestTimeoutMs: 5_000 });
  await waitFor("the daemon to join", async () => (await client.listMachines()).items.length === 1, LIMIT);
  await Promise.all(UNITS.map((unit) => client.putUnit(unit, { file: FILE, desiredState: "launched" })));
  await waitFor(
    "the units to be active",
    async () => {
      const { items } = await client.listStates();
      return items.filter(({ active }) => active === "active").length === UNITS.length;
    },
    LIMIT,
  );
  await Promise.all(UNITS.map((unit) => client.destroyUnit(unit)));
  await waitFor("the units to be gone", async () => (await client.listStates()).items.length === 0, LIMIT);
  client.close();
  return program.code();
}
