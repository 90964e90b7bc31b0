import { messageOf } from "@flotilla/runtime";
import { status as Code } from "@grpc/grpc-js";

export interface GrpcStatus {
  /** Undefined when what was thrown did not come from gRPC. */
  readonly code: number | undefined;
  readonly details: string;
}

/**
 * Wraps a failure in a code that etcd3 does nothing about, with the true one in the text.
 *
 * Seeing a code that it takes for an outage, etcd3 throws its channels away and makes new ones, whose
 * predecessors go on connecting: each failed call while etcd is down is one more, and gRPC's own pauses
 * between attempts are void. Seeing "invalid auth token", it repeats the call for ever, in the belief
 * that it had set the token itself.
 */
export function sealedStatus({ code, details }: { readonly code: Code; readonly details: string }): {
  readonly code: Code;
  readonly details: string;
} {
  const text = details.replace("invalid auth token", "the token has expired");
  return { code: Code.DATA_LOSS, details: `${code} ${Code[code]}: ${text}` };
}

/** The true code and text of an error from etcd3, whose message is "15 DATA_LOSS: 14 UNAVAILABLE: the text". */
export function grpcStatus(thrown: unknown): GrpcStatus {
  const message = messageOf(thrown);
  const [, code, details] = /(?:\d+ DATA_LOSS: )?(\d+) [A-Z_]+: (.*)$/s.exec(message) ?? [];
  return code === undefined ? { code: undefined, details: message } : { code: Number(code), details: details ?? "" };
}
