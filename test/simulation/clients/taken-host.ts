import { STORE_PATH } from "@flotilla/store/remote";
import type { Random } from "../random.ts";
import type { Machine } from "../world/machine.ts";
import type { World } from "../world/world.ts";

interface Request {
  readonly call: string;
  readonly body: object;
}

/** By this time a gateway has decided on a request's right, in milliseconds. */
const DECIDED_MS = 1;

/** Where a machine puts keys under its lease. */
const OWN_KEYS = ["machine/", "state/", "publisher/", "departure/"];

const NEVER = "a taken host gets nothing that is not its own";

/**
 * Sends a request that no agent makes, with the certificate of an agent: the gateway must refuse it. Whatever such a
 * request would write has no writer, which another invariant reports.
 */
export async function askAsTakenHost(world: World, agent: Machine, server: Machine, random: Random): Promise<void> {
  const gateway = server.powered ? server.daemon?.gateway : undefined;
  if (!gateway?.process.alive || gateway.process.frozen) return;
  const { machineID, name } = agent.host.options;
  const request = drawRequest(world, machineID, random);
  if (!request) return;
  const text = `${request.call} ${JSON.stringify(request.body)}`;
  world.tell("taken host", () => `${name} asks ${server.host.options.name}: ${text}`);
  const session = gateway.connect(machineID, undefined);
  const call = gateway.server.call(session, STORE_PATH + request.call, JSON.stringify(request.body));
  const decided = world.timeline.clock.sleep(DECIDED_MS);
  const answer = await Promise.race([call.head.catch(() => undefined), decided.then(() => "admitted" as const)]);
  session.end("the taken host has gone");
  // A right to a lease follows from its keys, which the gateway has to read in the store first.
  if (answer === undefined || (answer === "admitted" && request.call.startsWith("lease/"))) return;
  if (answer === "admitted" || answer.status === 200) world.fail(NEVER, `${name} was allowed ${text}`);
}

function drawRequest({ ledger, machines }: World, own: string, random: Random): Request | undefined {
  const others = machines.map(({ host }) => host.options.machineID).filter((id) => id !== own);
  const other = random.pick(others);
  const exact = random.pick([
    ...[`machine/${other}`, `state/${other}/a.service`, `assignment/${other}/a.service`, `departure/${other}`],
    ...[`publisher/${other}`, "unit/a.service", "engine/leader", "identity/ca", "member/x", "token/x", "secret/x", "x"],
  ]);
  const prefix = random.pick(["", "a", "assignment/", `assignment/${other}/`, "state/", "unit/", "machine/", "file/"]);
  const lease = random.pick(["machine/", "state/", "engine/leader"].flatMap((head) => ledger.under(head)))?.lease;
  const ownLease = ledger.entries.get(`machine/${own}`)?.lease;
  // A machine that leaves deletes its record before its states.
  const isOwn = (id: string): boolean =>
    OWN_KEYS.some((head) => ledger.under(head + own).some((entry) => entry.lease === id));
  switch (random.below(8)) {
    case 0:
      return { call: "range", body: { prefix: exact, exact: true } };
    case 1:
      return { call: "range", body: { prefix } };
    case 2:
      return {
        call: "watch",
        body: random.chance(0.5) ? { prefix: exact, exact: true, from: 1 } : { prefix, from: 1 },
      };
    case 3:
      return { call: "txn", body: { compare: [{ key: exact, modRevision: 0 }], onSuccess: [] } };
    case 4:
      return { call: "txn", body: { onSuccess: [{ put: exact, value: "", ...(ownLease && { lease: ownLease }) }] } };
    case 5:
      return { call: "txn", body: { onSuccess: [random.chance(0.5) ? { delete: exact } : { deletePrefix: prefix }] } };
    case 6:
      // Without a lease, so that it would outlive the machine.
      return { call: "txn", body: { onSuccess: [{ put: `state/${own}/a.service`, value: "" }] } };
    default:
      return lease === undefined || isOwn(lease)
        ? undefined
        : { call: random.pick(["lease/renew", "lease/revoke", "lease/time"]), body: { id: lease } };
  }
}
