import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release } from 'node:os';
import { join } from 'node:path';
import { summaryOf } from './rounds.js';
import { calls } from './scenario.js';
import { spread } from './statistics.js';
import { ADDED_LATENCY_RATIO, ratios, residentMiB, startSeconds } from './targets.js';

const readme = join(import.meta.dirname, 'README.md');
const [BEGIN, END] = ['<!-- bench:begin -->', '<!-- bench:end -->'];

/** What can be known of the machine; asked before the load, for the load average's sake. */
export function machineFacts(versions) {
  const [{ model }] = cpus();
  const programs = [['Node', process.versions.node], ...Object.entries(versions)];
  return [
    `${new Date().toISOString().slice(0, 10)}, ${model.trim()}, ${availableParallelism()} cores, Linux ${release()},`,
    `${programs.map(([name, version]) => `${name} ${version}`).join(', ')};`,
    `load average before the run ${loadavg()[0].toFixed(1)}.`,
  ].join(' ');
}

/** The whole result as Markdown, laid out as Prettier would, and whether every target is met. */
export function report({ facts, plan, samples, contenders, alone, atRest, starts, embedded, latency }) {
  const { rounds, seconds } = plan.load;
  const verdicts = [];
  const judge = (isMet) => {
    verdicts.push(isMet);
    return isMet ? 'met' : 'missed';
  };
  const text = [
    `${facts} ${plan.starts} starts of ${rounds} rounds of ${seconds} s, 50 connections. Medians, with the least and the greatest in brackets.`,
    ...calls.flatMap(({ name, label }) => [
      `### ${label}`,
      table(
        ['', 'CPU µs/request', 'this service against it', 'target', '', 'requests/s'],
        contenders.flatMap((contender) => loadRows(samples, name, contender, judge)),
      ),
      `The upstream alone answered ${Math.round(alone[name])} requests a second.`,
    ]),
    '### Memory of this service',
    memoryTable(samples, { atRest, embedded }, judge),
    '### Start to ready of this service',
    startTable({ starts, embedded }, judge),
    '### Added latency at 10 requests a second',
    latencyTable(contenders, latency, judge),
    `The upstream directly: p50 ${show(latency.direct.p50, 2)}, p99 ${show(latency.direct.p99, 2)} ms.`,
  ].join('\n\n');
  return { text, isMet: verdicts.every(Boolean) };
}

function loadRows(samples, call, { name, label }, judge) {
  const summary = summaryOf(samples, call, name);
  if (summary === undefined) return [];
  const { cpu, ratio, perSecond } = summary;
  const target = ratios[call]?.[name];
  return [
    [
      label,
      show(cpu, 1),
      name === 'ours' ? '1' : show(ratio, 2),
      target === undefined ? '' : `at most ${target}`,
      target === undefined ? '' : judge(ratio.median <= target),
      show(perSecond, 0),
    ],
  ];
}

function memoryTable(samples, { atRest, embedded }, judge) {
  const underLoad = samples.filter(({ contender }) => contender === 'ours').map(({ resident }) => resident);
  const row = (label, values, limit) => [
    label,
    show(spread(values), 0),
    limit === undefined ? '' : `at most ${limit}`,
    limit === undefined ? '' : judge(spread(values).max <= limit),
  ];
  return table(
    ['', 'resident MiB', 'target', ''],
    [
      row('at rest, with PostgreSQL and Redis', atRest, residentMiB.atRest),
      row('under the load above', underLoad, residentMiB.underLoad),
      row('at rest, with the embedded database', [embedded.resident]),
    ],
  );
}

function startTable({ starts, embedded }, judge) {
  const row = (label, values, limit) => [
    label,
    show(spread(values), 2),
    `at most ${limit}`,
    judge(spread(values).median <= limit),
  ];
  return table(
    ['', 'seconds', 'target', ''],
    [
      row('with PostgreSQL and Redis', starts, startSeconds.withServers),
      row('with the embedded database, the first time', [embedded.start], startSeconds.embedded),
    ],
  );
}

function latencyTable(contenders, latency, judge) {
  const ratio = latency.ours.p50.median / latency.bare.p50.median;
  const isMet = judge(ratio <= ADDED_LATENCY_RATIO);
  const rows = contenders.map(({ name, label }) => [
    label,
    show(latency[name].p50, 2),
    show(latency[name].p99, 2),
    name === 'ours' ? `${ratio.toFixed(2)} of bare, at most ${ADDED_LATENCY_RATIO}: ${isMet}` : '',
  ]);
  return table(['', 'added p50, ms', 'added p99, ms', 'p50, target'], rows);
}

/** A median with the least and the greatest. */
export function show({ median, min, max }, digits) {
  const [middle, least, greatest] = [median, min, max].map((value) => value.toFixed(digits));
  return `${middle} (${least} to ${greatest})`;
}

/** A Markdown table, laid out as Prettier would. */
export function table(head, rows) {
  const widths = head.map((_, column) =>
    Math.max(3, ...[head, ...rows].map((row) => [...row[column]].length)),
  );
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const padded = (row) =>
    line(
      row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))),
    );
  const rule = line(
    widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)),
  );
  return [padded(head), rule, ...rows.map(padded)].join('\n');
}

/** Puts a result between the two markers of README.md. */
export function writeReadme(markdown) {
  const text = readFileSync(readme, 'utf8');
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin === -1 || end < begin) throw new Error(`README.md has no ${BEGIN} … ${END}`);
  writeFileSync(readme, `${text.slice(0, begin + BEGIN.length)}\n\n${markdown}\n\n${text.slice(end)}`);
}
