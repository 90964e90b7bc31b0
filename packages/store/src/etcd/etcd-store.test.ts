import { setTimeout as delay } from "node:timers/promises";
import { silentLogger, systemClock } from "@flotilla/runtime";
import { Etcd3 } from "etcd3";
import { EtcdServer, storeContract } from "../contract/index.ts";
import type { Store } from "../port.ts";
import { openEtcdStore } from "./etcd-store.ts";

storeContract("the etcd store", async () => {
  const server = await EtcdServer.start();
  const admin = new Etcd3({ hosts: server.endpoint });
  const clients: Store[] = [];
  return {
    connect: async () => {
      const client = openEtcdStore({
        endpoints: [server.endpoint],
        requestTimeoutMs: 5_000,
        clock: systemClock,
        random: Math.random,
        log: silentLogger,
      });
      clients.push(client);
      return client;
    },
    compact: async (revision) => {
      await admin.kv.compact({ revision, physical: true });
    },
    elapse: async (ms) => {
      await delay(ms);
    },
    close: async () => {
      for (const client of clients) await client.close();
      admin.close();
      await server.stop();
    },
  };
});
