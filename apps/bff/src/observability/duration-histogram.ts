import { type Metric, type Registry } from 'prom-client';

/** Upper bounds of the buckets, in seconds. */
export const BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

interface Series {
  /** Observations by bucket, each only in the first one that it fits into; the last element has no bound. */
  readonly counts: number[];
  sum: number;
}

/**
 * A histogram of durations with one label, as prom-client collects it. Its own histogram copies and sorts the labels of
 * every observation.
 */
export class DurationHistogram {
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  private readonly series = new Map<string, Series>();

  constructor(
    registry: Registry,
    readonly name: string,
    readonly help: string,
    private readonly label: string,
  ) {
    registry.registerMetric(this as unknown as Metric);
  }

  observe(labelValue: string, seconds: number): void {
    let series = this.series.get(labelValue);
    if (series === undefined) {
      series = { counts: new Array<number>(BUCKETS_SECONDS.length + 1).fill(0), sum: 0 };
      this.series.set(labelValue, series);
    }
    let bucket = 0;
    while (seconds > (BUCKETS_SECONDS[bucket] ?? Infinity)) bucket += 1;
    series.counts[bucket] = (series.counts[bucket] ?? 0) + 1;
    series.sum += seconds;
  }

  /** Called by the registry. */
  get(): Promise<object> {
    const { name, help, type, aggregator } = this;
    const values = [...this.series].flatMap(([value, { counts, sum }]) => this.samples(value, counts, sum));
    return Promise.resolve({ name, help, type, aggregator, values });
  }

  private samples(labelValue: string, counts: readonly number[], sum: number): object[] {
    const labels = { [this.label]: labelValue };
    let count = 0;
    const buckets = counts.map((inBucket, bucket) => {
      count += inBucket;
      return {
        metricName: `${this.name}_bucket`,
        labels: { le: BUCKETS_SECONDS[bucket] ?? '+Inf', ...labels },
        value: count,
      };
    });
    return [
      ...buckets,
      { metricName: `${this.name}_sum`, labels, value: sum },
      { metricName: `${this.name}_count`, labels, value: count },
    ];
  }
}
