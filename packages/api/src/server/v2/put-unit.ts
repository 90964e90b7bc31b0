import type { ClusterSnapshot } from "@flotilla/model";
import { nextRestart, type StoredUnit, type UnitDecision, type UnitEdit, type UnitRegistry } from "@flotilla/registry";
import { parseUnitName } from "@flotilla/unit";
import type { PutUnitAnswer, PutUnitBody } from "../../contract/v2/requests.ts";
import type { Outcome } from "../answer.ts";
import type { ApiContext } from "../context.ts";
import { RequestError } from "../request-error.ts";
import { type CheckedFile, checkFile, checkName } from "../unit-check.ts";
import { unknownUnit, unreadableUnit } from "../unknown-unit.ts";

/**
 * PUT /units/{name}: what `body` asks for, in one write.
 * @param known the cluster as it was a moment ago: what the unit is taken to be, and whether it can be read.
 */
export async function putUnit(
  { units, intake }: Pick<ApiContext, "units" | "intake">,
  name: string,
  body: PutUnitBody,
  signal: AbortSignal,
  known: Pick<ClusterSnapshot, "units" | "unreadable">,
): Promise<Outcome> {
  checkName(name, body.desiredState);
  const check = (text: string): Promise<CheckedFile> => checkFile(name, text, intake.turns);
  const given = body.file === undefined ? undefined : await check(body.file);
  const template = given ? undefined : await templateFor(units, name, signal);
  const offered = given ?? (template === undefined ? undefined : await check(template));
  let plan: Plan | undefined;
  const decide: UnitDecision = (current, isUnreadable) => {
    const isBroken = isUnreadable || known.unreadable.has(name);
    plan = isBroken ? repairOf(name, current, offered, body) : planOf(name, current, offered, body);
    return plan.edit;
  };
  const revision = await units.edit(name, decide, signal, { unit: known.units.get(name) });
  if (!plan) throw new Error("a unit was edited without a decision");
  return { status: plan.answer.created ? 201 : 200, json: plan.answer, revision };
}

interface Plan {
  readonly edit: UnitEdit;
  readonly answer: PutUnitAnswer;
}

function planOf(name: string, current: StoredUnit | undefined, file: CheckedFile | undefined, body: PutUnitBody): Plan {
  const desired = body.desiredState ?? current?.desired ?? "inactive";
  // A template's file is for a new instance only; one that exists has its own.
  const offered = current && body.file === undefined ? undefined : file;
  const warnings = [...(offered?.warnings ?? [])];
  const restart = body.restart && current ? nextRestart(current) : (current?.restart ?? 0);
  const shown = (hash: string) => ({ name, hash, desiredState: desired, restart });
  if (body.restart && desired !== "launched")
    throw new RequestError(
      "bad-request",
      `Unit ${name} is to be ${desired}, so it cannot be restarted; send the desiredState launched with restart.`,
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

/** Of a unit whose record or file nobody can read, all is written anew: there is nothing to compare with or to keep. */
function repairOf(
  name: string,
  current: StoredUnit | undefined,
  file: CheckedFile | undefined,
  body: PutUnitBody,
): Plan {
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

/** The file that an instance is made from which the cluster does not have yet: that of its template. */
async function templateFor(units: UnitRegistry, name: string, signal: AbortSignal): Promise<string | undefined> {
  const { template } = parseUnitName(name);
  if (template === undefined || (await units.get(name, signal))) return undefined;
  const stored = await units.get(template, signal);
  return stored && (await units.text(stored.digest, signal));
}
