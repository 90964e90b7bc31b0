/** One change of the code that must not go unnoticed: `find` stands in the file once. */
export interface Mutation {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** Places where a promise hangs by one line. Each is made alone, and seeds are run until one fails. */
export const MUTATIONS: readonly Mutation[] = [
  {
    name: "The engine's writes do not compare the leader's term.",
    file: "packages/registry/src/assignment-registry.ts",
    find: "compare: [fence(leadership), ...comparesOf(steps)],",
    replace: "compare: comparesOf(steps),",
  },
  {
    name: "The engine's writes do not compare what they were decided upon.",
    file: "packages/registry/src/assignment-registry.ts",
    find: "compare: [fence(leadership), ...comparesOf(steps)],",
    replace: "compare: [fence(leadership)],",
  },
  {
    name: "A leader goes on when its lease is lost.",
    file: "packages/engine/src/election.ts",
    find: "AbortSignal.any([signal, lease.lost])",
    replace: "signal",
  },
  {
    name: "The engine decides before its copy shows what it wrote.",
    file: "packages/engine/src/reconciler.ts",
    find: "else await feed.reach(this.#answered, signal);",
    replace: "",
  },
  {
    name: "A lease is lost a tenth after its TTL, in place of before.",
    file: "packages/store/src/held-lease.ts",
    find: "return sentAt + this.ttlMs * 0.9;",
    replace: "return sentAt + this.ttlMs * 1.1;",
  },
  {
    name: "After a compaction the copy goes on without a new listing.",
    file: "packages/store/src/mirror.ts",
    find: "await this.#list(signal);\n        backoff.reset();",
    replace:
      "if (!this.#synced) await this.#list(signal);\n        else this.#revision = await this.#options.store.revision();\n        backoff.reset();",
  },
  {
    name: "An agent goes on when its lease is lost.",
    file: "packages/agent/src/membership/membership.ts",
    find: "AbortSignal.any([signal, lease.lost, this.#vacated.signal, ceded.signal])",
    replace: "AbortSignal.any([signal, this.#vacated.signal, ceded.signal])",
  },
  {
    name: "A second daemon takes the place of the first.",
    file: "packages/registry/src/machine-registry.ts",
    find: "if (held?.lease !== undefined && held.lease !== lease.id) return { registered: false, heldAt: revision };",
    replace: "",
  },
  {
    name: "A leaving daemon's late request deletes its successor's record.",
    file: "packages/registry/src/machine-registry.ts",
    find: "const compare = [{ key, modRevision: held.modRevision }];\n    const farewell",
    replace: "const compare = [{ key, createRevision: held.createRevision }];\n    const farewell",
  },
  {
    name: "Writes of states do not compare who claimed them last.",
    file: "packages/registry/src/state-registry.ts",
    find: "await this.#store.txn({ compare, onSuccess }, signal);",
    replace: "await this.#store.txn({ onSuccess }, signal);",
  },
  {
    name: "A failed write of states counts as done.",
    file: "packages/agent/src/state-publisher.ts",
    find: "for (const unit of batch.keys()) this.#due.add(unit);\n      throw error;",
    replace: "void error;",
  },
  {
    name: "An agent takes what an earlier process published for the truth.",
    file: "packages/agent/src/state-publisher.ts",
    find: "this.#due = new Set([...this.#wanted.keys(), ...this.#published.keys()]);",
    replace: "",
  },
  {
    name: "An agent acts before it has read its assignments anew.",
    file: "packages/agent/src/agent.ts",
    find: "(either) => assignments.fresh(either)",
    replace: "async () => {}",
  },
  {
    name: "An agent starts what is leaving.",
    file: "packages/agent/src/unit/plan.ts",
    find: "if (assignment.leaving) return [];",
    replace: "",
  },
  {
    name: "No launch record is written before a start.",
    file: "packages/agent/src/unit/executor.ts",
    find: "this.#put(unit, { ...record, phase: asked });\n    const { result",
    replace: "const { result",
  },
  {
    name: "An API's write does not compare what it read.",
    file: "packages/registry/src/unit-registry.ts",
    find: "const compare = [{ key: keys.unit(name), modRevision: revision }];",
    replace: "const compare: [] = [];",
  },
  {
    name: "Writes that go together compare nothing.",
    file: "packages/store/src/txn-group.ts",
    find: "return { compare: this.#compare, onSuccess: this.#onSuccess };",
    replace: "return { onSuccess: this.#onSuccess };",
  },
  {
    name: "A read is answered from the copy as it is.",
    file: "packages/store/src/mirror.ts",
    find: "const target = await this.#readRevision(signal);",
    replace: "const target = this.#synced ? shown : await this.#readRevision(signal);",
  },
  {
    name: "A stale copy goes before the new one is active.",
    file: "packages/schedule/src/decide-on-unit.ts",
    find: "away ? leave(from) : unassign(from),",
    replace: "unassign(from),",
  },
  {
    name: "The hold after a mass loss is ignored.",
    file: "packages/model/src/roll.ts",
    find: "hold?.machines.includes(machineID) === true ||",
    replace: "",
  },
  {
    name: "Who misses a heartbeat is not counted among the lost.",
    file: "packages/registry/src/roll-registry.ts",
    find: "if (!time || time.leftMs < time.ttlMs * LEAST_LEFT) overdue.add(machineID);",
    replace: "",
  },
  {
    name: "An exclusive unit is started without its guard.",
    file: "packages/agent/src/unit/plan.ts",
    find: "if (isGuarded === true && isWatched !== true) return false;",
    replace: "",
  },
  {
    name: "An exclusive unit is not put on the guard's list.",
    file: "packages/agent/src/guard/guard-list.ts",
    find: "guard?.add(unit);",
    replace: "{}",
  },
  {
    name: "The engine does not wait for the guard of a machine that is away.",
    file: "packages/engine/src/patience.ts",
    find: "now - since >= this.#exclusiveMs",
    replace: "now - since >= 0",
  },
  {
    name: "An exclusive unit moves before it has stopped.",
    file: "packages/schedule/src/decide-on-exclusive.ts",
    find: "return stopping && snapshot.states.get(unit)?.get(machineID)?.cleared === revision;",
    replace: "return stopping;",
  },
  {
    name: "A systemd that cannot be asked is taken for one that answers.",
    file: "packages/agent/src/membership/pulse.ts",
    find: "return silence;",
    replace: "return true;",
  },
  {
    name: "A machine whose systemd hangs is given up with its exclusive units.",
    file: "packages/agent/src/agent.ts",
    find: "if (!guard || guard.units.size === 0) return",
    replace: "if (guard) return",
  },
  {
    name: "systemd does not read the files of a removed unit again.",
    file: "packages/systemd/src/fake/fake-removal.ts",
    find: "      reload();\n",
    replace: "",
  },
  {
    name: "What the guard has stopped is not started again.",
    file: "packages/agent/src/guard/guard-keeper.ts",
    find: "      onStopped(unit);\n      guard.forgetStop(unit);",
    replace: "      guard.forgetStop(unit);",
  },
  {
    name: "A trigger that systemd refuses to start counts as started.",
    file: "packages/agent/src/unit/executor.ts",
    find: 'if (result !== "failed" || hasBegun || !isTrigger(unit)) return undefined;',
    replace: "if (!hasBegun || hasBegun) return undefined;",
  },
  {
    name: "A failure before a restart counts as the end.",
    file: "packages/systemd/src/fake/fake-unit-manager.ts",
    find: 'if (unit?.pause) return { activeState: "activating", subState: "auto-restart" };',
    replace: "",
  },
  {
    name: "A service does not wait for its socket.",
    file: "packages/agent/src/unit/start-order.ts",
    find: "const socket = this.#firstToStart(unit);",
    replace: "const socket = undefined as string | undefined;",
  },
  {
    name: "A service runs on although its socket has come and cannot start.",
    file: "packages/agent/src/unit/start-order.ts",
    find: "this.#isToStart(name) && isUntried(name);",
    replace: "false;",
  },
  {
    name: "A service is stopped for its socket time and again.",
    file: "packages/agent/src/unit/start-order.ts",
    find: "this.#isToStart(name) && isUntried(name);",
    replace: "this.#isToStart(name);",
  },
];
