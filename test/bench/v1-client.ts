import { Agent, request } from "node:http";
import { text } from "node:stream/consumers";
import { hashOptions, parseUnitFile } from "@flotilla/unit";
import type { Host } from "../lab/index.ts";
import { SLEEPER } from "./sleeper.ts";

const FILE = parseUnitFile(SLEEPER);
const LAUNCH = JSON.stringify({ desiredState: "launched", options: FILE.options, hash: hashOptions(FILE.options) });

/** A client of a host's API v1, as programs written for fleet are: each connection has one request at a time. */
export class V1Client {
  readonly #options: { readonly socketPath: string; readonly agent: Agent };

  constructor(host: Host, connections: number) {
    const agent = new Agent({ keepAlive: true, maxSockets: connections });
    this.#options = { socketPath: `/proc/${host.leader}/root/run/fleet.sock`, agent };
  }

  async launch(name: string): Promise<void> {
    await this.#ask("PUT", `/fleet/v1/units/${name}`, LAUNCH);
  }

  async destroy(name: string): Promise<void> {
    await this.#ask("DELETE", `/fleet/v1/units/${name}`);
  }

  /** Lists the active units. @param name list only this unit. */
  async activeUnits(name?: string): Promise<Set<string>> {
    const active = new Set<string>();
    const query = new URLSearchParams(name === undefined ? {} : { unitName: name });
    let token: string | undefined;
    do {
      const page = JSON.parse(await this.#ask("GET", `/fleet/v1/state?${query.toString()}`)) as StatePage;
      for (const { name: unit, systemdActiveState } of page.states ?? [])
        if (systemdActiveState === "active") active.add(unit);
      token = page.nextPageToken;
      if (token !== undefined) query.set("nextPageToken", token);
    } while (token !== undefined);
    return active;
  }

  close(): void {
    this.#options.agent.destroy();
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
