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

/** gRPC's status codes (https://grpc.io/docs/guides/status-codes/) for which a request is at fault, not the server. */
const REFUSALS: ReadonlySet<number> = new Set([3, 5, 6, 7, 9, 11, 12, 16]);
const DEADLINE_EXCEEDED = 4;
const UNAUTHENTICATED = 16;
const STALE_TOKEN = ["revision of auth store is old", "user name is empty"];

/**
 * Turns what etcd3 or gRPC threw into one of ours, with a message that names the endpoint and what to do. What the
 * language itself throws is an error in the program, whatever etcd does, and is given back as it is.
 */
export function storeError(thrown: unknown, endpoint: string): Error {
  if (isStoreError(thrown)) return thrown;
  const { code, details } = grpcStatus(thrown);
  if (code === undefined && isLanguageError(thrown)) return thrown as Error;
  const cause = { cause: thrown };
  const at = `etcd at ${endpoint}`;
  if (details.includes("has been compacted")) {
    return new CompactedError(`${at} no longer holds the revision asked for: ${details}. Read everything anew.`, cause);
  }
  if (details.includes("requested lease not found")) {
    return new LeaseLostError(`${at} does not know the lease (any more): ${details}.`, cause);
  }
  if (details.includes("database space exceeded")) {
    return new StoreUnavailableError(
      `${at} is out of space and takes no writes: ${details}. Compact and defragment it, then disarm its alarm.`,
      cause,
    );
  }
  if (details.includes("message larger than max") || (code !== undefined && REFUSALS.has(code))) {
    return new StoreRefusedError(`${at} refused the request: ${details}.`, cause);
  }
  if (code === DEADLINE_EXCEEDED) {
    return new StoreTimeoutError(`${at} did not answer in time: ${details}. Check that it runs and its load.`, cause);
  }
  return new StoreUnavailableError(
    `${at} cannot serve: ${details}. Check that it runs, can be reached from here and has a leader.`,
    cause,
  );
}

/**
 * etcd takes the credentials, but not the token that they were turned into before, or there was none to be had while
 * it asked for nothing: a new one is needed.
 */
export function isStaleToken(thrown: unknown): boolean {
  const { code, details } = grpcStatus(thrown);
  return code === UNAUTHENTICATED || STALE_TOKEN.some((words) => details.includes(words));
}

export function isTimeout(thrown: unknown): boolean {
  return grpcStatus(thrown).code === DEADLINE_EXCEEDED;
}

/** The token, or the user, may not do this. */
export function deniesAccess(thrown: unknown): boolean {
  return isStaleToken(thrown) || messageOf(thrown).includes("permission denied");
}

/** True when gRPC gave up before the request left this process, so that even a write may be tried again. */
export function wasNeverSent(thrown: unknown): boolean {
  const { details } = grpcStatus(thrown);
  return details.startsWith("No connection established") || details.startsWith("Channel closed before call started");
}

/** True when etcd certainly has not done what was asked, so that even a write may be tried again. */
export function hadNoEffect(thrown: unknown): boolean {
  // A member that knows no leader refuses a call that asks for one (metadata `hasleader`) before it looks at it.
  return wasNeverSent(thrown) || grpcStatus(thrown).details.startsWith("etcdserver: no leader");
}

function isStoreError(thrown: unknown): thrown is StoreError {
  return [CompactedError, LeaseLostError, StoreRefusedError, StoreTimeoutError, StoreUnavailableError].some(
    (kind) => thrown instanceof kind,
  );
}
