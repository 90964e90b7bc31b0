import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { type ClientHttp2Session, connect as connectHttp2, type OutgoingHttpHeaders } from "node:http2";
import { request as httpsRequest, type RequestOptions } from "node:https";
import type { IncomingMessage } from "node:http";
import { connect as connectTcp, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { type LinkTls, LINK_LIMITS } from "@flotilla/link";
import { FLAG, FRAME, RawClient } from "@flotilla/link/fixture";
import { SERVER_NAME } from "@flotilla/runtime";
import { waitFor } from "../../lab/index.ts";

/** Somebody who can reach a server's port for machines, and holds the certificate of one agent. */
export interface Attacker {
  readonly address: { readonly host: string; readonly port: number };
  readonly identity: LinkTls;
}

export type PortAttack = (attacker: Attacker) => Promise<void>;

/** A busy machine serves slowly. */
const LIMIT_MS = 30_000;
const MIB = 1024 * 1024;

function raw({ address, identity }: Attacker): Promise<RawClient> {
  return RawClient.connect(address, identity.ca, identity);
}

/** A connection that sends some bytes, then nothing. */
function connection({ address }: Attacker, bytes: Buffer): Socket {
  const socket = connectTcp(address);
  socket.on("error", () => {});
  socket.write(bytes);
  // Only who reads sees the end.
  return socket.resume();
}

async function untilClosed(clients: readonly { readonly isClosed: boolean }[]): Promise<void> {
  await waitFor("the server to end the connections", () => clients.every(({ isClosed }) => isClosed), {
    timeoutMs: LIMIT_MS,
  });
}

/** A session of node:http2, which keeps to the protocol. */
function sessionOf({ address, identity }: Attacker, settings = {}): ClientHttp2Session {
  const { host, port } = address;
  // Beyond 10 MB, the default, Node itself would reset the answers.
  const options = { ...identity, servername: SERVER_NAME, settings, maxSessionMemory: 1_000 };
  const session = connectHttp2(`https://${host}:${port}`, options);
  return session.on("error", () => {});
}

async function ask(session: ClientHttp2Session, body: Buffer, headers: OutgoingHttpHeaders = {}) {
  const path = "/store/v1/range";
  const stream = session.request({ ":method": "POST", ":path": path, "content-length": body.length, ...headers });
  const head = once(stream, "response", { signal: AbortSignal.timeout(LIMIT_MS) });
  stream.on("error", () => {});
  stream.end(body);
  const [{ ":status": status }] = (await head) as [{ ":status": number }];
  return { status, body: await text(stream).catch(() => "") };
}

/** A request over HTTP/1.1, without a certificate. */
async function askHttp1({ address, identity }: Attacker, options: RequestOptions, body = "") {
  const sent = httpsRequest({ ...address, ca: identity.ca, servername: SERVER_NAME, agent: false, ...options });
  sent.on("error", () => {});
  sent.end(body);
  const [answer] = (await once(sent, "response", { signal: AbortSignal.timeout(LIMIT_MS) })) as [IncomingMessage];
  return { status: answer.statusCode ?? 0, body: await text(answer).catch(() => "") };
}

/** What is no TLS, and what is no HTTP. */
const garbage: PortAttack = async (attacker) => {
  const plain = Array.from({ length: 100 }, () => connection(attacker, randomBytes(10_000)));
  await waitFor("the server to end the connections", () => plain.every(({ destroyed }) => destroyed), {
    timeoutMs: LIMIT_MS,
  });
  const inside = await Promise.all(Array.from({ length: 10 }, () => raw(attacker)));
  for (const [index, client] of inside.entries())
    (index % 2 === 0 ? client : client.begin()).socket.write(randomBytes(100_000));
  await untilClosed(inside);
};

/** The fields `:method: POST`, `:scheme: https` and `:path: /` of HPACK's static table (RFC 7541, appendix A). */
const POST = Buffer.from([0x83, 0x87, 0x84]);

/** Frames that are too long, too many or without an end. */
const badFrames: PortAttack = async (attacker) => {
  const send: readonly ((client: RawClient) => void)[] = [
    (client) => client.frame(FRAME.data, 0, 1, randomBytes(20_000), 2 ** 24 - 1),
    (client) => {
      for (let sent = 0; sent < 10_000; sent += 1) client.frame(FRAME.ping, 0, 0, Buffer.alloc(8));
    },
    (client) => {
      client.frame(FRAME.headers, 0, 1, Buffer.from([0x83]));
      for (let sent = 0; sent < 1_000; sent += 1) client.frame(FRAME.continuation, 0, 1, Buffer.from([0x83]));
    },
    (client) => {
      for (let stream = 1; stream < 10_000; stream += 2)
        client
          .frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, stream, POST)
          .frame(FRAME.rstStream, 0, stream, Buffer.from([0, 0, 0, 8]));
    },
  ];
  for (const attack of send) {
    const client = await raw(attacker);
    attack(client.begin());
    await untilClosed([client]);
  }
};

