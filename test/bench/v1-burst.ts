import { Agent, request } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { hashOptions, parseUnitFile } from "@flotilla/unit";
import type { Host } from "../lab/index.ts";
import { SLEEPER } from "./sleeper.ts";

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
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const v1 = new V1(`/proc/${host.leader}/root/run/fleet.sock`, agent);
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
    agent.destroy();
  }
}

async function untilActive(v1: V1, names: readonly string[], deadline: number): Promise<void> {
  for (;;) {
    const active = await v1.activeUnits();
    if (names.every((name) => active.has(name))) return;
    if (performance.now() > deadline) throw new Error(`${names.length - active.size} units are not active`);
    await delay(POLL_MS);
  }
}

const FILE = parseUnitFile(SLEEPER);
const LAUNCH = JSON.stringify({ desiredState: "launched", options: FILE.options, hash: hashOptions(FILE.options) });

class V1 {
  readonly #options: { readonly socketPath: string; readonly agent: Agent };

  constructor(socketPath: string, agent: Agent) {
    this.#options = { socketPath, agent };
  }

  async launch(name: string): Promise<void> {
    await this.#ask("PUT", `/fleet/v1/units/${name}`, LAUNCH);
  }

  async activeUnits(): Promise<Set<string>> {
    const active = new Set<string>();
    let token: string | undefined;
    do {
      const query = token === undefined ? "" : `?nextPageToken=${encodeURIComponent(token)}`;
      const page = JSON.parse(await this.#ask("GET", `/fleet/v1/state${query}`)) as StatePage;
      for (const { name, systemdActiveState } of page.states ?? [])
        if (systemdActiveState === "active") active.add(name);
      token = page.nextPageToken;
    } while (token !== undefined);
    return active;
  }

  async #ask(method: string, path: string, body?: string): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const headers = body === undefined ? {} : { "content-type": "application/json" };
    const sent = request({ ...this.#options, method, path, headers }, (answer) => {
      text(answer).then((given) => {
        if ((answer.statusCode ?? 500) < 300) resolve(given);
        else reject(new Error(`${method} ${path}: ${answer.statusCode} ${given}`));
      }, reject);
    });
    sent.once("error", reject);
    sent.end(body);
    return promise;
  }
}

interface StatePage {
  readonly states?: readonly { readonly name: string; readonly systemdActiveState: string }[];
  readonly nextPageToken?: string;
}
