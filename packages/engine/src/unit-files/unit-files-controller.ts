import type { ClusterSnapshot } from "@flotilla/model";
import { type AssignmentRegistry, type ClusterChange, type ClusterView, MAX_FILES } from "@flotilla/registry";
import type { Clock } from "@flotilla/runtime";
import type { Steps } from "@flotilla/schedule";
import type { Controller, LogLine, PassInput, WriteOutcome } from "../controller/controller.ts";
import type { FencedWriter } from "../controller/fenced-writer.ts";
import { decideUnusedFiles, type FileDecision } from "./decide-unused-files.ts";

/** The least time between two checks of all units, milliseconds. */
const EVERY_MS = 60_000;

/**
 * The amount of new text, in characters, after which the next check does not wait for `EVERY_MS`, because each leader
 * and API server keeps all files in memory.
 */
const MOST_NEW = 4 * 1024 * 1024;

/** The pause before another pass when the live copy was ahead of the snapshot, milliseconds. */
const AGAIN_MS = 1_000;

type LiveFiles = Pick<ClusterView, "files" | "digestsOfUnreadable">;

interface Seen extends Pick<PassInput, "now"> {
  readonly snapshot: Pick<ClusterSnapshot, "units" | "assignments">;
  readonly live: LiveFiles | undefined;
}

/** Deletes stored unit files that no unit and no assignment names any more. */
export class UnitFilesController implements Controller<FileDecision> {
  readonly #assignments: Pick<AssignmentRegistry, "deleteFiles">;
  readonly #clock: Clock;
  /** A file may have become unused since the last check. */
  #mayBeUnused = true;
  #nextLook: number;
  /** How much text was in use at the last check. */
  #usedCharacters = 0;
  #dueAt: number | undefined;

  constructor(assignments: Pick<AssignmentRegistry, "deleteFiles">, clock: Clock) {
    this.#assignments = assignments;
    this.#clock = clock;
    this.#nextLook = clock.monotonic() + EVERY_MS;
  }

  get dueAt(): number | undefined {
    return this.#dueAt;
  }

  wakes(): boolean {
    return false;
  }

  note({ kind }: ClusterChange): void {
    this.#mayBeUnused ||= kind === "unit" || kind === "assignment";
  }

  *steps({ snapshot, live, now }: Seen): Steps<readonly FileDecision[]> {
    // A snapshot that is older than the files may lack the units that use them, so files are checked only in a pass
    // that gets the live view. If the scheduler takes many steps in each periodic pass, only an extra pass, which has
    // less to decide, gets the live view.
    const mayBeDue = this.#mayBeUnused && now.monotonic >= this.#nextLook;
    this.#dueAt = !live && mayBeDue ? now.monotonic + AGAIN_MS : undefined;
    if (!live || !this.#isDue(live, now.monotonic)) return [];
    const kept = digestsOfUnreadable(live);
    if (!kept) return [];
    const { characters } = live.files;
    const unused = yield* decideUnusedFiles(live.files, kept, snapshot);
    this.#usedCharacters = characters - unused.reduce((sum, file) => sum + file.characters, 0);
    this.#mayBeUnused = unused.length > MAX_FILES;
    if (unused.length === 0) this.#nextLook = now.monotonic + EVERY_MS;
    return unused.slice(0, MAX_FILES);
  }

  async write(
    decisions: readonly FileDecision[],
    writer: FencedWriter<FileDecision>,
    signal: AbortSignal,
  ): Promise<WriteOutcome> {
    const files = new Map(decisions.map(({ digest, revision }) => [digest, revision]));
    let isWritten = false;
    try {
      isWritten = await writer.apply(decisions, (leadership) =>
        this.#assignments.deleteFiles(leadership, files, signal),
      );
    } finally {
      if (!isWritten) this.#mayBeUnused = true;
      else if (!this.#mayBeUnused) this.#nextLook = this.#clock.monotonic() + EVERY_MS;
    }
    return isWritten ? "written" : "outdated";
  }

  linesOf({ digest, characters, sentence }: FileDecision): readonly LogLine[] {
    return [{ level: "info", message: "unit file deleted", fields: { digest, characters, reason: sentence } }];
  }

  #isDue({ files }: LiveFiles, now: number): boolean {
    return this.#mayBeUnused && (now >= this.#nextLook || files.characters - this.#usedCharacters > MOST_NEW);
  }
}

/** Undefined while it is not known which file an unreadable unit names. */
function digestsOfUnreadable({ digestsOfUnreadable: digests }: LiveFiles): readonly string[] | undefined {
  const known = [...digests.values()].filter((digest) => digest !== undefined);
  return known.length === digests.size ? known : undefined;
}
