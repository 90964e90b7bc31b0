import { rm } from "node:fs/promises";
import { createConnection } from "node:net";

/** Removes the socket of a killed daemon. A socket on which a process answers stays. */
export async function removeStaleSocket(path: string): Promise<void> {
  const answered = await new Promise<boolean>((resolve) => {
    const socket = createConnection(path);
    socket.once("connect", () => (socket.destroy(), resolve(true)));
    socket.once("error", () => resolve(false));
  });
  if (!answered) await rm(path, { force: true });
}
