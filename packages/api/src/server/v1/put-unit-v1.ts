import type { FastifyReply, FastifyRequest } from "fastify";
import type { DesiredState } from "@flotilla/model";
import { nextRestart, type StoredUnit, type UnitEdit } from "@flotilla/registry";
import { fileOfOptions, UNIT_FILE_BOUNDS } from "@flotilla/unit";
import { inDocumentedCase } from "../../contract/v1/any-case.ts";
import { limits } from "../../contract/limits.ts";
import { putUnitBodyV1, type UnitOptionV1 } from "../../contract/v1/entities.ts";
import type { Outcome } from "../answer.ts";
import { checked } from "../checked.ts";
import type { ApiContext } from "../context.ts";
import { RequestError } from "../request-error.ts";
import { type Intake, jsonBody, requireJsonType } from "../request-body.ts";
import { type CheckedFile, checkName, checkParsedFile, requireFileSize } from "../unit-check.ts";
import type { RecentStops } from "./recent-stops.ts";

interface PutUnitContext extends Pick<ApiContext, "units" | "intake"> {
  readonly stops: RecentStops;
}

/**
 * PUT /units/NAME: 201 when the unit is new or gets another content, 204 when only its desired state is set.
 * A unit is another when the hash of its options is; what differs in comments alone is kept as it was submitted.
 */
export async function putUnitV1(
  { units, stops, intake }: PutUnitContext,
  name: string,
  reply: FastifyReply,
  signal: AbortSignal,
): Promise<Outcome> {
  const { request } = reply;
  const { options, desired } = await bodyFor(name, reply, intake);
  const file = options?.length ? await fileOf(name, options, intake) : undefined;

  // Read here so that `edit` need not read it. Whether a file is still stored matters only if the unit has it already.
  const known = file && { unit: await units.get(name, signal) };
  const isLost =
    known?.unit?.hash === file?.hash &&
    known?.unit !== undefined &&
    (await units.text(known.unit.digest, signal)) === undefined;
  let created = false;
  const decide = (current: StoredUnit | undefined): UnitEdit => {
    created = file !== undefined && (isLost || file.hash !== current?.hash);
    // A unit with other content starts as new (fleet, client/registry.go): fleetctl waits for inactive after start --replace.
    if (created && file) return { action: "write", text: file.text, hash: file.hash, desired: desired ?? "inactive" };
    return editOf({ name, current, desired, stops, request });
  };
  const revision = await units.edit(name, decide, signal, known);
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
      `The body names the unit ${JSON.stringify(body.name)}, the URL ${JSON.stringify(name)}; name it the same in both, or in the URL alone.`,
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

/** The edit of a request that brings no new file. */
function editOf({ name, current, desired, stops, request }: StateRequest): UnitEdit {
  if (!current)
    throw new RequestError(
      "unit-file-missing",
      `Unit ${name} does not exist, and the request has no options to create it from; send its options.`,
    );
  if (!desired)
    throw new RequestError(
      "unit-file-missing",
      `Unit ${name} exists already, and the request asks for no change; send a desiredState, or other options.`,
    );
  if (desired === current.desired) return { action: "keep" };
  if (desired === "loaded" && current.desired === "launched")
    return { action: "write", desired, stoppedAt: stops.timeOf(request) };
  // The second half of a restart, which must not depend on whether the machine has seen the first half already.
  const isRestart = desired === "launched" && stops.isRecent(current);
  return { action: "write", desired, restart: isRestart ? nextRestart(current) : undefined };
}

/** @throws UnitOptionError for options that no file can hold; as {@link checkParsedFile} otherwise. */
async function fileOf(name: string, options: readonly UnitOptionV1[], { turns }: Intake): Promise<CheckedFile> {
  // Known without writing the file, which would take long.
  requireFileSize(
    name,
    options.reduce((sum, option) => sum + option.name.length + option.value.length, 0),
  );
  const file = await turns.run(() => fileOfOptions(options));
  return checkParsedFile(name, file, turns);
}

/** Before each of them is checked, which takes long where all of them are wrong. */
function requireFewOptions(body: unknown): void {
  const options: unknown = typeof body === "object" && body !== null && "options" in body ? body.options : undefined;
  if (!Array.isArray(options) || options.length <= UNIT_FILE_BOUNDS.options) return;
  throw new RequestError(
    "bad-unit-file",
    `The request has ${options.length} options: at most ${UNIT_FILE_BOUNDS.options} are allowed; keep the data in another file, and name that file in the unit.`,
  );
}
