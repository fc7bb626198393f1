import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release } from 'node:os';
import { join } from 'node:path';
import { calls } from './scenario.js';

const readme = join(import.meta.dirname, 'README.md');
const [BEGIN, END] = ['<!-- bench:begin -->', '<!-- bench:end -->'];
const targets = { toNginx: 4.5, toExpress: 0.4 };

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

/** The whole result as Markdown, laid out as Prettier would. */
export function report({ facts, plan, contenders, rounds, upstream, latency }) {
  const { rounds: count, seconds } = plan.load;
  const how = `${count} rounds of ${seconds} s, 50 connections. Medians, with the least and the greatest in brackets.`;
  return [
    `${facts} ${how}`,
    ...calls.flatMap(({ name, label }) => [
      `### ${label}`,
      table(
        ['', 'CPU µs/request', 'against bare', 'against nginx', 'against Express', 'requests/s'],
        contenders.map((contender) => loadRow(contender, rounds[name][contender.name])),
      ),
      `The upstream alone answered ${Math.round(upstream[name])} requests a second. ${verdict(rounds[name].ours)}`,
    ]),
    '### Added latency at 10 requests a second',
    table(
      ['', 'added p50, ms', 'added p99, ms'],
      contenders.map(({ name, label }) => [label, show(latency[name].p50, 2), show(latency[name].p99, 2)]),
    ),
    `The upstream directly: p50 ${show(latency.direct.p50, 2)}, p99 ${show(latency.direct.p99, 2)} ms.`,
  ].join('\n\n');
}

function loadRow({ name, label }, { cpu, toBare, toNginx, toExpress, perSecond }) {
  return [
    label,
    show(cpu, 1),
    name === 'bare' ? '1' : show(toBare, 2),
    name === 'nginx' ? '1' : show(toNginx, 2),
    name === 'express' ? '1' : show(toExpress, 2),
    show(perSecond, 0),
  ];
}

function verdict({ toNginx, toExpress }) {
  const met = toNginx.median <= targets.toNginx && toExpress.median <= targets.toExpress;
  return `Target (at most ${targets.toNginx} of nginx, ${targets.toExpress} of Express): ${met ? 'met' : 'missed'}.`;
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
