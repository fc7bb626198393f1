import { show, table } from '../report.js';
import { median, spread } from '../statistics.js';

const KIB = 1_024;
const cpuLimits = { min: 0.9, max: 1.1 };

/**
 * @param shapes the services with their labels @param samples and `recording` from the rounds
 * @param memory bytes per known session: `heap`, `resident` and `redis`
 * @param startSeconds of the service with many tenants
 */
export function judge({ shapes, samples, recording, memory, startSeconds }) {
  const cpu = (name) => samples[name].cpu;
  const ratio = (name) => spread(cpu(name).map((value, round) => value / cpu('few')[round]));
  const limits = [
    cpuRow(`CPU per request, ${shapes.sessions.label}`, ratio('sessions')),
    cpuRow(`CPU per request, ${shapes.tenants.label}`, ratio('tenants')),
    atMost('memory of a node per known session, bytes', memory.heap, KIB, 0),
    atMost('memory of Redis per session, bytes', memory.redis, KIB, 0),
    atMost(`start with ${shapes.tenants.label}, s`, median(startSeconds), 5, 2),
  ];
  const isMet = limits.every((limit) => limit.isMet);
  const text = [
    table(
      ['', 'measured', 'limit', ''],
      limits.map(({ label, measured, limit, isMet: met }) => [
        label,
        measured,
        limit,
        met ? 'met' : 'missed',
      ]),
    ),
    table(
      ['', 'CPU µs/request', 'Redis commands/request'],
      Object.entries(shapes).map(([name, { label }]) => [
        label,
        show(spread(cpu(name)), 1),
        show(spread(samples[name].commands), 3),
      ]),
    ),
    ...costOfRecording(recording),
    `The resident set of the node grew by ${memory.resident.toFixed(0)} bytes per known session.`,
  ];
  return { isMet, text: text.join('\n\n') };
}

function cpuRow(label, ratio) {
  const isMet = ratio.median >= cpuLimits.min && ratio.median <= cpuLimits.max;
  const limit = `${cpuLimits.min} to ${cpuLimits.max}`;
  return { label, measured: show(ratio, 2), limit, isMet };
}

function atMost(label, value, limit, digits) {
  return { label, measured: value.toFixed(digits), limit: `below ${limit}`, isMet: value < limit };
}

function costOfRecording(values) {
  if (values.length === 0) return [];
  const { median: middle, min, max } = spread(values);
  const brackets = `(${min.toFixed(1)} to ${max.toFixed(1)})`;
  return [
    `A request that also records the activity of its session, once a minute, costs ${middle.toFixed(1)} µs ${brackets}.`,
  ];
}
