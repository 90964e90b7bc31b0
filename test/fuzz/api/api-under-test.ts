import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { type ApiOptions, createApi, fixedAuthority, fixedStore, noMovePlanner } from "@flotilla/api";
import {
  ClusterFeed,
  MachineSettingsRegistry,
  MembershipRegistry,
  SecretRegistry,
  readKey,
  AttendanceRegistry,
  UnitRegistry,
  TokenRegistry,
} from "@flotilla/registry";
import { type Logger, silentLogger, systemClock } from "@flotilla/runtime";
import { explain, planAhead, runToEnd, Scheduler } from "@flotilla/schedule";
import { SecretCipher, type SecretsKeyStore, SecretVault } from "@flotilla/secrets";
import type { Store } from "@flotilla/store";
import { MemoryStore } from "@flotilla/store/memory";

/** The API's real server on a unix socket, with a store in memory that holds two machines. */
export interface ApiUnderTest extends AsyncDisposable {
  readonly socketPath: string;
  /** The keys in the store that the registry cannot read. */
  malformedKeys(): Promise<readonly string[]>;
  /** The errors that the API has logged since the last call. */
  takeErrors(): readonly string[];
}

const MACHINES = ["a".repeat(32), "b".repeat(32)];

export async function openApiUnderTest(): Promise<ApiUnderTest> {
  const errors: string[] = [];
  const log: Logger = {
    ...silentLogger,
    error: (message, fields) => errors.push(`${message} ${JSON.stringify(fields)}`),
    child: () => log,
  };
  const memory = new MemoryStore({ clock: systemClock });
  const store = memory.connect();
  const lease = (await store.grant(3_600_000)).id;
  for (const id of MACHINES) {
    const value = JSON.stringify({ id, metadata: { region: "eu" } });
    await store.txn({ onSuccess: [{ put: `machine/${id}`, value, lease }] });
  }
  const stop = new AbortController();
  const feed = new ClusterFeed({ store, clock: systemClock, random: () => 0.5, log });
  const running = feed.run(stop.signal);
  const api = await createApi(optionsFor(store, feed, log));
  const socketPath = join(tmpdir(), `flotilla-fuzz-${randomUUID()}.sock`);
  const server = createServer({ requestTimeout: 0 }, (request, response) =>
    api.handler(request, response, { kind: "socket" }),
  );
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    socketPath,
    malformedKeys: async () => {
      const { entries } = await store.range({ prefix: "", limit: 100_000 });
      return entries.map(({ key }) => key).filter((key) => typeof readKey(key) === "string");
    },
    takeErrors: () => errors.splice(0),
    [Symbol.asyncDispose]: async () => {
      await api.close();
      stop.abort();
      await running;
      await closed(server);
      await store.close();
      memory.close();
      await rm(socketPath, { force: true });
    },
  };
}

/** The certificate of an authority, for the hash in tokens. */
const AUTHORITY = `-----BEGIN CERTIFICATE-----
MIIBmjCCAUGgAwIBAgIUNIkM3yGWpdhBA7CEBI6UFuV0jd4wCgYIKoZIzj0EAwIw
IjEgMB4GA1UEAwwXZmxvdGlsbGEgdGVzdCBhdXRob3JpdHkwIBcNMjYxMTMwMDky
NDI0WhgPMjEyNjExMDYwOTI0MjRaMCIxIDAeBgNVBAMMF2Zsb3RpbGxhIHRlc3Qg
YXV0aG9yaXR5MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEXUnUbb5f9hk2OxwP
AXFPgHj0UVMLVMRxeWF523r9WZDWo7CNrW2Bwh2asttqZJ1mEQ9XoNflswwkhwMe
mhLGsqNTMFEwHQYDVR0OBBYEFAQIY8zDHoTK8wVe+gU+Q44hjRqnMB8GA1UdIwQY
MBaAFAQIY8zDHoTK8wVe+gU+Q44hjRqnMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZI
zj0EAwIDRwAwRAIgEuoHHksS8v3EP624L6kqZJDYt8lj7+x9j/qvayaZFskCIEiE
42y2r0OvFIIYbUgbMYSol6A7lp3VMNV52GgZrVFO
-----END CERTIFICATE-----
`;

/** Secrets with a key in memory. */
function vaultIn(store: Store): SecretVault {
  const cipher = SecretCipher.fromKeyText(SecretCipher.newKeyText());
  if (!cipher) throw new Error("the new key is unusable");
  const key: SecretsKeyStore = { path: "memory", load: () => cipher, create: () => cipher };
  return new SecretVault({ secrets: new SecretRegistry(store), key, machineID: MACHINES[0] ?? "", clock: systemClock });
}

function optionsFor(store: Store, feed: ClusterFeed, log: Logger): ApiOptions {
  return {
    units: new UnitRegistry(store),
    settings: new MachineSettingsRegistry(store),
    memberships: new MembershipRegistry(store),
    access: {
      tokens: { isKnown: true, find: () => undefined },
      registry: new TokenRegistry(store),
      authority: () => Promise.resolve(AUTHORITY),
    },
    attendance: new AttendanceRegistry(store),
    cluster: { with: (use) => use(feed) },
    inspector: {
      status: async () => ({ code: 0, text: "active\n" }),
      properties: async () => ({ ok: true, message: "", properties: [] }),
      timers: async () => [],
      sockets: async () => [],
      journal: async () => Readable.from(["a line\n"]),
    },
    audits: { read: async () => ({ entries: [], missing: [] }) },
    operator: { act: async () => ({ ok: true, message: "" }) },
    secrets: vaultIn(store),
    storeKeeper: fixedStore("embedded=/store.db"),
    rotation: fixedAuthority,
    movePlanner: noMovePlanner,
    explain: (units) => Promise.resolve(new Map(units.map((unit) => [unit, explain(feed.view, unit)]))),
    planner: {
      weigh: async (unit) => {
        const scheduler = new Scheduler();
        scheduler.decide(feed.view);
        return scheduler.weigh(unit);
      },
      plan: async (units) => runToEnd(planAhead(new Scheduler(), feed.view, units)),
    },
    machineID: MACHINES[0] ?? "",
    version: "0",
    tokenLimit: 100,
    availability: () => undefined,
    clock: systemClock,
    log,
  };
}

async function closed(server: Server): Promise<void> {
  const done = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await done;
}
