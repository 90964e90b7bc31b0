import { linkLimitsFor, LinkUnavailableError, type NetworkLink } from "@flotilla/link";
import { type LinkHooks, MemoryConnection, openSimulatedLink, type Passage } from "@flotilla/link/memory";
import { silentLogger } from "@flotilla/runtime";
import { STORE_PATH } from "@flotilla/store/remote";
import type { Random } from "../random.ts";
import type { GatewayPart } from "./gateway.ts";
import type { Process } from "./process.ts";
import type { Timeline } from "./timeline.ts";
import type { Condition, Transport } from "./transport.ts";

/** A server as an agent reaches it. */
export interface ServerPath {
  readonly name: string;
  /** The conditions of the connections from the agent to this server. */
  readonly conditions: () => readonly Condition[];
  /** The gateway that runs there; undefined if none does, and "off" if nothing there would even refuse a connection. */
  readonly gateway: () => GatewayPart | "off" | undefined;
}

export interface AgentLinkOptions {
  readonly process: Process;
  readonly servers: readonly ServerPath[];
  readonly timeline: Timeline;
  readonly transport: Transport;
  readonly random: Random;
  readonly ttlMs: number;
  /** Called for each answer that refuses a request of this agent. */
  readonly onRefusal: (reason: string) => void;
}

/** An agent's link to the servers, with the code of the real one. Messages between both take time and get lost. */
export function openAgentLink(options: AgentLinkOptions): NetworkLink {
  const { process, servers, random, ttlMs } = options;
  const paths = new Map(servers.map((path) => [path.name, path]));
  const link = openSimulatedLink({
    servers: servers.map(({ name }) => ({ host: name, port: 1 })),
    connect: ({ host }, signal) => connect(options, paths.get(host) as ServerPath, signal),
    ...{ clock: process.clock, random: random.float, log: silentLogger },
    limits: linkLimitsFor(ttlMs),
  });
  process.onDeath(() => link.close());
  return link;
}

async function connect(options: AgentLinkOptions, path: ServerPath, signal: AbortSignal): Promise<MemoryConnection> {
  const { process } = options;
  process.noteTrouble();
  await process.passage();
  await carry(options, path, signal);
  const gateway = await reached(options, path, signal);
  if (!gateway?.process.alive) throw new LinkUnavailableError("connection refused");
  await gateway.process.passage();
  const session = gateway.connect(process.machineID, process);
  signal.addEventListener("abort", () => session.end("the client gave up"), { once: true });
  session.ended.addEventListener("abort", () => process.noteTrouble(), { once: true });
  await carry(options, path, signal);
  await process.passage();
  process.noteTrouble();
  process.relyOn(gateway.process);
  const hooks = hooksOf(options, path, gateway);
  return new MemoryConnection({ server: gateway.server, session, hooks });
}

/** TCP sends the first segment again after 1 s, and then after twice the pause each time (RFC 6298). */
async function reached(
  { timeline }: AgentLinkOptions,
  path: ServerPath,
  signal: AbortSignal,
): Promise<GatewayPart | undefined> {
  for (let ms = 1_000; ; ms *= 2) {
    const gateway = path.gateway();
    if (gateway !== "off") return gateway;
    await timeline.clock.sleep(ms, signal);
  }
}

function hooksOf(options: AgentLinkOptions, path: ServerPath, gateway: GatewayPart): LinkHooks {
  const { process, onRefusal } = options;
  return {
    before: async (passage, signal) => {
      const isWrite = passage.path === `${STORE_PATH}txn`;
      if (isWrite) process.reachWrite();
      await process.passage();
      await carry(options, path, signal, isWrite ? (ms) => arriveLate(options, gateway, passage, ms) : undefined);
      // A host that is up answers for a daemon that has ended.
      if (!gateway.process.alive && path.gateway() !== "off") throw new LinkUnavailableError("connection reset");
      if (gateway.process.frozen) process.noteTrouble();
      await gateway.process.passage();
    },
    after: async ({ text }, signal) => {
      if (gateway.process.frozen) process.noteTrouble();
      await gateway.process.passage();
      await carry(options, path, signal);
      await process.passage();
      const refusal = refusalIn(text);
      if (refusal !== undefined) onRefusal(refusal);
    },
  };
}

/** How soon a message is sent again whose network is silent, in milliseconds. */
const SENT_AGAIN_MS = 200;

/** Carries a message over TCP, which sends again what was lost: the message arrives when the silence is over. */
async function carry(
  { process, transport, timeline }: AgentLinkOptions,
  path: ServerPath,
  signal: AbortSignal,
  arriveLate?: (ms: number) => void,
): Promise<void> {
  while (path.conditions().some(({ reach }) => reach === "silent")) {
    process.noteTrouble();
    await timeline.clock.sleep(SENT_AGAIN_MS, signal);
  }
  await transport.carry({ process, conditions: path.conditions(), signal, arriveLate });
}

/** A request arrives even if its sender has given up or died meanwhile. */
function arriveLate({ process, timeline }: AgentLinkOptions, gateway: GatewayPart, passage: Passage, ms: number): void {
  timeline.after(ms, () => {
    if (!gateway.process.alive) return;
    const session = gateway.connect(process.machineID, process);
    const call = gateway.server.call(session, passage.path, passage.text);
    const end = (): void => session.end("the sender has gone");
    call.head.then(end, end);
  });
}

/** What a gateway says when it does not let an agent do something. */
const REFUSALS = new Set(["bad-request", "forbidden", "too-many"]);

function refusalIn(text: string): string | undefined {
  if (!text.startsWith('{"code":')) return undefined;
  const { code, reason } = JSON.parse(text) as { readonly code: string; readonly reason: string };
  return REFUSALS.has(code) ? reason : undefined;
}
