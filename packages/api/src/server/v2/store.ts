import { logFailure } from "@flotilla/runtime";
import type { v2Routes } from "../../contract/v2/routes.ts";
import type { Outcome } from "../answer.ts";
import { untilReaderGone } from "../client-gone.ts";
import type { ApiContext } from "../context.ts";
import { streamText } from "../stream-text.ts";
import type { Checked } from "./bound-route.ts";

export async function moveStore(
  { storeKeeper }: ApiContext,
  { body, signal }: Checked<typeof v2Routes.moveStore>,
): Promise<Outcome> {
  await storeKeeper.move(body.to, signal);
  return { status: 200, json: storeKeeper.report() };
}

/** Streams the database from the disk, no faster than the client reads. */
export async function storeBackup(
  { storeKeeper, closing, log }: ApiContext,
  { signal, reply }: Checked<typeof v2Routes.getStoreBackup>,
): Promise<Outcome> {
  const either = AbortSignal.any([untilReaderGone(reply), closing]);
  const text = await storeKeeper.backup(AbortSignal.any([signal, closing]));
  const onFailure = (error: unknown): void => logFailure(log, "a backup of the store failed", error);
  await streamText(reply, { text, type: "application/vnd.sqlite3", signal: either, onFailure });
  return { status: "streaming" };
}
