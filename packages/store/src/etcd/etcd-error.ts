import { isLanguageError, messageOf } from "@flotilla/runtime";
import { grpcStatus } from "./grpc-status.ts";
import {
  CompactedError,
  LeaseLostError,
  StoreRefusedError,
  StoreTimeoutError,
  StoreUnavailableError,
} from "../port/store-error.ts";

type StoreError = CompactedError | LeaseLostError | StoreRefusedError | StoreTimeoutError | StoreUnavailableError;

/** The gRPC status codes that blame the request, not the server (https://grpc.io/docs/guides/status-codes/). */
const REFUSALS: ReadonlySet<number> = new Set([3, 5, 6, 7, 9, 11, 12, 16]);
const DEADLINE_EXCEEDED = 4;
const UNAUTHENTICATED = 16;
const STALE_TOKEN = ["revision of auth store is old", "user name is empty"];

/**
 * Converts an error of etcd3 or gRPC to a store error whose message names the endpoint and says what to do. Returns a
 * programming error unchanged.
 */
export function storeError(thrown: unknown, endpoint: string): Error {
  if (isStoreError(thrown)) return thrown;
  const { code, details } = grpcStatus(thrown);
  if (code === undefined && isLanguageError(thrown)) return thrown as Error;
  const cause = { cause: thrown };
  const at = `etcd at ${endpoint}`;
  if (details.includes("has been compacted")) {
    return new CompactedError(`${at} no longer holds the requested revision: ${details}; list the store again`, cause);
  }
  if (isUnknownLease(thrown)) {
    return new LeaseLostError(`${at} does not know the lease: ${details}`, cause);
  }
  if (details.includes("database space exceeded")) {
    return new StoreUnavailableError(
      `${at} is out of space and takes no writes: ${details}; compact and defragment etcd, then disarm its alarm`,
      cause,
    );
  }
  if (details.includes("message larger than max") || (code !== undefined && REFUSALS.has(code))) {
    return new StoreRefusedError(`${at} refused the request: ${details}`, cause);
  }
  if (code === DEADLINE_EXCEEDED) {
    return new StoreTimeoutError(`${at} did not answer in time: ${details}; check that etcd runs, and its load`, cause);
  }
  return new StoreUnavailableError(
    `${at} cannot serve: ${withoutGrpcWords(details)}; check that etcd runs, that this machine can reach it, and that it has a leader`,
    cause,
  );
}

/** Returns the reason in the words of grpc-js about a connection, else the text unchanged. */
function withoutGrpcWords(details: string): string {
  return (
    /^No connection established\. Last error: (?:Error: )?(.+?)\.? Resolution note: /.exec(details)?.[1] ?? details
  );
}

/**
 * True if the call needs a new token: etcd rejects the current one, or has enabled authentication since the last call.
 */
export function isStaleToken(thrown: unknown): boolean {
  const { code, details } = grpcStatus(thrown);
  return code === UNAUTHENTICATED || STALE_TOKEN.some((words) => details.includes(words));
}

/** True if etcd does not know the lease of the request. */
export function isUnknownLease(thrown: unknown): boolean {
  return grpcStatus(thrown).details.includes("requested lease not found");
}

/** True if etcd has a lease with the ID that was requested for a new lease. */
export function isExistingLease(thrown: unknown): boolean {
  return grpcStatus(thrown).details.includes("lease already exists");
}

export function isTimeout(thrown: unknown): boolean {
  return grpcStatus(thrown).code === DEADLINE_EXCEEDED;
}

/** True if etcd rejects the token, or denies the user this call. */
export function deniesAccess(thrown: unknown): boolean {
  return isStaleToken(thrown) || messageOf(thrown).includes("permission denied");
}

/** True if gRPC gave up before the request left this process, so that even a write can be retried. */
export function wasNeverSent(thrown: unknown): boolean {
  const { details } = grpcStatus(thrown);
  return details.startsWith("No connection established") || details.startsWith("Channel closed before call started");
}

/** True if the call certainly had no effect in etcd, so that even a write can be retried. */
export function hadNoEffect(thrown: unknown): boolean {
  // A member without a leader refuses a call with the metadata `hasleader` before it processes the call.
  return wasNeverSent(thrown) || grpcStatus(thrown).details.startsWith("etcdserver: no leader");
}

function isStoreError(thrown: unknown): thrown is StoreError {
  return [CompactedError, LeaseLostError, StoreRefusedError, StoreTimeoutError, StoreUnavailableError].some(
    (kind) => thrown instanceof kind,
  );
}
