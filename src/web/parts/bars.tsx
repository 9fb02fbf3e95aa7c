import type { ReactNode } from 'react';
export interface Point {
  key: string;
  value: number;
  /** In words: what a pointer over it says. */
  title: string;
}

const width = 600;
const height = 96;

/** Small bars of equal width, the highest as high as there is room. */
export function Bars({ label, points }: { label: string; points: readonly Point[] }) {
  const most = Math.max(1, ...points.map(({ value }) => value));
  const step = width / Math.max(points.length, 12);
  return (
    <Chart label={label}>
      {points.map(({ key, value, title }, i) => {
        const tall = value === 0 ? 0 : Math.max(2, ((height - 6) * value) / most);
        return (
          <rect key={key} x={i * step + 1} y={height - tall} width={Math.max(1, step - 2)} height={tall} fill="currentColor">
            <title>{title}</title>
          </rect>
        );
      })}
    </Chart>
  );
}

/** What grew over time: a step at each point. */
export function Steps({ label, points }: { label: string; points: readonly { at: number; value: number }[] }) {
  const most = Math.max(1, ...points.map(({ value }) => value));
  const begin = points[0]?.at ?? 0;
  const span = Math.max(1, (points.at(-1)?.at ?? 1) - begin);
  const y = (value: number) => height - ((height - 6) * value) / most;
  let line = `M0 ${y(points[0]?.value ?? 0)}`;
  for (const { at, value } of points) line += `H${((width * (at - begin)) / span).toFixed(1)}V${y(value).toFixed(1)}`;
  line += `H${width}`;
  return (
    <Chart label={label}>
      <path d={`${line}V${height}H0Z`} fill="currentColor" opacity="0.18" />
      <path d={line} fill="none" stroke="currentColor" strokeWidth="2" vectorEffect="non-scaling-stroke" />
    </Chart>
  );
}

function Chart({ label, children }: { label: string; children: ReactNode }) {
  return (
    <svg className="chart" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={label}>
      <line className="grid" x1="0" x2={width} y1={height - 0.5} y2={height - 0.5} />
      {children}
    </svg>
  );
}
