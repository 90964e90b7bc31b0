/**
 * Runs fleetd once at build time and writes V8's code cache of that run beside the program, so that no daemon compiles
 * the code again (docs/decisions/0029-a-rehearsal-at-build.md). The store is etcd if this machine has it. A stand-in on
 * a private bus replaces systemd.
 *
 * usage: node test/rehearsal/main.ts DIST
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EtcdServer } from "@flotilla/store/contract";
import { PrivateBus, StandInSystemd } from "@flotilla/systemd/fixture";
import { rehearse } from "./rehearsal.ts";

const dist = process.argv[2] ?? "";
const directory = mkdtempSync(join(tmpdir(), "flotilla-rehearsal-"));
const etcd = await EtcdServer.start().catch(() => undefined);
const bus = await PrivateBus.start();
const systemd = await StandInSystemd.start(bus.address);
try {
  const storeArguments = etcd ? ["--etcd-servers", etcd.endpoint] : ["--store", "embedded"];
  const busSocket = bus.address.replace("unix:path=", "");
  writeFileSync(join(dist, "fleetd-program.code"), await rehearse({ dist, directory, busSocket, storeArguments }));
} finally {
  systemd.stop();
  await bus.stop();
  await etcd?.[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
}
process.exit();
