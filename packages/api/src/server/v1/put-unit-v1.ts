import type { FastifyReply, FastifyRequest } from "fastify";
import type { ClusterSnapshot, DesiredState } from "@flotilla/model";
import { nextRestart, type StoredUnit, type UnitEdit } from "@flotilla/registry";
import { fileOfOptions, UNIT_FILE_LIMITS } from "@flotilla/unit";
import { inDocumentedCase } from "../../contract/v1/any-case.ts";
import { limits } from "../../contract/limits.ts";
import { putUnitBodyV1, type UnitOptionV1 } from "../../contract/v1/entities.ts";
import { demandsOfEdit } from "../access/edit-demands.ts";
import type { Outcome } from "../answer.ts";
import { checked } from "../checked.ts";
import type { ApiContext } from "../context.ts";
import { RequestError } from "../request-error.ts";
import { type Intake, jsonBody, requireJsonType } from "../request-body.ts";
import { type CheckedFile, checkName, checkParsedFile, requireFileSize } from "../unit-check.ts";
import type { RecentStops } from "./recent-stops.ts";

interface PutUnitContext extends Pick<ApiContext, "units" | "intake" | "accessOf"> {
  readonly stops: RecentStops;
}

/**
 * Handles PUT /units/NAME: 201 if the unit is new or its options change, 204 if only its desired state is set. Options
 * are compared by hash, so a file that differs only in comments does not replace the stored file.
 * @param known the live copy, with the unit's assumed record, which saves a read, and whether the unit can be read.
 */
export async function putUnitV1(
  { units, stops, intake, accessOf }: PutUnitContext,
  name: string,
  reply: FastifyReply,
  signal: AbortSignal,
  known: Pick<ClusterSnapshot, "units" | "unreadable">,
): Promise<Outcome> {
  const { request } = reply;
  const access = accessOf(request);
  const { options, desired } = await bodyFor(name, reply, intake);
  const file = options?.length ? await fileOf(name, options, intake) : undefined;

  const unit = known.units.get(name);
  // A lost file matters only if the unit already has the same hash. A copy that was listed before the loss has the file.
  const isLost =
    known.unreadable.has(name) ||
    (unit?.hash === file?.hash && unit !== undefined && (await units.text(unit.digest, signal)) === undefined);
  let created = false;
  const decide = (current: StoredUnit | undefined): UnitEdit => {
    created = file !== undefined && (isLost || file.hash !== current?.hash);
    // A unit with new options starts as inactive (fleet, client/registry.go): fleetctl start --replace waits for that.
    const edit: UnitEdit =
      created && file
        ? { action: "write", text: file.text, hash: file.hash, desired: desired ?? "inactive" }
        : editOf({ name, current, desired, stops, request });
    for (const demand of demandsOfEdit(name, current, edit, true)) access.require(demand);
    if (created && file) access.requireFile(file.submitted);
    return edit;
  };
  const revision = await units.edit(name, decide, signal, { unit });
  return { status: created ? 201 : 204, revision };
}

interface WantedUnit {
  readonly options: readonly UnitOptionV1[] | null | undefined;
  readonly desired: DesiredState | undefined;
}

async function bodyFor(name: string, reply: FastifyReply, intake: Intake): Promise<WantedUnit> {
  requireJsonType(reply.request);
  const given = await jsonBody(reply, limits.unitBodyBytes, intake);
  const documented = await intake.turns.run(() => inDocumentedCase(given));
  requireFewOptions(documented);
  const body = await intake.turns.run(() => checked(putUnitBodyV1, documented, "bad-request", "the body"));
  if (body.name && body.name !== name) {
    throw new RequestError(
      "bad-request",
      `the body names unit ${JSON.stringify(body.name)}, but the URL names ${JSON.stringify(name)}; use one name, or omit it in the body`,
    );
  }
  const desired = body.desiredState || undefined;
  checkName(name, desired);
  return { options: body.options, desired };
}

interface StateRequest {
  readonly name: string;
  readonly current: StoredUnit | undefined;
  readonly desired: DesiredState | undefined;
  readonly stops: RecentStops;
  readonly request: FastifyRequest;
}

/** Returns the edit for a request without a new file. */
function editOf({ name, current, desired, stops, request }: StateRequest): UnitEdit {
  if (!current)
    throw new RequestError(
      "unit-file-missing",
      `cannot create unit ${name}: the request has no options; send its options`,
    );
  if (!desired)
    throw new RequestError(
      "unit-file-missing",
      `cannot change unit ${name}: the request has neither a desiredState nor new options; send either`,
    );
  if (desired === current.desired) return { action: "keep" };
  if (desired === "loaded" && current.desired === "launched")
    return { action: "write", desired, stoppedAt: stops.timeOf(request) };
  // The second half of fleetctl's restart must work even if the machine has not seen the first half yet.
  const isRestart = desired === "launched" && stops.isRecent(current);
  return { action: "write", desired, restart: isRestart ? nextRestart(current) : undefined };
}

/** @throws UnitOptionError for options that cannot be written to a file; the errors of {@link checkParsedFile}. */
async function fileOf(name: string, options: readonly UnitOptionV1[], { turns }: Intake): Promise<CheckedFile> {
  // The file has at least this size. Writing the file to measure it would take long.
  requireFileSize(
    name,
    options.reduce((sum, option) => sum + option.name.length + option.value.length, 0),
  );
  const file = await turns.run(() => fileOfOptions(options));
  return checkParsedFile(name, file, turns);
}

/** Checks the number of options before the options, because checking many invalid options takes long. */
function requireFewOptions(body: unknown): void {
  const options: unknown = typeof body === "object" && body !== null && "options" in body ? body.options : undefined;
  if (!Array.isArray(options) || options.length <= UNIT_FILE_LIMITS.options) return;
  throw new RequestError(
    "bad-unit-file",
    `the request has ${options.length} options: at most ${UNIT_FILE_LIMITS.options} are allowed; keep the data in another file, and name that file in the unit`,
  );
}
