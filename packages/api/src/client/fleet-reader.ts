import { bodyOf } from "./answer-body.ts";
import { ApiError } from "./client-error.ts";
import { Transport, type TransportOptions } from "./transport.ts";

/** The fields of a unit in fleet's API v1 that an import needs. */
export interface FleetUnit {
  readonly name: string;
  readonly options: readonly { readonly section: string; readonly name: string; readonly value: string }[];
  readonly desiredState: "inactive" | "loaded" | "launched";
}

export interface FleetMachine {
  readonly id: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The most pages of a list, above any real cluster's: a faulty daemon could always name another page. */
const MOST_PAGES = 1_000;

/** Reads a cluster through API v1, which fleet 1.0 also has. Relies only on fields that fleet always sends. */
export class FleetReader {
  readonly #transport: Transport;
  readonly #silenceMs: number;

  /** @throws EndpointError if an endpoint is malformed. */
  constructor(options: TransportOptions) {
    this.#transport = new Transport(options);
    this.#silenceMs = options.requestTimeoutMs;
  }

  /**
   * Lists every unit once, sorted by name.
   * @throws ApiError, EndpointError, or the signal's reason.
   */
  async listUnits(signal?: AbortSignal): Promise<readonly FleetUnit[]> {
    const units = (await this.#all("units", signal)).map(unitOf);
    // fleet numbers the entries of each page again, so a unit added between two pages makes another unit appear twice.
    return [...new Map(units.map((unit) => [unit.name, unit])).values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Lists the machines in the cluster. @throws ApiError, EndpointError, or the signal's reason. */
  async listMachines(signal?: AbortSignal): Promise<readonly FleetMachine[]> {
    return (await this.#all("machines", signal)).map(machineOf);
  }

  close(): void {
    this.#transport.close();
  }

  async #all(list: "units" | "machines", signal: AbortSignal | undefined): Promise<readonly unknown[]> {
    const items: unknown[] = [];
    let token: unknown;
    for (let pages = 0; pages < MOST_PAGES; pages++) {
      const query = token === undefined ? "" : `?${new URLSearchParams({ nextPageToken: textOf(token) }).toString()}`;
      const answer = await this.#transport.request({ method: "GET", path: `/fleet/v1/${list}${query}` }, signal);
      const page = recordOf(parsed(await bodyOf(answer, { silenceMs: this.#silenceMs }, signal)));
      // fleet omits the key of an empty list.
      for (const item of arrayOf(page[list] ?? [])) items.push(item);
      token = page["nextPageToken"];
      if (token === undefined) return items;
    }
    throw notFleet(`the list of ${list} does not end`);
  }
}

function unitOf(value: unknown): FleetUnit {
  const { name, options, desiredState } = recordOf(value);
  if (desiredState !== "inactive" && desiredState !== "loaded" && desiredState !== "launched")
    throw notFleet(`unit ${textOf(name)} has the desired state ${JSON.stringify(desiredState)}`);
  return { name: textOf(name), options: arrayOf(options ?? []).map(optionOf), desiredState };
}

/** Returns an option, with empty text for fields that fleet omits. */
function optionOf(value: unknown): FleetUnit["options"][number] {
  const { section = "", name = "", value: content = "" } = recordOf(value);
  return { section: textOf(section), name: textOf(name), value: textOf(content) };
}

function machineOf(value: unknown): FleetMachine {
  const { id, metadata = {} } = recordOf(value);
  const pairs = Object.entries(recordOf(metadata)).map(([key, content]) => [key, textOf(content)] as const);
  return { id: textOf(id), metadata: Object.fromEntries(pairs) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw notFleet("the answer is not JSON");
  }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw notFleet("the answer does not have the form of that API");
}

function arrayOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw notFleet("the answer does not have the form of that API");
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  throw notFleet("the answer does not have the form of that API");
}

function notFleet(why: string): ApiError {
  return new ApiError(200, {
    id: "not-fleetd",
    message: `cannot read fleet's API v1 at the endpoint: ${why}; check the endpoint`,
  });
}
