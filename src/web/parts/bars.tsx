import { Text } from '@mantine/core';

/** Small bars of equal width, the highest as high as there is room. */
export function Bars({ label, bars }: { label: string; bars: { key: string; value: number; title: string }[] }) {
  const most = Math.max(1, ...bars.map(({ value }) => value));
  const width = 600;
  const step = width / Math.max(bars.length, 12);
  return (
    <figure style={{ margin: 0 }}>
      <Text size="xs" c="dimmed" component="figcaption">
        {label}
      </Text>
      <svg
        viewBox={`0 0 ${width} 80`}
        width="100%"
        height="80"
        preserveAspectRatio="none"
        role="img"
        aria-label={`${label}: ${bars.at(-1)?.title ?? ''}`}
      >
        {bars.map(({ key, value, title }, i) => (
          <rect
            key={key}
            x={i * step}
            y={80 - Math.max(2, (76 * value) / most)}
            width={Math.max(1, step - 2)}
            height={Math.max(2, (76 * value) / most)}
            fill="currentColor"
            opacity={0.55}
          >
            <title>{title}</title>
          </rect>
        ))}
      </svg>
    </figure>
  );
}
