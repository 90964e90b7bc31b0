import { setTimeout as delay } from "node:timers/promises";
import type { Attack } from "./attack.ts";
import { connect } from "./connections.ts";

/** Watchers that never read. The daemon must buffer their events or drop the watchers. */
export const deafWatchers: Attack = {
  name: "never-reading watchers",
  pauseMs: 100,
  strike: async ({ socketPath }, signal) => {
    const sockets = Array.from({ length: 50 }, () => {
      const socket = connect(socketPath);
      socket.pause();
      socket.write("GET /fleet/v2/watch HTTP/1.1\r\nHost: fleet\r\n\r\n");
      return socket;
    });
    await delay(8_000, undefined, { signal }).catch(() => {});
    for (const socket of sockets) socket.destroy();
  },
};

/** Followers of a unit's journal that disconnect after a moment, some during the first response. */
export function vanishingFollowers(unit: string): Attack {
  return {
    name: "vanishing followers",
    pauseMs: 300,
    strike: async ({ socketPath, random }, signal) => {
      const sockets = Array.from({ length: 10 }, () => {
        const socket = connect(socketPath);
        socket.write(`GET /fleet/v2/units/${unit}/journal?follow=true HTTP/1.1\r\nHost: fleet\r\n\r\n`);
        return socket;
      });
      await delay(random.between(10, 1_000), undefined, { signal }).catch(() => {});
      for (const socket of sockets) socket.destroy();
    },
  };
}
