import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import type { SecretsAnswer } from "@flotilla/api/client";
import { counted, isSecretName } from "@flotilla/unit";
import { CommandError, UsageError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { systemReason } from "../system-reason.ts";
import { type Declare, examples } from "./declaration.ts";
import { addListingOptions, listOptionsOf } from "./listing-options.ts";
import { listRows, withCluster } from "./list-rows.ts";

/** The API's limit, so that an endless file is not read to its end. */
const MOST_BYTES = 512 * 1024;

interface SecretRow {
  readonly name: string;
  readonly version?: number;
  readonly size?: number;
  readonly createdAt?: string;
  readonly updatedAt?: string;
  readonly units: readonly string[];
}

const secretColumns = withCluster<SecretRow>({
  secret: ({ name }) => name,
  version: ({ version }) => (version === undefined ? "missing" : String(version)),
  size: ({ size }) => (size === undefined ? "" : String(size)),
  created: ({ createdAt = "" }) => createdAt,
  changed: ({ updatedAt = "" }) => updatedAt,
  units: ({ units }) => units.join(","),
});

export const declareSecret: Declare = (program, run) => {
  const secret = program
    .command("secret")
    .summary("store passwords and keys for units")
    .description(
      "Stores passwords, keys and other secrets of units, encrypted. A unit names a secret with " +
        "LoadCredential=NAME:/run/fleet/secrets.sock, and reads it from the file $CREDENTIALS_DIRECTORY/NAME. Nobody can " +
        "read a secret back with fleetctl.",
    )
    .addHelpText("after", examples("fleetctl secret set db-password password.txt", "fleetctl secret list"));
  secret
    .command("set")
    .summary("store a new secret")
    .description("Stores a new secret. The value is the content of the file, or of standard input, byte for byte.")
    .argument("<name>", "name of the secret, which is the name of the unit's credential")
    .argument("[file]", "file with the value; - or none for standard input")
    .addHelpText(
      "after",
      examples("fleetctl secret set db-password password.txt", "pwgen -1 32 | fleetctl secret set x"),
    )
    .action((name: string, file?: string) => run((context) => write(context, name, file, false)));
  secret
    .command("rotate")
    .summary("replace the value of a secret")
    .description(
      "Replaces the value of a secret. Units that name the secret are restarted, or reloaded if they have " +
        "OnSecretChange=reload in [X-Fleet]; the copies of a global unit one after the other.",
    )
    .argument("<name>", "name of the secret")
    .argument("[file]", "file with the value; - or none for standard input")
    .addHelpText("after", examples("fleetctl secret rotate db-password new-password.txt"))
    .action((name: string, file?: string) => run((context) => write(context, name, file, true)));
  secret
    .command("delete")
    .summary("delete a secret")
    .description(
      "Deletes a secret that no unit names. Units that run keep their copies until they leave their machine.",
    )
    .argument("<name>", "name of the secret")
    .option("--force", "delete the secret even if units name it", false)
    .addHelpText("after", examples("fleetctl secret delete db-password"))
    .action((name: string, { force }: { force: boolean }) => run((context) => remove(context, name, force)));
  const list = secret
    .command("list")
    .summary("list the secrets, without their values")
    .description(
      "Lists the secrets and the units that name them, without values. A secret that units name and that does not exist is missing.",
    );
  addListingOptions(list, secretColumns, "secret,version,size,changed,units")
    .addHelpText("after", examples("fleetctl secret list", "fleetctl secret list --output json"))
    .action(() => run((context) => listRows(context, secretColumns, listOptionsOf(list), rowsOf)));
};

async function rowsOf(context: Context): Promise<readonly SecretRow[]> {
  const { secrets, missing }: SecretsAnswer = await (await context.client()).listSecrets(context.signal);
  return [...secrets, ...missing];
}

async function write(context: Context, name: string, file: string | undefined, replace: boolean): Promise<number> {
  requireName(name);
  const value = await valueOf(context, file);
  const client = await context.client();
  const body = { value: value.toString("base64"), replace };
  const { version, changed, units } = await client.putSecret(name, body, context.signal);
  if (!changed) context.print(`Secret ${name} already has this value (version ${version})`);
  else context.print(`Secret ${name} has version ${version}, named by ${counted(units.length, "unit")}`);
  return exitCode.ok;
}

async function remove(context: Context, name: string, force: boolean): Promise<number> {
  requireName(name);
  await (await context.client()).deleteSecret(name, force, context.signal);
  context.print(`Deleted secret ${name}`);
  return exitCode.ok;
}

/** Checked before the value is read. */
function requireName(name: string): void {
  if (isSecretName(name)) return;
  throw new UsageError(
    `${JSON.stringify(name)} is no name of a secret: use 1 to 80 printable ASCII characters without blanks, colons and slashes`,
  );
}

async function valueOf({ environment }: Context, file = "-"): Promise<Buffer> {
  const { stdin } = environment;
  if (file === "-" && stdin.isTerminal)
    throw new UsageError("standard input is a terminal, which would show the value; name a file, or pipe the value in");
  const value = await upToLimit(file === "-" ? stdin : createReadStream(resolve(environment.directory, file)), file);
  if (value.length === 0) throw new CommandError(`the value in ${file === "-" ? "standard input" : file} is empty`);
  return value;
}

async function upToLimit(source: AsyncIterable<unknown>, file: string): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of source) {
      const piece = Buffer.from(chunk as Uint8Array);
      pieces.push(piece);
      bytes += piece.length;
      if (bytes > MOST_BYTES) break;
    }
  } catch (error) {
    throw new CommandError(`cannot read ${file}: ${systemReason(error)}`);
  }
  if (bytes > MOST_BYTES) throw new CommandError(`the value in ${file} has more than ${MOST_BYTES / 1024} KiB`);
  return Buffer.concat(pieces);
}
