import { randomBytes } from "node:crypto";
import type { LeaseId } from "../../port/index.ts";

/** Returns an ID that nobody can guess: 63 random bits. etcd takes positive 64-bit integers. */
export function randomLeaseID(): LeaseId {
  const id = randomBytes(8).readBigUInt64BE() >> 1n;
  return id === 0n ? randomLeaseID() : id.toString();
}
