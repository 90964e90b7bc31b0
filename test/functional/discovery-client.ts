import { join } from "node:path";
import { type Host, REPOSITORY } from "../lab/index.ts";

/** The programs that work like tools for fleet; they share no code with the project. */
export const CLIENTS = join(REPOSITORY, "test/functional/clients");

interface Sent {
  readonly body?: unknown;
  /** A body to send unchanged. */
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A method of the discovery document, or a plain request that the document does not describe. */
export type Call =
  | (Sent & { readonly method: string; readonly parameters?: Readonly<Record<string, string>>; readonly all?: string })
  | (Sent & { readonly raw: readonly [method: string, path: string] });

export interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly allow: string | null;
  readonly text: string;
  readonly json: unknown;
  /** The answers with all further pages, for a call with `all`. */
  readonly pages?: readonly Answer[];
}

/** Where the client finds the API. */
export interface Api {
  /** The host on which the client runs. */
  readonly from: Host;
  readonly endpoint: string;
  /** The API's base path. Default: the base path in the discovery document. */
  readonly base?: string;
}

/** Makes calls in sequence with a client that knows only the discovery document. */
export async function discoveryClient(
  { from, endpoint, base }: Api,
  calls: readonly Call[],
): Promise<{ readonly connections: number; readonly answers: readonly Answer[] }> {
  const command = [join(CLIENTS, "discovery_client.py"), endpoint, ...(base === undefined ? [] : [base])];
  const { stdout } = await from.run(command, { input: JSON.stringify(calls), timeoutMs: 120_000 });
  return JSON.parse(stdout) as Awaited<ReturnType<typeof discoveryClient>>;
}
