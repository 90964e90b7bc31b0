/**
 * Writes beside fleetd's program what V8 has compiled of it in a rehearsal, so that no daemon has to compile it again
 * (docs/decisions/0029-a-rehearsal-at-build.md). The store is an etcd if this machine has one; a stand-in on a bus of
 * its own takes systemd's place.
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