/** Bodies and heads beyond their limits, and many of the largest bodies that are allowed. */
const largeRequests: PortAttack = async (attacker) => {
  const session = sessionOf(attacker);
  const refused = await ask(session, Buffer.alloc(LINK_LIMITS.bodyBytes + 1, " "));
  assert.equal(refused.status, 413);
  assert.match(refused.body, /a body needs a Content-Length of at most/);
  await assert.rejects(ask(session, Buffer.alloc(0), { "x-large": "x".repeat(2 * LINK_LIMITS.headBytes) }));
  const large = Buffer.alloc(9 * MIB, " ");
  const answers = await Promise.all(Array.from({ length: 16 }, () => ask(session, large).catch(() => undefined)));
  for (const answer of answers) assert.ok(answer === undefined || [400, 503].includes(answer.status), answer?.body);
  session.destroy();

  // Short enough to be read whole: the end of a connection with unread bytes can overtake the answer.
  const head = await askHttp1(attacker, { path: "/fleet/v2/units", headers: { "x-large": "x".repeat(20_000) } });
  assert.equal(head.status, 431);
  const join = { path: "/join/v1/machines", method: "POST" };
  const body = await askHttp1(attacker, join, "x".repeat(10_000));
  assert.equal(body.status, 400);
  assert.match(body.body, /exceeds 8192 bytes/);
  const huge = await askHttp1(attacker, join, "x".repeat(10 * MIB)).catch(() => undefined);
  assert.ok(huge === undefined || huge.status === 400, huge?.body);
};

/** Clients that read nothing, or send half a request. */
const slowClients: PortAttack = async (attacker) => {
  const deaf = sessionOf(attacker, { initialWindowSize: 0 });
  const streams = Array.from({ length: 250 }, () => {
    const stream = deaf.request({ ":method": "POST", ":path": "/store/v1/range", "content-length": 2 });
    stream.on("error", () => {});
    return stream.end("{}");
  });
  // The head of a TLS record, whose 16 KiB never come.
  const half = Array.from({ length: 200 }, () => connection(attacker, Buffer.from([0x16, 3, 1, 0x40, 0])));
  await waitFor("the server to end answers that nobody reads", () => streams.every(({ destroyed }) => destroyed), {
    timeoutMs: LIMIT_MS,
  });
  deaf.destroy();
  await waitFor("the server to end half handshakes", () => half.every(({ destroyed }) => destroyed), {
    timeoutMs: 2 * LIMIT_MS,
  });
};

/** A thousand sessions under one certificate: the newest stay, and the others learn why they end. */
const thousandSessions: PortAttack = async (attacker) => {
  const clients: RawClient[] = [];
  const open = async (): Promise<void> => {
    const client = await raw(attacker);
    clients.push(client.begin());
  };
  for (let opened = 0; opened < 1_000; opened += 20) await Promise.all(Array.from({ length: 20 }, open));
  const isOver = (): boolean => clients.filter(({ isClosed }) => !isClosed).length <= LINK_LIMITS.machineSessions;
  await waitFor("the oldest sessions to end", isOver, { timeoutMs: LIMIT_MS });
  const reason = `the machine opened more than ${LINK_LIMITS.machineSessions} sessions`;
  assert.ok(clients.some((client) => client.goaway() === reason));
  for (const { socket } of clients) socket.destroy();
};

/** A thousand connections that say nothing. */
const silence: PortAttack = async (attacker) => {
  const silent = Array.from({ length: 1_000 }, () => connection(attacker, Buffer.alloc(0)));
  await waitFor("the server to end silent connections", () => silent.every(({ destroyed }) => destroyed), {
    timeoutMs: LIMIT_MS,
  });
};

export const PORT_ATTACKS: Readonly<Record<string, PortAttack>> = {
  garbage,
  "frames that break the protocol": badFrames,
  "requests beyond the limits": largeRequests,
  "slow readers and half handshakes": slowClients,
  "a thousand sessions of one machine": thousandSessions,
  "a thousand silent connections": silence,
};
