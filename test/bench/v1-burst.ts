import { setTimeout as delay } from "node:timers/promises";
import type { Host } from "../lab/index.ts";
import { V1Client } from "./v1-client.ts";

/** How a program written for fleet starts many units: that many connections, each with one request at a time. */
const CONNECTIONS = 8;

/** The pause between two listings of the states, milliseconds. */
const POLL_MS = 100;

const LIMIT_MS = 120_000;

/** Milliseconds until every request was accepted, and until a listing shows every unit active. */
export interface V1Burst {
  readonly accepted: number;
  readonly active: number;
}

/** Puts units one by one over API v1 and polls their states, as programs written for fleet do. */
export async function startByV1(host: Host, names: readonly string[]): Promise<V1Burst> {
  const v1 = new V1Client(host, CONNECTIONS);
  try {
    const begun = performance.now();
    const left = [...names];
    const putNext = async (): Promise<void> => {
      for (let name = left.shift(); name !== undefined; name = left.shift()) await v1.launch(name);
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, putNext));
    const accepted = performance.now() - begun;
    await untilActive(v1, names, begun + LIMIT_MS);
    return { accepted, active: performance.now() - begun };
  } finally {
    v1.close();
  }
}

async function untilActive(v1: V1Client, names: readonly string[], deadline: number): Promise<void> {
  for (;;) {
    const active = await v1.activeUnits();
    if (names.every((name) => active.has(name))) return;
    if (performance.now() > deadline) throw new Error(`${names.length - active.size} units are not active`);
    await delay(POLL_MS);
  }
}
