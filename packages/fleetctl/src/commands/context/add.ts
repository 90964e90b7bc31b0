import { resolve } from "node:path";
import { readCertificateFiles } from "../../cluster/certificate-files.ts";
import { tokenOf } from "../../cluster/connect.ts";
import { CommandError, UsageError } from "../../command-error.ts";
import type { Context } from "../../context.ts";
import { nameProblem, type SavedContext } from "../../contexts/saved-context.ts";
import { exitCode } from "../../exit-code.ts";
import { type Declare, examples } from "../declaration.ts";
import { changeSaved } from "./change-saved.ts";

interface AddOptions {
  readonly use: boolean;
  readonly replace: boolean;
}

export const declareAdd: Declare = (context, run) => {
  context
    .command("add")
    .summary("save a context")
    .description(
      "Saves the endpoint and the credentials that the global flags, or their variables, give. Files, also that of --token @FILE, " +
        "are saved as paths, and read at each use.",
    )
    .argument("<name>", "a name for the cluster: letters, digits, . _ and -")
    .option("--use", "make it the current context", false)
    .option("--replace", "replace the context if it exists", false)
    .addHelpText(
      "after",
      examples(
        "fleetctl context add prod --endpoint https://10.0.0.1:49153 --ca-file ca.pem --use",
        "fleetctl --token @ci-token context add ci --endpoint https://10.0.0.1:49153",
        "fleetctl context add lab --tunnel bastion.example.com --ssh-username admin",
      ),
    )
    .action((name: string, options: AddOptions) => run((one) => add(one, name, options)));
};

async function add(context: Context, name: string, { use, replace }: AddOptions): Promise<number> {
  const problem = nameProblem(name);
  if (problem !== undefined)
    throw new UsageError(`cannot use ${JSON.stringify(name)} as the name of a context: ${problem}`);
  const added = await contextOfFlags(context);
  await changeSaved(context, ({ current, contexts }) => {
    if (contexts.has(name) && !replace)
      throw new CommandError(`context ${name} exists already: add --replace to replace it, or choose another name`);
    return { current: use ? name : current, contexts: new Map([...contexts, [name, added]]) };
  });
  if (!use) context.tell(`saved context ${name}; use it with --context ${name}, or with fleetctl context use ${name}`);
  return exitCode.ok;
}

/** The context that the global flags and their variables describe. Sends nothing. */
async function contextOfFlags({ flags, environment }: Context): Promise<SavedContext> {
  const { given, endpoints, caFile, certFile, keyFile, token, tunnel, sshUsername } = flags;
  if (!given.has("endpoint") && !given.has("tunnel"))
    throw new UsageError(
      "cannot save a context without a cluster: give --endpoint, such as --endpoint https://10.0.0.1:49153",
    );
  const { openClient } = await import("@flotilla/api/client");
  openClient({ endpoints, requestTimeoutMs: flags.requestTimeoutMs }).close();
  const absolute = (file: string | undefined) =>
    file === undefined ? undefined : resolve(environment.directory, file);
  const files = { caFile: absolute(caFile), certFile: absolute(certFile), keyFile: absolute(keyFile) };
  await readCertificateFiles({ ca: undefined, ...files });
  const saved = token?.startsWith("@") === true ? `@${absolute(token.slice(1))}` : token;
  await tokenOf(saved);
  return {
    endpoints,
    ...files,
    ...(saved !== undefined && { token: saved }),
    ...(tunnel !== undefined && { tunnel }),
    ...(given.has("ssh-username") && { sshUsername }),
  };
}
