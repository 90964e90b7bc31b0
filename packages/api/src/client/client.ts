import type { Readable } from "node:stream";
import type { AuditAnswer, AuditQuery } from "../contract/v2/audit.ts";
import type { Verb } from "@flotilla/access";
import type { BeginRotationBody, EndRotationBody, RotationAnswer } from "../contract/v2/rotation.ts";
import type { CreateTokenBody, TokenEntity } from "../contract/v2/access-entities.ts";
import type { HoldEntity, MachineEntity, UnitEntity, UnitStateEntity } from "../contract/v2/entities.ts";
import type { EventLine, EventsAnswer, EventsQuery, WatchEventsQuery } from "../contract/v2/events.ts";
import type { EditMetadataBody } from "../contract/v2/machine-requests.ts";
import type { Explanation, PlanAnswer, PlanBody } from "../contract/v2/planning.ts";
import type {
  Backup,
  PutUnitAnswer,
  PutUnitBody,
  PutSecretBody,
  UnitActionBody,
  UnitActionResult,
  UnitStatus,
} from "../contract/v2/requests.ts";
import type { RunEntity, StartedRun, StartRunBody } from "../contract/v2/runs.ts";
import type { AnswerOf } from "../contract/v2/routes.ts";
import type { WatchEvent, WatchLine } from "../contract/v2/watch-event.ts";
import type { JournalQuery, Listing, Members, Written } from "./client-types.ts";
import type { ClientOptions } from "./client-requests.ts";
import { OperatingClient } from "./operating-client.ts";
import { streamLines } from "./watch-stream.ts";

/**
 * Opens a client of API v2.
 * @throws EndpointError if an endpoint is malformed.
 */
export function openClient(options: ClientOptions): Client {
  return new Client(options);
}

/**
 * A client of API v2. Every call throws ApiError if the daemon answers an error, EndpointError if no daemon answers, and
 * the signal's reason after an abort.
 */
export class Client extends OperatingClient {
  /**
   * Lists all units, or the units whose names match a glob, sorted by name.
   * @param filter.troubled only the units that are wanted and do not run, or are not loaded.
   */
  listUnits(
    filter: { readonly name?: string; readonly troubled?: boolean } = {},
    signal?: AbortSignal,
  ): Promise<Listing<UnitEntity>> {
    return this.all("listUnits", ({ units: items, nextPageToken }) => ({ items, nextPageToken }), filter, signal);
  }

  async getUnit(name: string, signal?: AbortSignal): Promise<UnitEntity> {
    return (await this.json("getUnit", { item: name }, signal)).value;
  }

  /** Returns the submitted file, byte for byte. */
  async getUnitFile(name: string, signal?: AbortSignal): Promise<string> {
    return (await this.text("getUnitFile", { item: name }, signal)).text;
  }

  async putUnit(name: string, body: PutUnitBody, signal?: AbortSignal): Promise<PutUnitAnswer & Written> {
    const { value, revision } = await this.json("putUnit", { item: name, body }, signal);
    return { ...value, revision };
  }

  async destroyUnit(name: string, signal?: AbortSignal): Promise<Written> {
    const { revision } = await this.text("destroyUnit", { item: name }, signal);
    return { revision };
  }

  /** Returns what each machine is for a unit. */
  async explainUnit(name: string, signal?: AbortSignal): Promise<Explanation> {
    return (await this.json("explainUnit", { item: name }, signal)).value;
  }

  /** Returns what would happen if the units were put. Changes nothing. */
  async planUnits(body: PlanBody, signal?: AbortSignal): Promise<PlanAnswer> {
    return (await this.json("planUnits", { body }, signal)).value;
  }

  /** Returns the output of `systemctl status` on each of the unit's machines, or on one machine. */
  async getUnitStatus(
    name: string,
    query: { readonly machine?: string } = {},
    signal?: AbortSignal,
  ): Promise<readonly UnitStatus[]> {
    return (await this.json("getUnitStatus", { item: name, query }, signal)).value.statuses;
  }

  /** Streams the unit's journal from its machine. Destroy the stream to end it early. */
  async getUnitJournal(name: string, query: JournalQuery = {}, signal?: AbortSignal): Promise<Readable> {
    const either = this.either(signal);
    const answer = await this.open("getUnitJournal", { item: name, query: { ...query } }, signal);
    const onAbort = (): void => void answer.destroy(either?.reason as Error);
    either?.addEventListener("abort", onAbort);
    answer.once("close", () => either?.removeEventListener("abort", onAbort));
    return answer;
  }

