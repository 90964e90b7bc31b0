import { join } from "node:path";
import { type Host, REPOSITORY } from "../lab/index.ts";

/** The programs here are of the kind that drove fleet; they share no code with the project. */
export const CLIENTS = join(REPOSITORY, "test/functional/clients");

interface Sent {
  readonly body?: unknown;
  /** A body that is sent as it is. */
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A method of the discovery document, or a bare request where the document has none. */
export type Call =
  | (Sent & { readonly method: string; readonly parameters?: Readonly<Record<string, string>>; readonly all?: string })
  | (Sent & { readonly raw: readonly [method: string, path: string] });

export interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly allow: string | null;
  readonly text: string;
  readonly json: unknown;
  /** Every further page, of a call with `all`. */
  readonly pages?: readonly Answer[];
}

/** Where an independent client finds an API. */
export interface Api {
  /** The host that the client runs on. */
  readonly from: Host;
  readonly endpoint: string;
  /** By default the discovery document's own. */
  readonly base?: string;
}

/** Makes the calls one after the other, by a client that is made from the discovery document. */
export async function discoveryClient(
  { from, endpoint, base }: Api,
  calls: readonly Call[],
): Promise<{ readonly connections: number; readonly answers: readonly Answer[] }> {
  const command = [join(CLIENTS, "discovery_client.py"), endpoint, ...(base === undefined ? [] : [base])];
  const { stdout } = await from.run(command, { input: JSON.stringify(calls), timeoutMs: 120_000 });
  return JSON.parse(stdout) as Awaited<ReturnType<typeof discoveryClient>>;
}
