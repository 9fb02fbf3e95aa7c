import { Radio, Text } from '@mantine/core';

interface Option<Value extends string> {
  value: Value;
  label: string;
  help: string;
  disabled?: boolean;
}

interface Props<Value extends string> {
  label: string;
  value: Value;
  onChange: (value: Value) => void;
  options: readonly Option<Value>[];
}

/** One of a few ways, each with what it means. */
export function CardChoice<Value extends string>({ label, value, onChange, options }: Props<Value>) {
  return (
    <Radio.Group label={label} value={value} onChange={(chosen) => onChange(chosen as Value)}>
      <div className="choices">
        {options.map((one) => (
          <Radio.Card
            key={one.value}
            value={one.value}
            className="choice"
            disabled={one.disabled === true}
            data-disabled={one.disabled || undefined}
          >
            <Radio.Indicator aria-hidden="true" />
            <span>
              <strong>{one.label}</strong>
              <Text component="small">{one.help}</Text>
            </span>
          </Radio.Card>
        ))}
      </div>
    </Radio.Group>
  );
}
