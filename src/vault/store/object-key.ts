import { OxbowError } from '#base/errors.ts';

const segment = /^[a-z0-9_-][a-z0-9._-]*$/;

/** Throws STORE_FAILED for a key that is not made of plain segments: no store may be led out of its place. */
export function assertObjectKey(key: string): void {
  if (key.length <= 500 && key.split('/').every((part) => segment.test(part))) return;
  throw new OxbowError('STORE_FAILED', `'${key}' is not the key of an object of a vault.`, {
    hint: 'This is a defect of Oxbow: please report it.',
  });
}

/** The error for an object that is not there. */
export function objectNotFound(key: string, location: string, cause?: unknown): OxbowError {
  return new OxbowError('OBJECT_NOT_FOUND', `The object ${key} is not in ${location}.`, {
    hint: 'Run oxbow check: it tells what is missing.',
    details: { object: key },
    cause,
  });
}
