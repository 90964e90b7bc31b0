import type { Host } from "../lab/index.ts";

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

/** Sends a request to a host's daemon. */
export async function apiRequest(host: Host, path: string, request: ApiRequest = {}): Promise<Answer> {
  const { method = "GET", body, socket = "/run/fleet.sock", headers = {} } = request;
  const sent = body === undefined ? [] : ["--data-binary", "@-", "-H", "content-type: application/json"];
  const flags = ["-s", "--max-time", "30", "--unix-socket", socket, "-X", method, "-w", "\n%{http_code}"];
  const input = body === undefined ? "" : JSON.stringify(body);
  const own = Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  const { stdout } = await host.run(["curl", ...flags, ...sent, ...own, `http://fleet${path}`], { input });
  const end = stdout.lastIndexOf("\n");
  const text = stdout.slice(0, end);
  return { status: Number(stdout.slice(end + 1)), text, json: /^[[{]/.test(text) ? JSON.parse(text) : undefined };
}
