import type { Context } from "../context.ts";

/** What a command cannot do, beside what it does all the same. Told at once on stderr; the exit code is 1 then. */
export class Complaints {
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
