import { Option } from "commander";
import type { CreateTokenBody, TokenEntity } from "@flotilla/api/client";
import { pairsIn, secondsIn } from "../arguments/token-values.ts";
import { UsageError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { writeJson } from "../output/json.ts";
import { alignWithTabs } from "../output/tab-writer.ts";
import { type Declare, examples, output } from "./declaration.ts";
import { createJoinToken } from "./join-token.ts";

const ROLES = ["viewer", "operator", "deployer", "admin"] as const;

interface CreateOptions {
  readonly role?: (typeof ROLES)[number];
  readonly units?: string;
  readonly machineMetadata?: string;
  readonly admit?: "unprivileged";
  readonly users?: string;
  readonly ttl?: string;
  readonly join?: boolean;
  readonly uses?: string;
  readonly metadata?: string;
  readonly server?: boolean;
  readonly output: "text" | "json";
}

export const declareToken: Declare = (program, run) => {
  const token = program
    .command("token")
    .summary("create, list and revoke tokens")
    .description("A token says what its holder may do over the API, or lets machines join the cluster.")
    .addHelpText("after", examples("fleetctl token create ann --role viewer", "fleetctl token revoke ann"));
  token
    .command("create")
    .summary("create a token and print it, once")
    .description(
      "Creates a token and prints it; no later command shows it. Give the role viewer, operator, deployer or admin; a " +
        "deployer also needs --units. With --join, machines join with the token instead.",
    )
    .argument("[name]", "name of the token in lists, logs and messages")
    .addOption(new Option("--role <role>", "what the holder may do").choices(ROLES))
    .option("--units <globs>", "units of a deployer, separated by commas, such as 'web*'")
    .option("--machine-metadata <pairs>", "key=value,...: machines of a deployer's units, which must require them")
    .addOption(new Option("--admit <rule>", "what a deployer's units may ask of their host").choices(["unprivileged"]))
    .option("--users <names>", "users of the hosts as whom a deployer's unprivileged units may run")
    .option("--ttl <time>", "time until the token expires, such as 90d; default never, 1h with --join")
    .option("--join", "create a token with which machines join")
    .option("--uses <number>", "with --join: how many machines may join; default 1")
    .option("--metadata <pairs>", "with --join: key=value,... that the token vouches for")
    .option("--server", "with --join: the machines become servers and get the store's credentials")
    .addOption(output())
    .addHelpText(
      "after",
      examples(
        "fleetctl token create ci --role deployer --units 'web*' --admit unprivileged --ttl 90d",
        "fleetctl token create --join --metadata zone=a",
      ),
    )
    .action((name: string | undefined, options: CreateOptions) => run((context) => create(context, name, options)));
  token
    .command("list")
    .summary("list the tokens, without their secrets")
    .addOption(output())
    .addHelpText("after", examples("fleetctl token list"))
    .action((options: CreateOptions) => run((context) => list(context, options)));
  token
    .command("revoke")
    .summary("revoke a token: it ends within a second, also for open streams")
    .argument("<token>", "ID or name of the token")
    .addHelpText("after", examples("fleetctl token revoke ci"))
    .action((idOrName: string) => run((context) => revoke(context, idOrName)));
};

async function create(context: Context, name: string | undefined, options: CreateOptions): Promise<number> {
  const body = options.join ? undefined : apiTokenOf(name, options);
  const client = await context.client();
  const answer = body
    ? await client.createToken(body, context.signal)
    : await createJoinToken(client, { ...options, ...(name !== undefined && { name }) }, context.signal);
  if (options.output === "json") writeJson(context.environment.stdout, answer);
  else context.print(answer.secret);
  return exitCode.ok;
}

/** @throws UsageError for options that are missing, or belong to another kind of token. */
function apiTokenOf(name: string | undefined, options: CreateOptions): CreateTokenBody {
  const { role, units, machineMetadata, admit, users, ttl } = options;
  if (name === undefined) throw new UsageError("the token has no name; write fleetctl token create NAME --role ROLE");
  if (!role) throw new UsageError("the token has no role; add --role viewer, operator, deployer or admin");
  for (const flag of ["uses", "metadata", "server"] as const)
    if (options[flag] !== undefined) throw new UsageError(`cannot use --${flag} without --join`);
  return {
    kind: "api",
    name,
    role,
    ...(units !== undefined && { units: units.split(",") }),
    ...(machineMetadata !== undefined && { machineMetadata: pairsIn("machine-metadata", machineMetadata) }),
    ...(admit && { admit }),
    ...(users !== undefined && { users: users.split(",") }),
    ...(ttl !== undefined && { ttlSeconds: secondsIn(ttl) }),
  };
}

async function list(context: Context, options: CreateOptions): Promise<number> {
  const client = await context.client();
  const tokens = await client.listTokens(context.signal);
  const { stdout } = context.environment;
  if (options.output === "json") writeJson(stdout, tokens);
  else stdout.write(alignWithTabs([["NAME", "ID", "MAY", "EXPIRES", "LAST USED"], ...tokens.map(rowOf)]));
  return exitCode.ok;
}

function rowOf(token: TokenEntity): readonly string[] {
  return [token.name, token.id, mayOf(token), token.expiresAt ?? "never", token.lastUsedAt ?? "-"];
}

function mayOf({ kind, role, units = [], machineMetadata, admit, ...join }: TokenEntity): string {
  if (kind === "join") {
    const what = join.server === true ? "join as server" : "join";
    return [what, pairsOf(join.metadata), `(${join.usesLeft ?? 0} left)`].filter(Boolean).join(" ");
  }
  return [role, units.join(","), pairsOf(machineMetadata), admit].filter(Boolean).join(" ");
}

function pairsOf(pairs: Readonly<Record<string, string>> = {}): string {
  return Object.entries(pairs)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
}

async function revoke(context: Context, idOrName: string): Promise<number> {
  const client = await context.client();
  await client.revokeToken(idOrName, context.signal);
  context.print(`Token ${idOrName} is revoked`);
  return exitCode.ok;
}
