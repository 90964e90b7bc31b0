import type { Socket } from "node:net";
import type { AccessObserver, AccessRecord } from "@flotilla/api";
import { type EventRecorder, noEvents } from "@flotilla/model";
import type { Audit, AuditRecord } from "@flotilla/runtime";
import type { ProcessAtSocket } from "../host/process-at-socket.ts";
import { eventOfRequest } from "./request-event.ts";

type ProcessAt = (socket: Socket) => ProcessAtSocket | undefined;

/**
 * Records each request that changed something or was refused, once for each thing that it did, and each change as an
 * event.
 */
export function accessAudit(audit: Audit, processAt: ProcessAt, events: EventRecorder = noEvents): AccessObserver {
  return (access) => {
    const records = recordsOf(access, processAt);
    for (const record of records) audit.record(record);
    const event = eventOfRequest(records);
    if (event) events.record(event);
  };
}

function recordsOf(access: AccessRecord, processAt: ProcessAt): readonly AuditRecord[] {
  const { via } = access;
  const common = { ...callerOf(access, processAt), ...(via !== undefined && { via }), ...resultOf(access) };
  const [first = { verb: access.method.toLowerCase() }, ...others] = access.demands;
  const unit = unitIn(access.path);
  return [first, ...others].map((demand) => {
    const on = "unit" in demand && demand.unit !== undefined ? demand.unit : unit;
    return { ...common, verb: demand.verb, ...(on === undefined ? { object: objectIn(access.path) } : { unit: on }) };
  });
}

type Caller = Pick<AuditRecord, "who" | "name" | "tokenID" | "from">;

function callerOf({ caller, from, socket }: AccessRecord, processAt: ProcessAt): Caller {
  switch (caller?.kind) {
    case undefined:
      return { who: "unknown", from };
    case "open":
      return { who: "open", from };
    case "token":
      return { who: "token", name: caller.name, tokenID: caller.id, from: from || "socket" };
    case "certificate":
      return { who: "certificate", name: caller.name, from };
    case "machine":
      return { who: "machine", name: caller.machineID, from };
    case "local": {
      const process = processAt(socket);
      if (!process) return { who: "local", from: "socket" };
      return { who: "local", name: process.user ?? `uid ${process.uid}`, from: `pid ${process.pid}` };
    }
  }
}

/** The message of a refusal for the caller's rights is a sentence about rights; other messages may quote what was sent. */
function resultOf({
  status,
  revision,
  refusal,
  error,
}: AccessRecord): Pick<AuditRecord, "result" | "revision" | "reason"> {
  if (refusal !== undefined) return { result: "refused", reason: refusal };
  if (error !== undefined)
    return { result: status < 500 && error !== "client-gone" ? "refused" : "failed", reason: error };
  return { result: "done", revision };
}

/** The unit in a path of API v1 or v2, as `/fleet/v2/units/web.service/actions`. */
function unitIn(path: string): string | undefined {
  const [, unit] = /\/units\/([^/]+)/.exec(path) ?? [];
  return unit === undefined ? undefined : decoded(unit);
}

/** What follows the API's version in the path, as `machines/ID/metadata`. */
function objectIn(path: string): string {
  return decoded(path.replace(/^\/(?:fleet\/v\d|v1-alpha)\//, ""));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
