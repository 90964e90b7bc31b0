import type { ClusterSnapshot } from "@flotilla/model";
import { nextRestart, type StoredUnit, type UnitDecision, type UnitEdit, type UnitRegistry } from "@flotilla/registry";
import { parseUnitName } from "@flotilla/unit";
import type { PutUnitAnswer, PutUnitBody } from "../../contract/v2/requests.ts";
import type { v2Routes } from "../../contract/v2/routes.ts";
import { demandsOfEdit } from "../access/edit-demands.ts";
import type { Outcome } from "../answer.ts";
import type { ApiContext } from "../context.ts";
import { goingAlong } from "../dependencies/along.ts";
import type { ToldAlong } from "../dependencies/going-along.ts";
import { pullsUnknown } from "../dependencies/pulls-unknown.ts";
import { RequestError } from "../request-error.ts";
import type { Checked } from "./bound-route.ts";
import { type CheckedFile, checkFile, checkName } from "../unit-check.ts";
import { unknownUnit, unreadableUnit } from "../unknown-unit.ts";

/**
 * Handles PUT /units/{name} in one write.
 * @param known the live copy, with the unit's assumed record and whether it can be read.
 */
export async function putUnit(
  { units, intake, cluster }: Pick<ApiContext, "units" | "intake" | "cluster">,
  { params: { name }, body, signal, access }: Checked<typeof v2Routes.putUnit>,
  known: ClusterSnapshot,
): Promise<Outcome> {
  checkName(name, body.desiredState);
  const check = (text: string): Promise<CheckedFile> => checkFile(name, text, intake.turns);
  const given = body.file === undefined ? undefined : await check(body.file);
  const template = given ? undefined : await templateFor(units, name, signal);
  const offered = given ?? (template === undefined ? undefined : await check(template));
  let change: Change | undefined;
  let also: readonly ToldAlong[] = [];
  const decide: UnitDecision = (current, isUnreadable) => {
    const isBroken = isUnreadable || known.unreadable.has(name);
    change = isBroken ? repairOf(name, current, offered, body) : changeOf(name, current, offered, body);
    for (const demand of demandsOfEdit(name, current, change.edit, given !== undefined)) access.require(demand);
    if (offered && "text" in change.edit) access.requireFile(offered.submitted);
    const { edit } = change;
    const options = offered && "text" in edit ? offered.submitted.options : undefined;
    const asksForLaunch = body.desiredState === "launched";
    const { edits, told } = goingAlong({ unit: name, current, edit, options, asksForLaunch }, known);
    also = told;
    for (const other of edits)
      for (const demand of demandsOfEdit(other.unit, other.current, other.edit, false)) access.require(demand);
    return { edit, along: edits };
  };
  const refresh = (): Promise<unknown> => cluster.with((reader) => reader.fresh(signal));
  const options = offered?.submitted.options ?? known.units.get(name)?.file.options ?? [];
  // The unit that this one needs may have been submitted just before.
  if (body.desiredState === "launched" && known.revision < units.lastWritten && pullsUnknown(name, options, known))
    await refresh();
  const revision = await units.edit(name, decide, signal, { unit: known.units.get(name), refresh });
  if (!change) throw new Error("a unit was edited without a decision");
  const answer: PutUnitAnswer = { ...change.answer, ...(also.length > 0 && { also: [...also] }) };
  return { status: answer.created ? 201 : 200, json: answer, revision };
}

/** The edit of the unit, with the answer if the edit is written. */
interface Change {
  readonly edit: UnitEdit;
  readonly answer: PutUnitAnswer;
}

function changeOf(
  name: string,
  current: StoredUnit | undefined,
  file: CheckedFile | undefined,
  body: PutUnitBody,
): Change {
  const desired = body.desiredState ?? current?.desired ?? "inactive";
  // Only a new instance gets the template's file; an existing instance keeps its own.
  const offered = current && body.file === undefined ? undefined : file;
  const warnings = [...(offered?.warnings ?? [])];
  const restart = body.restart && current ? nextRestart(current) : (current?.restart ?? 0);
  const shown = (hash: string) => ({ name, hash, desiredState: desired, restart });
  if (body.restart && desired !== "launched")
    throw new RequestError(
      "bad-request",
      `cannot restart unit ${name}: its desired state is ${desired}; send desiredState launched with restart`,
    );

  if (!current) {
    if (!offered) throw unknownUnit(name);
    return {
      edit: { action: "write", text: offered.text, hash: offered.hash, desired },
      answer: { unit: shown(offered.hash), created: true, changed: true, differs: false, warnings },
    };
  }
  if (offered && body.replace && offered.digest !== current.digest) {
    return {
      edit: { action: "write", text: offered.text, hash: offered.hash, desired, restart },
      answer: { unit: shown(offered.hash), created: false, changed: true, differs: false, warnings },
    };
  }
  const changed = desired !== current.desired || restart !== current.restart;
  const differs = offered !== undefined && offered.hash !== current.hash;
  return {
    edit: changed ? { action: "write", desired, restart } : { action: "keep" },
    answer: { unit: shown(current.hash), created: false, changed, differs, warnings },
  };
}

/** Writes all of a unit whose record or file is unreadable, because no part can be compared or kept. */
function repairOf(
  name: string,
  current: StoredUnit | undefined,
  file: CheckedFile | undefined,
  body: PutUnitBody,
): Change {
  if (!file) throw unreadableUnit(name);
  const { text, hash } = file;
  const desired = body.desiredState ?? current?.desired ?? "inactive";
  const restart = current?.restart ?? 0;
  return {
    edit: { action: "write", text, hash, desired, restart },
    answer: {
      unit: { name, hash, desiredState: desired, restart },
      created: false,
      changed: true,
      differs: false,
      warnings: [...file.warnings],
    },
  };
}

/** Returns the template's file for an instance that the cluster does not have yet. */
async function templateFor(units: UnitRegistry, name: string, signal: AbortSignal): Promise<string | undefined> {
  const { template } = parseUnitName(name);
  if (template === undefined || (await units.get(name, signal))) return undefined;
  const stored = await units.get(template, signal);
  return stored && (await units.text(stored.digest, signal));
}
