import { ACTION_LIMIT_MS, type ActionReport } from "@flotilla/api/http";
import { type Clock, untilAborted } from "@flotilla/runtime";
import type { JobResult, ManagedUnit, UnitControl, UnitManager } from "@flotilla/systemd";

/** What starting runs needs of systemd. */
export type RunControl = Pick<UnitControl, "restart"> & Pick<UnitManager, "start" | "list" | "onChange">;

/** The most requests whose runs are remembered: a client repeats a request within seconds. */
const MOST_REMEMBERED = 256;

const STARTS = new WeakMap<RunControl, RunStarts>();

/** The starts of runs by this unit manager: a repeated request may come another way than the first one. */
export function runStartsOf(control: RunControl, clock: Clock): RunStarts {
  const known = STARTS.get(control);
  if (known) return known;
  const starts = new RunStarts(control, clock);
  STARTS.set(control, starts);
  return starts;
}

/** Starts runs of services on this machine, one for each request however often the request is repeated. */
export class RunStarts {
  readonly #control: RunControl;
  readonly #clock: Clock;
  readonly #reports = new Map<string, Promise<ActionReport>>();

  constructor(control: RunControl, clock: Clock) {
    this.#control = control;
    this.#clock = clock;
  }

  /**
   * Starts a run and returns its invocation ID as soon as systemd has given it one.
   * @param id the request's.
   * @throws the errors of the unit manager.
   */
  start(unit: string, id: string): Promise<ActionReport> {
    const key = `${unit} ${id}`;
    const known = this.#reports.get(key);
    if (known) return known;
    const report = this.#start(unit);
    this.#reports.set(key, report);
    const [oldest] = this.#reports.keys();
    if (this.#reports.size > MOST_REMEMBERED && oldest !== undefined) this.#reports.delete(oldest);
    return report;
  }

  async #start(unit: string): Promise<ActionReport> {
    const before = this.#control.list().get(unit);
    const refusal = whyNot(unit, before);
    if (refusal !== undefined) return { ok: false, message: refusal };
    const over = new AbortController();
    const invocation = this.#nextInvocation(unit, before?.run?.invocation, over.signal);
    const late = this.#clock.sleep(ACTION_LIMIT_MS, over.signal).then(() => "late" as const);
    // A oneshot with RemainAfterExit= stays active after its run; only a restart runs it again.
    const verb = before?.subState === "exited" ? "restart" : "start";
    const job = this.#control[verb](unit, over.signal);
    try {
      const first = await Promise.race([invocation, job, late]);
      if (typeof first === "object" && first.result !== "done") return { ok: false, message: messageOf(first) };
      // The signals about a run come before the end of its job.
      const begun = this.#control.list().get(unit)?.run?.invocation;
      if (begun !== undefined && begun !== "" && begun !== before?.run?.invocation)
        return { ok: true, message: "", invocation: begun };
      const why = first === "late" ? `has not begun after ${ACTION_LIMIT_MS / 1000} s` : "has not begun";
      return { ok: false, message: `the run ${why}; check \`fleetctl status ${unit}\`` };
    } finally {
      over.abort();
      await Promise.allSettled([invocation, job, late]);
    }
  }

  /** Resolves when systemd shows another invocation of the unit. */
  async #nextInvocation(unit: string, before: string | undefined, signal: AbortSignal): Promise<"begun"> {
    const { promise, resolve } = Promise.withResolvers<"begun">();
    const unlisten = this.#control.onChange(() => {
      const invocation = this.#control.list().get(unit)?.run?.invocation ?? "";
      if (invocation !== "" && invocation !== before) resolve("begun");
    });
    try {
      return await untilAborted([signal], () => promise);
    } finally {
      unlisten();
    }
  }
}

/** Why no run can be started; undefined if one can. */
function whyNot(unit: string, managed: ManagedUnit | undefined): string | undefined {
  if (!unit.endsWith(".service")) return `${unit} is not a service; only services have runs`;
  if (!managed) return `${unit} is not on this machine yet; try again in a moment`;
  const { activeState, subState, job } = managed;
  if (activeState === "inactive" || activeState === "failed" || subState === "exited")
    return job === "" ? undefined : `a ${job} of ${unit} is under way`;
  if (activeState === "active" || activeState === "reloading")
    return `it runs already (${activeState}, ${subState}); use \`fleetctl restart ${unit}\` to restart it`;
  return `a run is under way (${activeState}, ${subState})`;
}

function messageOf({ result, message }: JobResult): string {
  return message || `systemd ended the start with result "${result}"`;
}
