import { type LeaseCallsHarness, leaseCallsContract, storeContract } from "../contract/index.ts";
import { EtcdFixture } from "./etcd.fixture.ts";

storeContract("the etcd store", start);
leaseCallsContract("the etcd store", start);

async function start(): Promise<LeaseCallsHarness> {
  const etcd = await EtcdFixture.start();
  return {
    connect: async () => etcd.direct(),
    compact: (revision) => etcd.compact(revision),
    replace: () => etcd.server.replace(),
    elapse: (ms) => etcd.elapse(ms),
    close: () => etcd.close(),
  };
}
