/**
 * Fails if a comment, a test or a page cites something that does not exist: a source file, a Markdown file or one of
 * its headings, a numbered section, a requirement id, or a decision record. Prints one line per fault. URLs are
 * ignored.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const READ = /(?:\.(?:ts|js|cjs|md|yml)|(?:^|\/)Dockerfile)$/;
const REQUIREMENTS = 'docs/security-requirements.md';
const DECISIONS = 'docs/decisions';

/** White space within a citation, which may continue on the next line of a comment. */
const GAP = String.raw`\s+(?:(?:\*|//|#)\s+)?`;
const MARKDOWN_FILE = String.raw`(?<![\w./-])[\w./-]+\.md(?![\w-])`;

const SOURCE_FILE = /(?<![\w./-])(?:apps|bench|libs|scripts|test)\/[\w./-]+\.[jt]s\b/g;
const FILE = new RegExp(String.raw`(\]\(|)(${MARKDOWN_FILE}|(?<=\]\()(?=#))(?:#([\w-]+))?`, 'g');
const SECTIONS = new RegExp(
  `(${MARKDOWN_FILE})${GAP}sections?${GAP}${listOf(String.raw`\d+(?:\.\d+)?`)}`,
  'g',
);
const REQUIREMENT = /\b([A-Z]{3})-\d{2}\b/g;
const DECISION = new RegExp(
  String.raw`\b(ADR|[Dd]ecision)s?(?:-|${GAP})${listOf(String.raw`\d+\b`)}|\bdecisions/(\d{4})(?![\w-])`,
  'g',
);

const requirements = new Set(read(REQUIREMENTS).match(/(?<=^\| )[A-Z]{3}-\d{2}(?= +\|)/gm));
const prefixes = new Set([...requirements].map((id) => id.slice(0, 3)));
const decisions = new Set(readdirSync(DECISIONS).map((name) => Number(name.slice(0, 4))));

const files = execFileSync('git', ['ls-files', '-z'], { encoding: 'utf8' })
  .split('\0')
  .filter((file) => READ.test(file) && existsSync(file));
const faults = files.flatMap((file) => faultsIn(file));
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;

/**
 * @param {string} file path relative to the root
 * @returns {string[]} one line per citation of something that does not exist
 */
function faultsIn(file) {
  const text = read(file).replace(/\bhttps?:\/\/\S+/g, (url) => ' '.repeat(url.length));
  const found = [
    ...missingSources(text),
    ...missingFiles(file, text),
    ...missingSections(file, text),
    ...missingRequirements(text),
    ...missingDecisions(text),
  ];
  return found
    .map(([index, cited]) => ({ line: text.slice(0, index).split('\n').length, cited }))
    .sort((one, other) => one.line - other.line)
    .map(({ line, cited }) => `${file}:${line}: ${cited} does not exist`);
}

/** Files anywhere, and anchors of Markdown links. */
function* missingFiles(file, text) {
  for (const { index, 1: link, 2: path, 3: anchor } of text.matchAll(FILE)) {
    const isLink = link !== '' && file.endsWith('.md');
    const target = path === '' ? file : targetOf(file, path, isLink);
    if (target === undefined) yield [index, path];
    else if (isLink && anchor !== undefined && !anchorsOf(target).has(anchor))
      yield [index, `${path}#${anchor}`];
  }
}

function* missingSources(text) {
  for (const { index, 0: path } of text.matchAll(SOURCE_FILE)) if (!existsSync(path)) yield [index, path];
}

/** Numbered sections of a file that exists. */
function* missingSections(file, text) {
  for (const { index, 1: path, 2: list } of text.matchAll(SECTIONS)) {
    const target = targetOf(file, path, false);
    if (target === undefined) continue;
    const numbers = headingsOf(target).map((heading) => /^(\d+(?:\.\d+)?)\.? /.exec(heading)?.[1]);
    for (const number of list.match(/\d+(?:\.\d+)?/g))
      if (!numbers.includes(number)) yield [index, `${path} section ${number}`];
  }
}

function* missingRequirements(text) {
  for (const { index, 0: id, 1: prefix } of text.matchAll(REQUIREMENT))
    if (prefixes.has(prefix) && !requirements.has(id)) yield [index, id];
}

function* missingDecisions(text) {
  for (const { index, 1: word, 2: list, 3: number } of text.matchAll(DECISION))
    for (const cited of (list ?? number).match(/\d+/g))
      if (!decisions.has(Number(cited))) yield [index, number ? `${DECISIONS}/${cited}` : `${word} ${cited}`];
}

/** @returns {string | undefined} the cited file, relative to the root */
function targetOf(file, path, isLink) {
  const candidates = [join(dirname(file), path), ...(isLink ? [] : [path])];
  return candidates.find((candidate) => existsSync(candidate));
}

/** @returns {string[]} the texts of the headings of a Markdown file */
function headingsOf(file) {
  return (
    read(file)
      .replace(/^```.*?^```/gms, '')
      .match(/(?<=^#+ ).+$/gm) ?? []
  );
}

/** @returns {Set<string>} the anchors that GitHub gives to the headings of a Markdown file */
function anchorsOf(file) {
  return new Set(
    headingsOf(file).map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replace(/\s/g, '-'),
    ),
  );
}

/** Pattern of one number or several: `3`, `3 and 4`, `3 to 6`, `3, 4 and 6`. */
function listOf(number) {
  return `(${number}(?:(?:,${GAP}${number})*${GAP}(?:and|to)${GAP}${number})?)`;
}

function read(file) {
  return readFileSync(file, 'utf8');
}
