import { messageOf } from "@flotilla/runtime";

export interface GrpcStatus {
  /** Undefined if the error is not from gRPC. */
  readonly code: number | undefined;
  readonly details: string;
}

/** The status in an error of gRPC (ServiceError of grpc-js). */
export function grpcStatus(thrown: unknown): GrpcStatus {
  if (thrown instanceof Error && "code" in thrown && "details" in thrown) {
    const { code, details } = thrown;
    if (typeof code === "number" && typeof details === "string") return { code, details };
  }
  return { code: undefined, details: messageOf(thrown) };
}