  /**
   * Kills, reloads or restarts a unit, or clears its failed state, on all of its machines or on one. Waits for the result
   * for up to 100 s. After one daemon was reached, the request goes to no other daemon.
   */
  async actOnUnit(name: string, body: UnitActionBody, signal?: AbortSignal): Promise<readonly UnitActionResult[]> {
    return (await this.json("actOnUnit", { item: name, body }, signal)).value.results;
  }

  /** Lists the last runs of a unit, the latest first. */
  async listRuns(name: string, signal?: AbortSignal): Promise<readonly RunEntity[]> {
    return (await this.json("listRuns", { item: name }, signal)).value.runs;
  }

  /** Starts a run of a service on its machine. Other daemons are asked if one does not answer, as nothing starts twice. */
  async startRun(name: string, body: StartRunBody, signal?: AbortSignal): Promise<StartedRun> {
    return (await this.json("startRun", { item: name, body }, signal)).value;
  }

  /** Lists systemd's state of each unit on each machine, sorted by unit, then machine. */
  listStates(
    filter: { readonly unitName?: string; readonly machineID?: string } = {},
    signal?: AbortSignal,
  ): Promise<Listing<UnitStateEntity>> {
    return this.all("listStates", ({ states: items, nextPageToken }) => ({ items, nextPageToken }), filter, signal);
  }

  listMachines(signal?: AbortSignal): Promise<Listing<MachineEntity>> {
    return this.all("listMachines", ({ machines: items, nextPageToken }) => ({ items, nextPageToken }), {}, signal);
  }

  /** Lists the machines with their states and what their units reserve, the members that are away, and the hold. */
  async listMembers(signal?: AbortSignal): Promise<Members> {
    const machines: MachineEntity[] = [];
    let first: AnswerOf<"listMachines"> | undefined;
    let pageToken: string | undefined;
    do {
      const { value } = await this.json("listMachines", { query: { details: true, limit: 1000, pageToken } }, signal);
      first ??= value;
      machines.push(...value.machines);
      pageToken = value.nextPageToken;
    } while (pageToken !== undefined);
    return { machines, away: first?.away ?? [], hold: first?.hold };
  }

  /** Returns the hold after a mass loss; undefined if there is none. */
  async getHold(signal?: AbortSignal): Promise<HoldEntity | undefined> {
    return (await this.json("listMachines", { query: { limit: 1 } }, signal)).value.hold;
  }

  async releaseHold(signal?: AbortSignal): Promise<AnswerOf<"releaseHold">> {
    return (await this.json("releaseHold", {}, signal)).value;
  }

  /** Ends a machine's membership. The machine may be away. */
  async removeMachine(id: string, signal?: AbortSignal): Promise<void> {
    await this.text("removeMachine", { item: id }, signal);
  }

  async editMachineMetadata(id: string, body: EditMetadataBody, signal?: AbortSignal): Promise<Written> {
    const { revision } = await this.text("editMachineMetadata", { item: id, body }, signal);
    return { revision };
  }

  /** Resets all metadata of a machine, which need not be in the cluster. */
  async forgetMachineMetadata(id: string, signal?: AbortSignal): Promise<Written> {
    const { revision } = await this.text("forgetMachineMetadata", { item: id }, signal);
    return { revision };
  }

  /**
   * Yields every change from revision `from` on, or from now on. The first event is `progress`; no later change is
   * missed. Ends only by throwing. After ApiError "compacted" or "slow-reader", list again and watch from there. After
   * EndpointError, do the same once a daemon can be reached.
   */
  async *watch(query: { readonly from?: number } = {}, signal?: AbortSignal): AsyncGenerator<WatchEvent> {
    yield* streamLines<WatchLine>(await this.open("watch", { query: { ...query } }, signal), this.either(signal));
  }

  /** Returns what happened in the cluster, and why, the oldest event first. */
  async listEvents(query: EventsQuery = {}, signal?: AbortSignal): Promise<EventsAnswer> {
    return (await this.json("listEvents", { query: { ...query } }, signal)).value;
  }

