import type { ValueCodec } from './class-model.ts';

/** Fits every integer type and is written as PostgreSQL writes it. */
const shortIntegerPattern = /^(?:0|-?[1-9]\d{0,8})$/;
const integerPattern = /^[+-]?\d{1,19}$/;
const timestampPattern = /^(\d{4,6})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?$/;

/**
 * The text of an XML value as PostgreSQL prints the column, or undefined when it is not a value of that type.
 * @param text the value; never U+0000 in it
 */
export function xmlToColumn(codec: ValueCodec, text: string): string | undefined {
  switch (codec) {
    case 'string':
    case 'text':
    case 'keyword':
      return text;
    case 'character':
      return [...text].length === 1 ? text : undefined;
    case 'integer':
      return withinRange(text.trim(), -2147483648n, 2147483647n);
    case 'long':
      return withinRange(text.trim(), -9223372036854775808n, 9223372036854775807n);
    case 'boolean':
      return text === 'true' ? 't' : text === 'false' ? 'f' : undefined;
    case 'flag':
      return text === 'true' || text === 'T' ? 'T' : text === 'false' || text === 'F' ? 'F' : undefined;
    case 'double':
      return javaDoubleToColumn(text.trim());
    case 'timestamp':
      return timestampToColumn(text.trim());
    case 'base64': {
      const compact = text.replace(/\s/g, '');
      return /^[A-Za-z0-9+/]*={0,2}$/.test(compact) ? `\\x${Buffer.from(compact, 'base64').toString('hex')}` : undefined;
    }
  }
}

/** The text of a column as Confluence writes it into XML. */
export function columnToXml(codec: ValueCodec, text: string): string {
  switch (codec) {
    case 'boolean':
      return text === 't' ? 'true' : 'false';
    case 'flag':
      return text === 'T' ? 'true' : 'false';
    case 'double':
      return columnToJavaDouble(text);
    case 'timestamp':
      return columnToXmlTimestamp(text);
    case 'base64':
      return Buffer.from(text.slice(2), 'hex').toString('base64');
    default:
      return text;
  }
}

function withinRange(text: string, lowest: bigint, highest: bigint): string | undefined {
  if (shortIntegerPattern.test(text)) return text;
  if (!integerPattern.test(text)) return undefined;
  const value = BigInt(text);
  return value >= lowest && value <= highest ? value.toString() : undefined;
}

const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function daysInMonth(year: number, month: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && isLeap ? 29 : monthDays[month - 1];
}

/** `2016-05-10 15:00:02.100` becomes `2016-05-10 15:00:02.1`: PostgreSQL prints no trailing zeros. Times are naive, in the zone of the server. */
function timestampToColumn(text: string): string | undefined {
  const match = timestampPattern.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number);
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  if (year === 0 || hour > 23 || minute > 59 || second > 59) return undefined;
  const fraction = (match[7] ?? '').slice(0, 6).replace(/0+$/, '');
  return `${text.slice(0, text.indexOf(' '))} ${match[4]}:${match[5]}:${match[6]}${fraction ? `.${fraction}` : ''}`;
}

function columnToXmlTimestamp(text: string): string {
  const dot = text.indexOf('.');
  if (dot < 0) return `${text}.000`;
  return `${text.slice(0, dot)}.${text.slice(dot + 1, dot + 4).padEnd(3, '0')}`;
}

function javaDoubleToColumn(text: string): string | undefined {
  if (text === 'NaN' || text === 'Infinity' || text === '-Infinity') return text;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? (Object.is(value, -0) ? '-0' : columnDouble(value)) : undefined;
}

/** As PostgreSQL 12+ prints a double: the shortest digits, an exponent of at least two digits from 1e+15 on and below 1e-04. */
function columnDouble(value: number): string {
  const [mantissa, exponent] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 15) return plainDecimal(mantissa, power);
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

function plainDecimal(mantissa: string, power: number): string {
  const sign = mantissa.startsWith('-') ? '-' : '';
  const digits = mantissa.replace(/[-.]/g, '');
  if (power < 0) return `${sign}0.${'0'.repeat(-power - 1)}${digits}`;
  if (digits.length <= power + 1) return sign + digits.padEnd(power + 1, '0');
  return `${sign}${digits.slice(0, power + 1)}.${digits.slice(power + 1)}`;
}

/** Java's Double.toString: always a fraction, an exponent without plus from 1.0E7 on and below 0.001. */
function columnToJavaDouble(text: string): string {
  if (text === 'NaN' || text === 'Infinity' || text === '-Infinity') return text;
  const value = Number(text);
  if (value === 0) return text.startsWith('-') ? '-0.0' : '0.0';
  const [mantissa, exponent] = value.toExponential().split('e');
  const power = Number(exponent);
  const withFraction = (digits: string) => (digits.includes('.') ? digits : `${digits}.0`);
  if (power >= -3 && power < 7) return withFraction(plainDecimal(mantissa, power));
  return `${withFraction(mantissa)}E${power}`;
}
