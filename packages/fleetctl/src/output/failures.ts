import type { Context } from "../context.ts";

/**
 * Collects failures of parts of a command, while the other parts continue. Each failure is written to stderr at once;
 * the exit code is 1.
 */
export class Failures {
  readonly #context: Pick<Context, "tell">;
  #any = false;

  constructor(context: Pick<Context, "tell">) {
    this.#context = context;
  }

  get any(): boolean {
    return this.#any;
  }

  readonly add = (line: string): void => {
    this.#any = true;
    this.#context.tell(line);
  };
}
