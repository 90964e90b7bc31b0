import type { DrawnRequest } from "./draw-request.ts";
import { violation } from "./json-schema.ts";
import type { RawAnswer } from "./raw-request.ts";

/**
 * Statuses of requests that HTTP or the router refuses before they reach an operation. Every route may answer with
 * them.
 */
const PROTOCOL_STATUSES: ReadonlySet<number> = new Set([400, 404, 405, 413, 414, 415, 431]);

/** Statuses that Node's HTTP parser answers without a body when a request is not HTTP. */
const PARSER_STATUSES: ReadonlySet<number> = new Set([400, 408, 413, 431]);

/** Returns the rule that the answer breaks, and how; undefined if it breaks none. */
export function judge(request: DrawnRequest, answer: RawAnswer): string | undefined {
  const { status } = answer;
  if (status === 0) return "the connection ended without an answer";
  if (status >= 500) return `status ${status}: ${answer.body.slice(0, 300)}`;
  if (status >= 400) return judgeError(request, answer) ?? judgeStatus(request, status);
  return judgeStatus(request, status) ?? judgeSuccess(request, answer);
}

function judgeStatus({ operation }: DrawnRequest, status: number): string | undefined {
  if (!operation || operation.answers.size === 0 || operation.answers.has(status)) return undefined;
  if (PROTOCOL_STATUSES.has(status)) return undefined;
  return `status ${status} is not in the document for ${operation.method} ${operation.path}`;
}

function judgeError(request: DrawnRequest, { status, body, headers }: RawAnswer): string | undefined {
  if (request.method === "HEAD") return undefined;
  if (body === "" && PARSER_STATUSES.has(status)) return undefined;
  const type = headers.get("content-type");
  if (type !== "application/json") return `error ${status} has the content type ${type}`;
  const { error } = parsed(body) as { error?: Partial<Record<"code" | "id" | "message", unknown>> };
  if (error?.code !== status) return `error ${status} says code ${String(error?.code)}`;
  if (typeof error.id !== "string" || error.id === "internal") return `error ${status} has the id ${String(error.id)}`;
  if (typeof error.message !== "string" || error.message === "") return `error ${status} has no message`;
  if (/\n\s+at |node:internal|\.ts:\d/.test(error.message)) return `error ${status} shows a stack: ${error.message}`;
  return undefined;
}

function judgeSuccess(request: DrawnRequest, { status, body, headers }: RawAnswer): string | undefined {
  const schema = request.operation?.answers.get(status);
  if (!schema || request.method === "HEAD") return undefined;
  if (headers.get("content-type") !== "application/json") return `status ${status} is not JSON`;
  return violation(parsed(body), schema, request.operation?.schemas ?? {});
}

function parsed(body: string): object {
  try {
    return (JSON.parse(body) as object | null) ?? {};
  } catch {
    return {};
  }
}