  /**
   * Yields events as they happen, and `progress` with the place to resume at, at any daemon. Ends only by throwing.
   * After ApiError "compacted", some events are no longer kept.
   */
  async *watchEvents(
    query: WatchEventsQuery = {},
    signal?: AbortSignal,
  ): AsyncGenerator<Exclude<EventLine, { readonly kind: "error" }>> {
    yield* streamLines<EventLine>(await this.open("watchEvents", { query: { ...query } }, signal), this.either(signal));
  }

  /** Returns all units and settings as of one revision. */
  async getBackup(signal?: AbortSignal): Promise<Backup> {
    return (await this.json("getBackup", {}, signal)).value;
  }

  async listSecrets(signal?: AbortSignal): Promise<AnswerOf<"listSecrets">> {
    return (await this.json("listSecrets", {}, signal)).value;
  }

  async putSecret(name: string, body: PutSecretBody, signal?: AbortSignal): Promise<AnswerOf<"putSecret">> {
    return (await this.json("putSecret", { item: name, body }, signal)).value;
  }

  async deleteSecret(name: string, force: boolean, signal?: AbortSignal): Promise<void> {
    await this.text("deleteSecret", { item: name, query: { force } }, signal);
  }

  /** Returns the cluster's store and the latest move to another one. */
  async getStore(signal?: AbortSignal): Promise<AnswerOf<"getStore">> {
    return (await this.json("getStore", {}, signal)).value;
  }

  /** Begins a move to another store. Until the move has ended, the daemon does not answer; then getStore has the result. */
  async moveStore(to: string, signal?: AbortSignal): Promise<AnswerOf<"getStore">> {
    return (await this.json("moveStore", { body: { to } }, signal)).value;
  }

  /** Streams a copy of the embedded store's database. The stream fails unless it ends with the whole copy. */
  getStoreBackup(signal?: AbortSignal): Promise<Readable> {
    return this.open("getStoreBackup", {}, signal);
  }

  /** Returns who changed what, and what was refused, as the servers have recorded it. */
  async readAudit(query: Partial<AuditQuery> = {}, signal?: AbortSignal): Promise<AuditAnswer> {
    return (await this.json("readAudit", { query: { ...query } }, signal)).value;
  }

  /** Shows how far a rotation of the cluster's authority is. */
  async getRotation(signal?: AbortSignal): Promise<RotationAnswer> {
    return (await this.json("getRotation", {}, signal)).value;
  }

  /** Makes a new authority, unless a rotation is under way. */
  async beginRotation(body: BeginRotationBody, signal?: AbortSignal): Promise<RotationAnswer> {
    return (await this.json("beginRotation", { body }, signal)).value;
  }

  /** Ends the trust in the former authority; does nothing if it has ended. */
  async endRotation(body: EndRotationBody, signal?: AbortSignal): Promise<RotationAnswer> {
    return (await this.json("endRotation", { body }, signal)).value;
  }

  async getVersion(signal?: AbortSignal): Promise<AnswerOf<"getVersion">> {
    return (await this.json("getVersion", {}, signal)).value;
  }

  async getOpenApi(signal?: AbortSignal): Promise<Record<string, unknown>> {
    return (await this.json("getOpenApi", {}, signal)).value;
  }

  /** Lists the tokens, sorted by name. */
  async listTokens(signal?: AbortSignal): Promise<readonly TokenEntity[]> {
    return (await this.json("listTokens", {}, signal)).value.tokens;
  }

  /** Creates a token. The answer has its secret, which no other answer has. Goes to one daemon only. */
  async createToken(body: CreateTokenBody, signal?: AbortSignal): Promise<AnswerOf<"createToken">> {
    return (await this.json("createToken", { body }, signal)).value;
  }

  async revokeToken(idOrName: string, signal?: AbortSignal): Promise<void> {
    await this.text("revokeToken", { item: idOrName }, signal);
  }

  async canI(query: { readonly verb: Verb; readonly unit?: string }, signal?: AbortSignal): Promise<AnswerOf<"canI">> {
    return (await this.json("canI", { query }, signal)).value;
  }

  async whoAmI(signal?: AbortSignal): Promise<AnswerOf<"whoAmI">> {
    return (await this.json("whoAmI", {}, signal)).value;
  }
}
