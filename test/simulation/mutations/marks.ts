import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { API } from "typescript/unstable/sync";
import { createVirtualFileSystem } from "typescript/unstable/fs";
import type { Node, SourceFile } from "typescript/unstable/ast";
import type { Change } from "./change.ts";

/** A mark: the node below it is a place where mutations break the code. */
const MARK = /^ *\/\/ mutation: (?<name>.+)\n\s*(?:\/\/.*\n\s*)*/gmu;

export interface Marked {
  /** The path below the root of the sources. */
  readonly file: string;
  readonly text: string;
  readonly place: Node;
}

/**
 * Returns all marks in the product's code, by name.
 * @throws when two marks have the same name, or no node follows a mark.
 */
export function findMarks(root: string): ReadonlyMap<string, Marked> {
  const texts: Record<string, string> = {};
  for (const file of globSync("packages/*/src/**/*.ts", { cwd: root })) {
    const text = readFileSync(join(root, file), "utf8");
    if (text.search(MARK) !== -1) texts[file] = text;
  }
  const marks = new Map<string, Marked>();
  for (const [file, source] of parse(texts)) {
    for (const { groups, index, 0: whole } of source.text.matchAll(MARK)) {
      const name = groups?.name ?? "";
      if (marks.has(name)) throw new Error(`"// mutation: ${name}" is both in ${marks.get(name)?.file} and in ${file}`);
      const place = nodeAt(source, index + whole.length);
      if (!place) throw new Error(`no statement, property or element follows "// mutation: ${name}" in ${file}`);
      marks.set(name, { file, text: source.text, place });
    }
  }
  return marks;
}

/**
 * Returns the file's text with one change.
 * @throws when the marked code does not have the expected syntax.
 */
export function mutate({ text, place }: Marked, change: Change): string {
  const edits = change(place).toSorted((a, b) => b.from - a.from);
  return edits.reduce((changed, { from, to, text: put }) => changed.slice(0, from) + put + changed.slice(to), text);
}

function parse(texts: Readonly<Record<string, string>>): Map<string, SourceFile> {
  const files = Object.keys(texts);
  const config = JSON.stringify({ compilerOptions: { noLib: true, noResolve: true, types: [] }, files });
  const inMemory: Record<string, string> = { "/tsconfig.json": config };
  for (const [file, text] of Object.entries(texts)) inMemory[`/${file}`] = text;
  const api = new API({ cwd: "/", fs: createVirtualFileSystem(inMemory) });
  try {
    const [project] = api.updateSnapshot({ openProjects: ["/tsconfig.json"] }).getProjects();
    return new Map(
      files.map((file) => {
        const source = project?.program.getSourceFile(`/${file}`);
        if (!source) throw new Error(`TypeScript cannot parse ${file}`);
        return [file, source];
      }),
    );
  } finally {
    api.close();
  }
}

/** Returns the outermost node that begins at `start`. */
function nodeAt(node: Node, start: number): Node | undefined {
  return node.forEachChild((child) => {
    if (child.getStart() === start) return child;
    return child.pos <= start && start < child.end ? nodeAt(child, start) : undefined;
  });
}
