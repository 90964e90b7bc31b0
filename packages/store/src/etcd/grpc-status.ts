import { messageOf } from "@flotilla/runtime";

export interface GrpcStatus {
  /** Undefined when what was thrown did not come from gRPC. */
  readonly code: number | undefined;
  readonly details: string;
}

/** What gRPC's error says (grpc-js, ServiceError). */
export function grpcStatus(thrown: unknown): GrpcStatus {
  if (thrown instanceof Error && "code" in thrown && "details" in thrown) {
    const { code, details } = thrown;
    if (typeof code === "number" && typeof details === "string") return { code, details };
  }
  return { code: undefined, details: messageOf(thrown) };
}
