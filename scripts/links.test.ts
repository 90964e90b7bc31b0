import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";

const ROOT = join(import.meta.dirname, "..");
const FILES = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: ROOT,
  encoding: "utf8",
})
  .split("\n")
  .filter((file) => existsSync(join(ROOT, file)));
const PAGES = FILES.filter((file) => file.endsWith(".md"));

test("each relative link of a page leads to an existing file and heading", () => {
  const broken = PAGES.flatMap((page) =>
    linksOf(page)
      .filter((link) => !leadsSomewhere(page, link))
      .map((link) => `${page}: ${link}`),
  );
  assert.ok(PAGES.length > 40);
  assert.deepEqual(broken, []);
});

test("each path that a page names exists, relative to the repository or to the page", () => {
  const missing = PAGES.flatMap((page) =>
    pathsNamedBy(page)
      .filter((path) => [ROOT, join(ROOT, dirname(page))].every((cwd) => globSync(path, { cwd }).length === 0))
      .map((path) => `${page}: ${path}`),
  );
  assert.deepEqual(missing, []);
});

test("each page of docs/ that code, units or scripts name exists", () => {
  const sources = FILES.filter((file) => /\.(ts|js|sh|service|socket|sample|conf|[58])$/.test(file));
  const missing = sources.flatMap((file) =>
    [...read(file).matchAll(/(?<![\w./])docs\/[\w./-]+\.md\b/g)]
      .filter(([path]) => !existsSync(join(ROOT, path)))
      .map(([path]) => `${file}: ${path}`),
  );
  assert.deepEqual(missing, []);
});

for (const [index, pages] of [
  ["docs/README.md", /^docs\/(?!README|decisions\/\d)/],
  ["docs/decisions/README.md", /^docs\/decisions\/\d/],
] as const)
  test(`${index} links to every page below it`, () => {
    const linked = new Set(linksOf(index).map((link) => targetOf(index, link)));
    const missing = PAGES.filter((page) => pages.test(page) && !linked.has(page));
    assert.deepEqual(missing, []);
  });

function read(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

/** Returns a page's text without its code blocks. */
function proseOf(page: string): string {
  return read(page).replaceAll(/^ *```[^]*?^ *```$/gm, "");
}

function linksOf(page: string): readonly string[] {
  const links = [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
  return links.filter((link) => !/^[a-z]+:/.test(link));
}

function targetOf(page: string, link: string): string {
  const [path = ""] = link.split("#");
  return path === "" ? page : normalize(join(dirname(page), path));
}

function leadsSomewhere(page: string, link: string): boolean {
  const target = targetOf(page, link);
  if (!existsSync(join(ROOT, target))) return false;
  const [, anchor] = link.split("#");
  return anchor === undefined || headingsOf(target).has(anchor);
}

/** Returns the anchors that GitHub makes from a page's headings. */
function headingsOf(page: string): ReadonlySet<string> {
  const titles = [...proseOf(page).matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) => title.toLowerCase());
  return new Set(titles.map((title) => title.replaceAll(/[^\p{L}\p{N}_ -]/gu, "").replaceAll(" ", "-")));
}

function pathsNamedBy(page: string): readonly string[] {
  const named = proseOf(page).matchAll(/`((?:packages|scripts|test|docs|units|examples)\/[^`\s]+)`/g);
  return [...named].map(([, path = ""]) => path).filter((path) => !/[<…]|\bNAME\b/.test(path));
}
