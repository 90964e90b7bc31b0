import { noteAgent } from "../cluster/note-agent.ts";
import type { Context } from "../context.ts";
import { inEachCluster } from "../contexts/in-each-cluster.ts";
import { exitCode } from "../exit-code.ts";
import { type Columns, parseFields, writeListing } from "../output/listing.ts";
import type { ListOptions } from "./listing-options.ts";

/** A row of a listing over several clusters. */
export interface OfCluster {
  /** The name of the context; absent in a listing of one cluster. */
  readonly cluster?: string;
}

/** Adds the column of the context's name. */
export function withCluster<Row>(columns: Columns<Row>): Columns<Row & OfCluster> {
  return { ...columns, cluster: ({ cluster = "" }) => cluster };
}

/**
 * Lists the cluster, or the clusters of all contexts that --context lists, with the context's name as first column
 * unless the user chose the columns.
 *
 * @param columns made by `withCluster`.
 * @param read reads the rows of one cluster.
 * @param moreFields names columns to add, unless the user chose the columns; undefined for none.
 * @returns the exit code.
 * @throws UsageError for an unknown column, before any request.
 */
export async function listRows<Row extends object>(
  context: Context,
  columns: Columns<Row & OfCluster>,
  options: ListOptions,
  read: (context: Context) => Promise<readonly Row[]>,
  moreFields: (rows: readonly Row[]) => string | undefined = () => undefined,
): Promise<number> {
  parseFields(options.fields, columns);
  const { stdout } = context.environment;
  const several = context.several();
  const readAndNote = async (one: Context): Promise<readonly Row[]> => {
    const [rows] = await Promise.all([read(one), noteAgent(one)]);
    return rows;
  };
  const fieldsFor = (rows: readonly Row[], fields: string): string => {
    const more = options.areFieldsChosen ? undefined : moreFields(rows);
    return more === undefined ? fields : `${fields},${more}`;
  };
  if (!several) {
    const rows = await readAndNote(context);
    const fields = fieldsFor(rows, options.fields);
    writeListing<Row & OfCluster>(stdout, rows, columns, { ...options, fields });
    return exitCode.ok;
  }
  const { answers, code } = await inEachCluster(several, readAndNote);
  const rows = answers.flatMap(({ cluster, answer }) => answer.map((row) => ({ cluster, ...row })));
  const fields = options.areFieldsChosen ? options.fields : `cluster,${options.fields}`;
  writeListing(stdout, rows, columns, { ...options, fields: fieldsFor(rows, fields) });
  return code;
}
