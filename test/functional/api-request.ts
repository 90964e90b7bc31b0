import { type Host, requestDaemon } from "../lab/index.ts";

export interface Answer {
  readonly status: number;
  readonly text: string;
  /** Undefined if the answer is not JSON. */
  readonly json: unknown;
}

export interface ApiRequest {
  readonly method?: string;
  readonly body?: unknown;
  readonly socket?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends a request to a host's daemon. It starts no process on the host. */
export async function apiRequest(host: Host, path: string, request: ApiRequest = {}): Promise<Answer> {
  const { status, text } = await requestDaemon(host, { ...request, path, timeoutMs: 30_000 });
  return { status, text, json: /^[[{]/.test(text) ? JSON.parse(text) : undefined };
}
