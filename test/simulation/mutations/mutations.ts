import {
  isArrowFunction,
  isCallExpression,
  isConditionalExpression,
  isIfStatement,
  isNumericLiteral,
  isReturnStatement,
  isVariableDeclaration,
} from "typescript/unstable/ast/is";
import {
  arrayEmptied,
  blockEmptied,
  type Change,
  elementRemoved,
  elseRemoved,
  isComparison,
  operandRemoved,
  propertyRemoved,
  removed,
  renamed,
  replaced,
} from "./change.ts";

/** A change that breaks the code. Some seed must notice it. */
export interface Mutation {
  /** What the broken code does. */
  readonly name: string;
  /** The name in the comment `// mutation: NAME` in the product's code. */
  readonly mark: string;
  readonly change: Change;
}

/** Places where a promise depends on a single line. */
export const MUTATIONS: readonly Mutation[] = [
  {
    name: "The engine's writes do not compare the leader's term.",
    mark: "fenced write",
    change: elementRemoved(0),
  },
  {
    name: "The engine's writes do not compare the state that they were decided on.",
    mark: "fenced write",
    change: elementRemoved(1),
  },
  {
    name: "A leader continues when its lease is lost.",
    mark: "leader's lease",
    change: elementRemoved(1),
  },
  {
    name: "The engine decides before its feed shows its last writes.",
    mark: "own writes in the view",
    change: elseRemoved,
  },
  {
    name: "A process counts its lease as lost after the TTL instead of before.",
    mark: "lease margin",
    change: replaced(isNumericLiteral, "1.1"),
  },
  {
    name: "After a compaction, the mirror keeps deleted keys.",
    mark: "deletions in a listing",
    change: elementRemoved(0),
  },
  {
    name: "An agent continues when its lease is lost.",
    mark: "machine's lease",
    change: elementRemoved(1),
  },
  {
    name: "A second daemon takes over the first one's machine record.",
    mark: "one daemon a machine",
    change: removed,
  },
  {
    name: "A leaving daemon's late request deletes its successor's record.",
    mark: "departure compares the record",
    change: renamed("modRevision", "createRevision"),
  },
  {
    name: "Writes of unit states do not compare the last claim.",
    mark: "claimed states",
    change: propertyRemoved(0),
  },
  {
    name: "A failed write of unit states counts as done.",
    mark: "failed publication",
    change: blockEmptied,
  },
  {
    name: "An agent treats states that an earlier process published as current.",
    mark: "first publication",
    change: removed,
  },
  {
    name: "An agent acts before it has read its assignments again.",
    mark: "assignments read after joining",
    change: replaced(isArrowFunction, "async () => {}"),
  },
  {
    name: "An agent starts a leaving copy.",
    mark: "leaving copy",
    change: removed,
  },
  {
    name: "The agent starts a unit without writing a launch record first.",
    mark: "launch record before start",
    change: removed,
  },
  {
    name: "An API write does not compare the unit that it read.",
    mark: "unit compared on write",
    change: arrayEmptied,
  },
  {
    name: "Grouped transactions compare nothing.",
    mark: "joint transaction compares",
    change: propertyRemoved(0),
  },
  {
    name: "A read is answered from the feed without asking the store.",
    mark: "read shows earlier writes",
    change: replaced(isCallExpression, "0", ({ arguments: [revision] }) => revision),
  },
  {
    name: "A stale copy stops before the new one is active.",
    mark: "moved, not lost",
    change: replaced(isConditionalExpression, "false", ({ condition }) => condition),
  },
  {
    name: "A drained or cordoned machine gets units.",
    mark: "drained machine",
    change: replaced(isReturnStatement, "undefined", ({ expression }) => expression),
  },
  {
    name: "The hold after a mass loss is ignored.",
    mark: "held machine",
    change: operandRemoved(0),
  },
  {
    name: "A machine that misses a heartbeat does not count as lost.",
    mark: "overdue machine",
    change: removed,
  },
  {
    name: "An exclusive unit starts without its guard.",
    mark: "guard before start",
    change: removed,
  },
  {
    name: "An exclusive unit is missing from the guard's list.",
    mark: "guarded unit listed",
    change: removed,
  },
  {
    name: "The engine does not wait for the guard of a machine that is away.",
    mark: "time for the guard",
    change: replaced(isComparison, "0", ({ right }) => right),
  },
  {
    name: "An exclusive unit moves before it has stopped.",
    mark: "exclusive unit cleared",
    change: operandRemoved(1),
  },
  {
    name: "A systemd that cannot be reached counts as one that answers.",
    mark: "ping fails",
    change: replaced(isReturnStatement, "true", ({ expression }) => expression),
  },
  {
    name: "A machine whose systemd hangs loses its record although it has exclusive units.",
    mark: "place kept for exclusive units",
    change: replaced(isIfStatement, "true", ({ expression }) => expression),
  },
  {
    name: "systemd is not reloaded after a unit's files are removed.",
    mark: "reload after removal",
    change: removed,
  },
  {
    name: "A unit that the guard has stopped is not started again.",
    mark: "start after the guard's stop",
    change: removed,
  },
  {
    name: "A trigger that systemd refuses to start counts as started.",
    mark: "refused trigger",
    change: replaced(isIfStatement, "true", ({ expression }) => expression),
  },
  {
    name: "A failure before an automatic restart counts as final.",
    mark: "failure before restart",
    change: removed,
  },
  {
    name: "A service does not wait for its socket.",
    mark: "socket before service",
    change: replaced(isVariableDeclaration, "undefined", ({ initializer }) => initializer),
  },
  {
    name: "A service is not stopped for its socket, which cannot start while the service runs.",
    mark: "service stops for its socket",
    change: replaced(isArrowFunction, "false", ({ body }) => body),
  },
  {
    name: "A service is stopped for its socket again and again.",
    mark: "service stops for its socket",
    change: operandRemoved(2),
  },
  {
    name: "An agent's watch continues one revision too early after a lost session.",
    mark: "remote watch goes on",
    change: replaced(isNumericLiteral, "0"),
  },
  {
    name: "An agent's watch continues one revision too late after a lost session.",
    mark: "remote watch goes on",
    change: replaced(isNumericLiteral, "2"),
  },
  {
    name: "A shared watch that is too slow skips what the history has lost.",
    mark: "history has lost changes",
    change: removed,
  },
  {
    name: "A shared watch gets the last revision again.",
    mark: "taken from the history",
    change: replaced(isNumericLiteral, "0"),
  },
  {
    name: "A shared watch gets the last revision again after it has caught up.",
    mark: "caught up with the history",
    change: replaced(isNumericLiteral, "0"),
  },
  {
    name: "A gateway does not check the right to read.",
    mark: "right to read",
    change: removed,
  },
  {
    name: "A gateway does not check the right to watch.",
    mark: "right to watch",
    change: removed,
  },
  {
    name: "A gateway does not check the right to write.",
    mark: "right to write",
    change: removed,
  },
  {
    name: "A gateway does not check the right to compare.",
    mark: "right to compare",
    change: removed,
  },
  {
    name: "A gateway does not check whose a lease is.",
    mark: "right to a lease",
    change: removed,
  },
  {
    name: "A server counts the silence of agents from before its own start.",
    mark: "silence of agents",
    change: elementRemoved(1),
  },
];
